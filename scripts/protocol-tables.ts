// Usage: npm run protocol-tables
// Writes the tables of docs/PROTOCOL.md from the contract in shared/src. `npm test` fails while they differ.
import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { CLIENT_MESSAGES, SERVER_EVENTS } from '../shared/src/signaling.ts';

const PAGE = new URL('../docs/PROTOCOL.md', import.meta.url);
const PHASES = { connected: 'any time', prepared: 'after prepare', joined: 'after join' };

/** Replaces the generated parts of the page, each between `<!-- name -->` and `<!-- end of name -->`. */
function withTables(page: string): string {
  const messages = Object.entries(CLIENT_MESSAGES).map(
    ([name, { phase, permission, summary }]) =>
      `| \`${name}\` | ${PHASES[phase]} | ${permission === null ? '' : `\`${permission}\``} | ${summary} |`,
  );
  const events = Object.entries(SERVER_EVENTS).map(([name, { summary }]) => `| \`${name}\` | ${summary} |`);
  const broadcast = Object.entries(CLIENT_MESSAGES).flatMap(([name, { rate }]) =>
    rate === 'broadcast' ? [`\`${name}\``] : [],
  );
  const parts = {
    messages: ['| Message | When | Permission | Purpose |', '| --- | --- | --- | --- |', ...messages].join(
      '\n',
    ),
    events: ['| Event | Meaning |', '| --- | --- |', ...events].join('\n'),
    'broadcast messages': `Messages with the lower limit: ${broadcast.join(', ')}.`,
  };
  return Object.entries(parts).reduce((text, [name, content]) => {
    const part = new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- end of ${name} -->)`);
    if (!part.test(text)) throw new Error(`docs/PROTOCOL.md has no part "${name}".`);
    return text.replace(part, (_, begin: string, end: string) => `${begin}\n${content}\n${end}`);
  }, page);
}

/** Returns the page with up-to-date tables, formatted as the repository formats Markdown. */
export function updated(page: string): Promise<string> {
  return format(withTables(page), { parser: 'markdown', printWidth: 110, singleQuote: true });
}

if (import.meta.filename === process.argv[1]) {
  writeFileSync(PAGE, await updated(readFileSync(PAGE, 'utf8')));
}
