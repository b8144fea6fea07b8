// Usage: npm run protocol-tables
// Writes the tables of docs/PROTOCOL.md from the contract in shared/src. `npm test` fails while they differ.
import { readFileSync, writeFileSync } from 'node:fs';
import { formatted, withParts } from './generated-parts.ts';
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
  return withParts(page, parts);
}

/** Returns the page with up-to-date tables. */
export function updated(page: string): Promise<string> {
  return formatted(withTables(page));
}

if (import.meta.filename === process.argv[1]) {
  writeFileSync(PAGE, await updated(readFileSync(PAGE, 'utf8')));
}
