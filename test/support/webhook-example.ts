import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));

/** The receiver of the README, as a reader copies it. */
export function webhookExample(): string {
  const [, code] = /```js\n(\/\/ receiver\.mjs.*?)```/s.exec(readFileSync(README, 'utf8')) ?? [];
  if (code === undefined) throw new Error(`${README} has no receiver`);
  return code;
}
