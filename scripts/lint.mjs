// npm run lint: runs every check of the sources side by side, one for each core, and prints the output of those that fail.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { text } from 'node:stream/consumers';
import { ended } from './processes.mjs';
import { BIN, NODE, ROOT } from './setup/paths.mjs';
import { duration, runMain } from './setup/step.mjs';

const PACKAGES = ['shared', 'server', 'client', 'api-client', 'test'];

/** The slowest first, so that the others run beside it. */
const CHECKS = [
  'eslint .',
  'prettier --check --log-level warn .',
  ...['scripts', ...PACKAGES].map((name) => `tsc --noEmit -p ${name}`),
  `depcruise ${PACKAGES.join(' ')} scripts`,
  'scripts/audit.mjs',
];

await runMain(async () => {
  const waiting = [...CHECKS];
  let failed = 0;
  const work = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      if (!(await passes(check))) failed += 1;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return failed === 0 ? 0 : 1;
});

/** @param {string} check a command line, of a script or a dependency @returns {Promise<boolean>} whether it succeeds */
async function passes(check) {
  const [command = '', ...args] = check.split(' ');
  const started = Date.now();
  const isScript = command.startsWith('scripts/');
  const child = spawn(NODE, [`${isScript ? ROOT : BIN}/${command}`, ...args], {
    cwd: ROOT,
    env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [code, output, errors] = await Promise.all([ended(child), text(child.stdout), text(child.stderr)]);
  const took = duration(Date.now() - started);
  process.stdout.write(
    code === 0
      ? `ok: ${check} (${took})${isScript ? `: ${output.trim()}` : ''}\n`
      : `\nFAILED: ${check} (${took})\n${output}${errors}\n`,
  );
  return code === 0;
}
