import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');

/** The requirements of chapter V17 of ASVS 5.0, all of which concern a server of media, signaling and TURN. */
const V17 = [
  ...['17.1.1', '17.1.2'],
  ...['17.2.1', '17.2.2', '17.2.3', '17.2.4', '17.2.5', '17.2.6', '17.2.7', '17.2.8'],
  ...['17.3.1', '17.3.2'],
];
const NO_TEST = /^No test yet(?: \([^)]+\))?$/;
const TESTS = /^`[^`]+`: “[^”]+”(?:; `[^`]+`: “[^”]+”)*$/;
const TEST = /`([^`]+)`: “([^”]+)”/g;
/** A string before a function, perhaps with options between them: the title of a test or of a group of tests. */
const TITLE = /'((?:[^'\\]|\\.)+)',\s*(?:\{[^}]*\},\s*)?(?:async\s*)?(?:\(|\w+\s*=>)/g;

interface Row {
  readonly name: string;
  readonly cells: readonly string[];
  readonly test: string;
}

/** Returns the rows of the table with a column of tests in a section. */
function rowsOf(section: string): Row[] {
  const [, text = ''] = page.split(`\n## ${section}\n`);
  const lines = (text.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('|'));
  const [header, , ...rows] = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  expect(header?.at(-1), section).toBe('Test');
  return rows.map((cells) => {
    expect(cells, cells[0]).toHaveLength(header!.length);
    return { name: cells[0]!, cells, test: cells.at(-1)! };
  });
}

const SECTIONS = [
  'Threats',
  'OWASP ASVS 5.0: WebRTC (V17)',
  'OWASP ASVS 5.0: pages and tokens',
  'HIPAA technical safeguards (45 CFR 164.312)',
];

describe('SECURITY.md', () => {
  it.each(SECTIONS)('the section "%s" names only tests that exist', (section) => {
    const rows = rowsOf(section);
    expect(rows.length).toBeGreaterThan(4);
    for (const { test, name } of rows) {
      if (NO_TEST.test(test)) continue;
      expect(test, name).toMatch(TESTS);
      for (const [, file = '', title = ''] of test.matchAll(TEST)) {
        expect(file, name).toMatch(/\.test\.ts$/);
        expect(existsSync(join(ROOT, file)), file).toBe(true);
        const source = readFileSync(join(ROOT, file), 'utf8');
        expect([...source.matchAll(TITLE)].map(([, found]) => found)).toContain(title);
      }
    }
  });

  it.each(SECTIONS.filter((section) => !section.includes('V17')))(
    'every row of the section "%s" has a test and no empty cell',
    (section) => {
      for (const { name, cells, test } of rowsOf(section)) {
        expect(test, name).toMatch(TESTS);
        for (const cell of cells) expect(cell, name).not.toBe('');
      }
    },
  );

  it('the statement on WebRTC answers each requirement of V17 once, in order', () => {
    const rows = rowsOf('OWASP ASVS 5.0: WebRTC (V17)');
    expect(rows.map(({ name }) => name.split(' ')[0])).toEqual(V17);
    for (const { cells } of rows) for (const cell of cells) expect(cell).not.toBe('');
  });

  it('the page names the version of OpenSSL in mediasoup’s prebuilt worker', () => {
    const wrap = readFileSync(join(ROOT, 'node_modules/mediasoup/worker/subprojects/openssl.wrap'), 'utf8');
    const [, version] = /^directory = openssl-(\S+)$/m.exec(wrap) ?? [];
    expect(page).toContain(`OpenSSL ${version} `);
  });
});
