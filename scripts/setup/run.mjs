import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from './paths.mjs';
import { SetupError } from './step.mjs';

/** Actions that undo unfinished work if the process ends now. @type {Set<() => void>} */
const undo = new Set();
let listening = false;

/**
 * Registers an action for the case that the process ends too early; the returned function unregisters it.
 * @param {() => void} action synchronous
 */
export function onInterrupt(action) {
  if (!listening) {
    listening = true;
    process.on('exit', undoAll);
  }
  if (undo.size === 0) for (const signal of SIGNALS) process.on(signal, exitBySignal);
  undo.add(action);
  return () => {
    undo.delete(action);
    // Code that runs after the set-up handles signals itself.
    if (undo.size === 0) for (const signal of SIGNALS) process.off(signal, exitBySignal);
  };
}

/** @type {NodeJS.Signals[]} */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** @param {NodeJS.Signals} signal */
function exitBySignal(signal) {
  process.stdout.write('\n');
  process.exit(signalExitCode(signal));
}

/** Returns the exit code that a shell reports for a process ended by this signal. @param {NodeJS.Signals} signal */
export function signalExitCode(signal) {
  return 128 + (constants.signals[signal] ?? 0);
}

function undoAll() {
  for (const action of [...undo].reverse()) {
    try {
      action();
    } catch {
      // The other actions must still run.
    }
  }
}

/**
 * Runs a command with its output in a log file, and throws a SetupError that names the log if it fails.
 * The command leads its own process group, so that an interrupted set-up ends all that the command has started.
 * @param {string} command
 * @param {string[]} args
 * @param {{ log: string, failure: string, cwd?: string, env?: NodeJS.ProcessEnv, append?: boolean,
 *   stopSignal?: NodeJS.Signals }} options `log` is a short name, `failure` the sentence for the person.
 */
export async function run(command, args, options) {
  const log = logFile(options.log);
  const output = openSync(log, options.append ? 'a' : 'w');
  let stopWatching = () => {};
  try {
    /** @type {number} */
    const code = await new Promise((resolve, reject) => {
      const child = spawn(command, args, {
        cwd: options.cwd,
        env: options.env ?? process.env,
        stdio: ['ignore', output, output],
        detached: true,
      });
      stopWatching = onInterrupt(() => {
        if (child.pid) process.kill(-child.pid, options.stopSignal ?? 'SIGTERM');
      });
      child.once('error', reject);
      child.once('close', (status, signal) => resolve(signal ? signalExitCode(signal) : (status ?? 1)));
    });
    if (code !== 0) throw new SetupError(options.failure, { log });
  } catch (error) {
    if (error instanceof SetupError) throw error;
    throw new SetupError(`${options.failure} (${command}: ${/** @type {Error} */ (error).message})`);
  } finally {
    stopWatching();
    closeSync(output);
  }
}

/** @param {string} name */
function logFile(name) {
  const folder = join(cacheFolder(), 'logs');
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}.log`);
}

/**
 * Runs `work` with a temporary folder that is removed afterwards, however it ends.
 * @template T
 * @param {string} folder
 * @param {(folder: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withTemporary(folder, work) {
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  mkdirSync(folder, { recursive: true });
  const keep = onInterrupt(remove);
  try {
    return await work(folder);
  } finally {
    keep();
    remove();
  }
}
