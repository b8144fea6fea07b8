import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const dist = fileURLToPath(new URL('../../client/dist/', import.meta.url));
const MAX_SCRIPT_BYTES = 150 * 1024;

const assets = () => readdirSync(join(dist, 'assets')).filter((file) => file.endsWith('.js'));

/** Returns the scripts that the page loads at first: its entry and everything that it imports statically. */
function initialScripts(): string[] {
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  const found = new Set<string>();
  const add = (file: string) => {
    if (found.has(file)) return;
    found.add(file);
    const source = readFileSync(join(dist, 'assets', file), 'utf8');
    for (const [, other] of source.matchAll(/\b(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) add(other!);
  };
  for (const [, file] of page.matchAll(/["']\/assets\/([^"']+\.js)["']/g)) add(file!);
  return [...found];
}

describe('the built join page', () => {
  it('the page has at most 150 kB of initial JavaScript, gzipped', () => {
    const scripts = initialScripts();
    const bytes = scripts.reduce(
      (sum, file) => sum + gzipSync(readFileSync(join(dist, 'assets', file))).length,
      0,
    );
    console.log(`Initial JavaScript of the join page: ${(bytes / 1024).toFixed(1)} kB gzipped`);
    expect(scripts.length).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(MAX_SCRIPT_BYTES);
  });

  it.each(['ar', 'de', 'es', 'fr', 'pt'])(
    'the page loads the translations for %s only when needed',
    (language) => {
      const [words] = assets().filter((file) => file.startsWith(`${language}-`));
      expect(words).toBeDefined();
      expect(initialScripts()).not.toContain(words);
    },
  );

  it('the page loads nothing from elsewhere and has no inline script or style', () => {
    const page = readFileSync(join(dist, 'index.html'), 'utf8');
    expect(page).not.toMatch(/(?:src|href)="(?!\/)/);
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(page).not.toMatch(/<style|\sstyle=/);
  });
});
