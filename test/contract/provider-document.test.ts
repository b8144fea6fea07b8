import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { updated } from '../support/provider-table.ts';

it('docs/PROVIDERS.md has the capabilities that adapters declare', async () => {
  const page = readFileSync(new URL('../../docs/PROVIDERS.md', import.meta.url), 'utf8');
  expect(page, 'run: npm run provider-table').toBe(await updated(page));
});
