/**
 * Seeds the fast-check properties of a test file; Vitest loads it before the file. `npm test` uses one fixed seed, so that
 * every run is the same, and repeats a test with each seed that `npm run fuzz` recorded for it in test/fuzz-seeds.json.
 * FUZZ_SEED replaces all of these.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, beforeEach, type RunnerTask, type RunnerTestCase } from 'vitest';

interface RecordedSeed {
  /** Path of the test file, relative to the repository. */
  readonly file: string;
  /** Titles of the test and its suites, joined by " > ". */
  readonly test: string;
  readonly seed: number;
}

const FIXED_SEED = 20_261_129;
const given = process.env.FUZZ_SEED;
const recorded = JSON.parse(
  readFileSync(new URL('../../fuzz-seeds.json', import.meta.url), 'utf8'),
) as readonly RecordedSeed[];

/** Seeds of the repetitions of a test after its first run. */
const repetitions = new Map<string, readonly number[]>();

beforeAll(({}, file) => {
  const own = recorded.filter((entry) => file.file.filepath === pathOf(entry.file));
  if (given !== undefined || own.length === 0) return;
  const tests = testsOf(file);
  const titles = new Set(tests.map(({ fullTestName }) => fullTestName));
  for (const test of tests) {
    // A test whose title has changed is one of the file's tests: all of them run with its seed.
    const seeds = own.filter((entry) => entry.test === test.fullTestName || !titles.has(entry.test));
    test.repeats = seeds.length;
    repetitions.set(
      test.id,
      seeds.map(({ seed }) => seed),
    );
  }
});

beforeEach(({ task }) => {
  const repetition = task.result?.repeatCount ?? 0;
  const seed = repetition === 0 ? Number(given ?? FIXED_SEED) : repetitions.get(task.id)?.[repetition - 1];
  fc.configureGlobal({ seed: seed ?? FIXED_SEED });
});

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../../../${file}`, import.meta.url));
}

function testsOf(task: RunnerTask): RunnerTestCase[] {
  return 'tasks' in task ? task.tasks.flatMap(testsOf) : [task];
}
