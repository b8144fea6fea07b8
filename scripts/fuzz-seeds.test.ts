import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failedSeeds, propertyTests, readSeeds, recordSeeds } from './fuzz-seeds.mjs';
import { ROOT } from './setup/paths.mjs';
import { temporaryFolder } from './temporary.ts';

const failure = (message: string, status = 'failed') => ({
  testResults: [
    {
      name: '/repo/server/src/a.test.ts',
      assertionResults: [{ ancestorTitles: ['a'], title: 'holds', status, failureMessages: [message] }],
    },
  ],
});

describe('failedSeeds', () => {
  it('failedSeeds returns file, title and seed of a failed property', () => {
    const message =
      'Error: Property failed after 195 tests\n{ seed: -17, path: "194:0", endOnFailure: true }';
    expect(failedSeeds(failure(message), '/repo')).toEqual([
      { file: 'server/src/a.test.ts', test: 'a > holds', seed: -17 },
    ]);
  });

  it('failedSeeds returns nothing for a failure without a seed, a passed test or a missing report', () => {
    expect(failedSeeds(failure('expected 1 to be 2'), '/repo')).toEqual([]);
    expect(failedSeeds(failure('{ seed: 1, path: "0" }', 'passed'), '/repo')).toEqual([]);
    expect(failedSeeds(undefined, '/repo')).toEqual([]);
  });
});

describe('recordSeeds', () => {
  it('recordSeeds adds each seed once', () => {
    const root = temporaryFolder({ 'test/fuzz-seeds.json': '[]' });
    const [first, second] = [1, 2].map((seed) => ({ file: 'a.test.ts', test: 'a', seed }));
    recordSeeds(root, [first!]);
    recordSeeds(root, [first!, second!]);
    expect(readSeeds(root)).toEqual([first, second]);
  });
});

describe('propertyTests', () => {
  it('propertyTests selects files that import fast-check, directly or through a module', () => {
    const files: Record<string, string> = {
      'test/direct.test.ts': "import fc from 'fast-check';",
      'test/suite.test.ts': "import { suite } from './suite.ts';",
      'test/suite.ts': "import fc from 'fast-check';",
      'test/other.test.ts': "import { x } from './x.ts';",
    };
    const tests = Object.keys(files).filter((file) => file.endsWith('.test.ts'));
    expect(propertyTests(tests, (file) => files[file])).toEqual([
      'test/direct.test.ts',
      'test/suite.test.ts',
    ]);
  });
});

it('test/fuzz-seeds.json names only test files that exist', () => {
  for (const { file } of readSeeds(ROOT)) expect(existsSync(join(ROOT, file)), file).toBe(true);
});
