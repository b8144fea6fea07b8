import { expect, it } from 'vitest';
import { benchNames } from './bench-names.mjs';

it('benchNames returns the benches without helpers, tests and folders', () => {
  expect(benchNames(['join.ts', 'api.ts', 'api.test.ts', 'support', 'README.md', 'api.d.ts'])).toEqual([
    'api',
    'join',
  ]);
});
