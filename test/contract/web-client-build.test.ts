import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const dist = fileURLToPath(new URL('../../client/dist/', import.meta.url));
const MAX_SCRIPT_BYTES = 110 * 1024;
const LANGUAGES = ['ar', 'de', 'es', 'fr', 'pt'];
const ui = fileURLToPath(new URL('../../client/src/ui/features/', import.meta.url));
/** Every feature with its longest English text, which no other part of the page has. */
const FEATURES = Object.fromEntries(
  readdirSync(ui, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const [english] = readFileSync(join(ui, name, 'texts.ts'), 'utf8').split('\n} as const;');
      const texts = [...english!.matchAll(/'([^'\n{}\\]+)',?\n/g)].map(([, text]) => text!);
      return [name, texts.reduce((longest, text) => (text.length > longest.length ? text : longest), '')];
    }),
);

const assets = (extension: string) =>
  readdirSync(join(dist, 'assets')).filter((file) => file.endsWith(extension));
const page = (file = 'index.html') => readFileSync(join(dist, file), 'utf8');
const asset = (file: string) => readFileSync(join(dist, 'assets', file), 'utf8');
const gzipped = (files: readonly string[]) =>
  files.reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, 'assets', file))).length, 0);

/** Returns the scripts that a page loads at first: its entry and everything that it imports statically. */
function initialScripts(html = page()): string[] {
  const found = new Set<string>();
  const add = (file: string) => {
    if (found.has(file)) return;
    found.add(file);
    for (const [, other] of asset(file).matchAll(/\b(?:from|import)\s*["']\.\/([^"']+\.js)["']/g))
      add(other!);
  };
  for (const [, file] of html.matchAll(/["']\.\/assets\/([^"']+\.js)["']/g)) add(file!);
  return [...found];
}

function initialStyles(): string[] {
  return [...page().matchAll(/["']\.\/assets\/([^"']+\.css)["']/g)].map(([, file]) => file!);
}

describe('the built join page', () => {
  it('the page has at most 110 kB of initial JavaScript, gzipped', () => {
    const scripts = initialScripts();
    const bytes = gzipped(scripts);
    console.log(`Initial JavaScript of the join page: ${(bytes / 1024).toFixed(1)} kB gzipped`);
    expect(scripts.length).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(MAX_SCRIPT_BYTES);
  });

  it.each(LANGUAGES)('the page loads the texts in %s only when they are needed', (language) => {
    const texts = assets('.js').filter((file) => new RegExp(`^(call\\.)?${language}-`).test(file));
    // The shared ones and those of the call.
    expect(texts).toHaveLength(2);
    for (const file of texts) expect(initialScripts()).not.toContain(file);
  });

  it.each(Object.entries(FEATURES))('the page loads the feature %s only when it is needed', (name, text) => {
    const withText = assets('.js').filter((file) => asset(file).includes(text));
    expect(withText).toHaveLength(1);
    expect(withText[0]).toMatch(new RegExp(`^${name}-`));
    expect(initialScripts()).not.toContain(withText[0]);
  });

  it('the page loads the SDK of Agora only in a visit at Agora, and nothing else with it', () => {
    const sdk = assets('.js').filter((file) => asset(file).includes('statscollector'));
    console.log(`The SDK of Agora: ${(gzipped(sdk) / 1024).toFixed(1)} kB gzipped`);
    expect(sdk).toHaveLength(1);
    const [file] = sdk;
    expect(initialScripts()).not.toContain(file);
    const importers = assets('.js').filter((other) => other !== file && asset(other).includes(file!));
    expect(importers.map((name) => name.replace(/-[\w-]{8}\.js$/, ''))).toContain('agora-call');
    for (const other of importers) expect(asset(other)).not.toMatch(new RegExp(`from\\s*["']\\./${file!}`));
  });

  it('no script sets style attributes, which the policy of the page forbids', () => {
    const setsStyle = /setAttribute\((["'`])style\1/;
    expect(assets('.js').filter((file) => setsStyle.test(asset(file)))).toEqual([]);
  });

  it('the page loads the styles of the call and of the chat only when they are needed', () => {
    const initial = initialStyles().map(asset).join('\n');
    expect(initial).toContain('.prejoin');
    for (const selector of ['.controls', '.tile', '.chat-list', '.announcement', '.star']) {
      expect(initial).not.toContain(`${selector}{`);
    }
  });

  it('the page loads nothing from anywhere else and has no inline script or style', () => {
    expect(page()).not.toMatch(/(?:src|href)="(?!\.\/)/);
    expect(page()).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(page()).not.toMatch(/<style|\sstyle=/);
  });
});

describe('the built operator console', () => {
  const consoleFiles = () => assets('.js').filter((file) => file.startsWith('console'));

  it('the console has files of its own, of which the join page loads none', () => {
    const own = initialScripts(page('console.html'));
    console.log(`Initial JavaScript of the console: ${(gzipped(own) / 1024).toFixed(1)} kB gzipped`);
    expect(own.filter((file) => !file.startsWith('console'))).toEqual([]);
    expect(gzipped(own)).toBeLessThanOrEqual(60 * 1024);
    for (const file of assets('.js').filter((name) => !name.startsWith('console'))) {
      for (const other of consoleFiles()) expect(asset(file)).not.toContain(other);
    }
  });

  it.each(LANGUAGES)('the console loads the texts in %s only when they are needed', (language) => {
    const texts = consoleFiles().filter((file) => file.startsWith(`console.${language}-`));
    // The shared ones and its own.
    expect(texts).toHaveLength(2);
    for (const file of texts) expect(initialScripts(page('console.html'))).not.toContain(file);
  });

  it('the console loads nothing from anywhere else and has no inline script or style', () => {
    expect(page('console.html')).not.toMatch(/(?:src|href)="(?!\.\/)/);
    expect(page('console.html')).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(page('console.html')).not.toMatch(/<style|\sstyle=/);
  });
});
