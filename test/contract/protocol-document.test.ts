import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { updated } from '../../scripts/protocol-tables.ts';

it('docs/PROTOCOL.md lists the messages, events and limits of the contract', async () => {
  const page = readFileSync(new URL('../../docs/PROTOCOL.md', import.meta.url), 'utf8');
  expect(page, 'run: npm run protocol-tables').toBe(await updated(page));
});
