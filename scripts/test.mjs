// npm test: sets up what is missing and runs every test. Arguments go to Vitest: npm test -- --project unit
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ended, forwardSignals, start } from './processes.mjs';
import { setUpTests } from './setup/index.mjs';
import { NODE, ROOT } from './setup/paths.mjs';
import { withTemporary } from './setup/run.mjs';
import { runMain } from './setup/step.mjs';
import { summarize, summaryLine } from './test-summary.mjs';

await runMain(async () => {
  const env = await setUpTests();
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
        ...process.argv.slice(2),
      ],
      { cwd: ROOT, env },
    );
    forwardSignals(() => [vitest]);
    const exitCode = await ended(vitest);
    const summary = summarize(readReport(json), exitCode);
    process.stdout.write(`\n${summaryLine(summary)}\n`);
    return summary.exitCode;
  });
});

/** @param {string} file */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
