import { expect, it } from 'vitest';
import { benchNames } from './bench-names.mjs';

it('benchNames() lists the benches and neither helpers, tests nor folders', () => {
  expect(benchNames(['join.ts', 'api.ts', 'api.test.ts', 'support', 'README.md', 'api.d.ts'])).toEqual([
    'api',
    'join',
  ]);
});
