import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ended, forwardSignals, start } from './processes.mjs';
import { NODE, ROOT } from './setup/paths.mjs';
import { withTemporary } from './setup/run.mjs';
import { summarize, summaryLine } from './test-summary.mjs';

/**
 * Runs Vitest with these arguments; its last line is "N passed, N failed".
 * @param {NodeJS.ProcessEnv} env
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
export function runVitest(env, args) {
  return withTemporary(join(tmpdir(), `televisit-test-${process.pid}`), async (folder) => {
    const json = join(folder, 'report.json');
    const vitest = start(
      NODE,
      [
        join(ROOT, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${json}`,
        ...args,
      ],
      { cwd: ROOT, env },
    );
    forwardSignals(() => [vitest]);
    const exitCode = await ended(vitest);
    const summary = summarize(readReport(json), exitCode);
    process.stdout.write(`\n${summaryLine(summary)}\n`);
    return summary.exitCode;
  });
}

/** @param {string} file */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
