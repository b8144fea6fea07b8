import { readFileSync } from 'node:fs';
import { SPREADING } from '@televisit/server/signaling/message-limits';
import { CLIENT_MESSAGES } from '@televisit/shared/signaling';
import { describe, expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/PROTOCOL.md', import.meta.url), 'utf8');
const contract = readFileSync(new URL('../../shared/src/signaling.ts', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| `([a-z:-]+)`(.*)\|$/gm)].map(([, name, rest]) => ({
  name: name!,
  cells: rest!.split('|').map((cell) => cell.trim()),
}));

describe('docs/PROTOCOL.md', () => {
  it.each(Object.entries(CLIENT_MESSAGES))(
    'the page documents %s with its phase and permission',
    (name, { phase, permission }) => {
      const [, when, needs] = rows.find((row) => row.name === name)?.cells ?? [];
      expect(when).toBe({ connected: 'any time', prepared: 'after prepare', joined: 'after join' }[phase]);
      expect(needs).toBe(permission === null ? '' : `\`${permission}\``);
    },
  );

  it('the page names every message with a stricter limit, and no other', () => {
    const [, , limited = ''] = /(of those that many people receive)(.*?)10 a\s+second/s.exec(page) ?? [];
    const named = [...limited.matchAll(/`([a-z:-]+)`/g)].map(([, name]) => name!);
    expect(new Set(named)).toEqual(SPREADING);
  });

  it('the page documents every event, and no other', () => {
    const events = contract.slice(
      contract.indexOf('interface ServerToClientEvents'),
      contract.indexOf('connect_error.data'),
    );
    const names = [...events.matchAll(/^ {2}'?([a-z:]+)'?: \(/gm)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(5);
    expect(rows.map(({ name }) => name).sort()).toEqual([...names, ...Object.keys(CLIENT_MESSAGES)].sort());
  });
});
