import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ended, forwardSignals, start } from './processes.mjs';
import { NODE, ROOT } from './setup/paths.mjs';
import { withTemporary } from './setup/run.mjs';
import { notableLines, summarize, summaryLine } from './test-summary.mjs';

/** The Vitest that runs now. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * Runs Vitest with these arguments. The last line of the output is "N passed, N failed"; before it come lines "failed: ...",
 * "retried: ..." and "slow: ...".
 * @param {NodeJS.ProcessEnv} env
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function runVitest(env, args) {
  const { report, exitCode } = await reportOf(env, args);
  const summary = summarize(report, exitCode);
  process.stdout.write(`\n${[...notableLines(report, ROOT), summaryLine(summary)].join('\n')}\n`);
  return summary.exitCode;
}

/**
 * Runs Vitest once, its output beside ours.
 * @param {NodeJS.ProcessEnv} env
 * @param {readonly string[]} args
 * @returns {Promise<{ report: any, exitCode: number }>} Vitest's JSON report, undefined if it wrote none
 */
export function reportOf(env, args) {
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
    running.add(vitest);
    forwardOnce();
    const exitCode = await ended(vitest);
    running.delete(vitest);
    return { report: readReport(json), exitCode };
  });
}

let forwards = false;

function forwardOnce() {
  if (!forwards) forwardSignals(() => running);
  forwards = true;
}

/** @param {string} file */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
