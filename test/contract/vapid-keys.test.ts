import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '@televisit/server/config';
import { parse } from 'dotenv';
import { expect, it } from 'vitest';

it('npm run vapid-keys prints another pair each time, with which a server starts', () => {
  const script = fileURLToPath(new URL('../../scripts/vapid-keys.mjs', import.meta.url));
  const pairs = [1, 2].map(() => parse(execFileSync(process.execPath, [script])));
  expect(pairs[0]).not.toEqual(pairs[1]);
  for (const pair of pairs) {
    const { push } = parseConfig({ ...pair, VAPID_SUBJECT: 'mailto:it@example.org' }).notify;
    expect(push).toMatchObject({ publicKey: pair.VAPID_PUBLIC_KEY, privateKey: pair.VAPID_PRIVATE_KEY });
  }
});
