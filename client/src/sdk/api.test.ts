import { expect, it } from 'vitest';
import { publicApi } from './testing/public-api.ts';

const UPDATE = 'vitest run --project unit client/src/sdk/api.test.ts --update';

it('the public API matches api.snapshot.txt', { timeout: 60_000 }, async () => {
  const snapshot = `The public API of the SDK. After a change that is meant: ${UPDATE}\n\n${publicApi()}`;
  await expect(
    snapshot,
    `The public API has changed. Where that is meant, say so in the change log and run: ${UPDATE}`,
  ).toMatchFileSnapshot('./api.snapshot.txt');
});
