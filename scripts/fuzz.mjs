// npm run fuzz: runs the tests with fast-check properties round after round, each with another random seed, for FUZZ_MINUTES
// minutes (10) or until one fails. Prints the failing seed and records it in test/fuzz-seeds.json: `npm test` replays what
// stands there, so commit it with the fix. Arguments narrow the files down: npm run fuzz -- server/src/domain
//
// FUZZ_RUNS requests go to each HTTP operation in a round (300), WAITING_ROOM_RUNS visits play the waiting room (40).
// FUZZ_SEED=N npm test -- FILE repeats one seed. `npm test` alone uses a fixed seed.
//
// npm run fuzz -- api: lets schemathesis derive requests from openapi.json instead (test/fuzz/api.ts).
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failedSeeds, propertyTests, recordSeeds, SEED_FILE } from './fuzz-seeds.mjs';
import { ended, forwardSignals, start } from './processes.mjs';
import { setUpTests } from './setup/index.mjs';
import { NODE, ROOT } from './setup/paths.mjs';
import { runMain } from './setup/step.mjs';
import { addSummaries, summarize, summaryLine } from './test-summary.mjs';
import { reportOf } from './vitest.mjs';

const PROJECTS = ['unit', 'contract', 'integration'].map((name) => `--project=${name}`);

await runMain(async () => {
  const filters = process.argv.slice(2);
  const fuzzesApi = filters.length === 1 && filters[0] === 'api';
  const env = await setUpTests({ apiTools: fuzzesApi });
  if (fuzzesApi) {
    const fuzzer = start(NODE, ['test/fuzz/api.ts'], { cwd: ROOT, env });
    forwardSignals(() => [fuzzer]);
    return ended(fuzzer);
  }
  const files = findPropertyTests().filter(
    (file) => filters.length === 0 || filters.some((filter) => file.includes(filter)),
  );
  if (files.length === 0) {
    process.stderr.write(`No test with a property matches ${filters.join(' or ')}.\n`);
    return 2;
  }
  const end = performance.now() + Number(process.env['FUZZ_MINUTES'] ?? 10) * 60_000;
  /** @type {string[]} */
  const lines = [];
  let exitCode = 0;
  while (exitCode === 0 && (lines.length === 0 || performance.now() < end)) {
    const seed = randomInt(2 ** 31);
    process.stdout.write(`\nround ${lines.length + 1}: seed ${seed}\n`);
    const round = await reportOf(
      { FUZZ_RUNS: '300', WAITING_ROOM_RUNS: '40', ...env, FUZZ_SEED: String(seed) },
      [...PROJECTS, ...files],
    );
    const failed = failedSeeds(round.report, ROOT);
    for (const { file, test, seed } of failed)
      process.stdout.write(`failed with seed ${seed}: ${file} > ${test}\n`);
    if (failed.length > 0) {
      recordSeeds(ROOT, failed);
      process.stdout.write(`recorded in ${SEED_FILE}\n`);
    }
    const summary = summarize(round.report, round.exitCode);
    lines.push(summaryLine(summary));
    exitCode = summary.exitCode;
  }
  process.stdout.write(`\n${lines.length} rounds\n${addSummaries(lines)}\n`);
  return exitCode;
});

function findPropertyTests() {
  const folders = [
    'shared/src',
    'server/src',
    'client/src',
    'api-client/src',
    'test/contract',
    'test/integration',
  ];
  const files = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { encoding: 'utf8', recursive: true })
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => join(folder, file)),
  );
  return propertyTests(files.sort(), (file) => {
    try {
      return readFileSync(join(ROOT, file), 'utf8');
    } catch {
      return undefined;
    }
  });
}
