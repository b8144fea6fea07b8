import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../../docs/INTEGRATION.md', import.meta.url));

/** Returns the webhook receiver of docs/INTEGRATION.md, as a reader copies it. */
export function webhookExample(): string {
  const [, code] = /```js\n(\/\/ receiver\.mjs.*?)```/s.exec(readFileSync(PAGE, 'utf8')) ?? [];
  if (code === undefined) throw new Error(`${PAGE} has no receiver`);
  return code;
}
