import { spawn } from 'node:child_process';
import { findCommand } from './setup/packages.mjs';
import { signalExitCode } from './setup/run.mjs';

/**
 * A terminal sends Ctrl-C to npm and to this process, and npm forwards it as well. Signals closer together than this
 * count as one, in milliseconds.
 */
const SAME_SIGNAL_MS = 300;

/** Interval of checking whether npm's shell still runs, in milliseconds. */
const ORPHAN_CHECK_MS = 500;

/**
 * Forwards SIGINT, SIGTERM and SIGHUP to children in their own process groups, so that they receive each exactly once.
 * Pressing Ctrl-C again is a second signal.
 * @param {() => Iterable<import('node:child_process').ChildProcess>} children
 */
export function forwardSignals(children) {
  let last = -Infinity;
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    const now = performance.now();
    if (now - last < SAME_SIGNAL_MS) return;
    last = now;
    // A closed terminal is a polite request to end.
    for (const child of children()) child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
  };
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, forward);
  if (process.env['npm_lifecycle_event']) whenOrphaned(() => forward('SIGTERM'));
  // The children end with this process, whatever ends it.
  process.on('exit', () => {
    for (const child of children()) child.kill('SIGTERM');
  });
}

/**
 * npm runs this process in a shell, which ends on npm's signals without forwarding them: ending npm must end us, too.
 * @param {() => void} orphaned
 */
function whenOrphaned(orphaned) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    orphaned();
  }, ORPHAN_CHECK_MS);
  watch.unref();
}

/**
 * Starts a child in its own process group with our input and output. Where Linux's `setpriv` is there, the kernel ends
 * the child when we are killed in a way that lets us do nothing about it.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, ipc?: boolean }} options
 */
export function start(command, args, options) {
  const setpriv = process.platform === 'linux' ? findCommand(['setpriv']) : undefined;
  const [program = command, ...rest] = setpriv
    ? [setpriv, '--pdeathsig', 'TERM', command, ...args]
    : [command, ...args];
  return spawn(program, rest, {
    cwd: options.cwd,
    env: options.env,
    stdio: options.ipc ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
    detached: true,
  });
}

/**
 * Resolves with the child's exit code.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>}
 */
export function ended(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ? signalExitCode(signal) : (code ?? 1)));
  });
}
