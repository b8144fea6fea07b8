import { rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, write } from '../temporary.ts';
import { dependenciesAreFresh, installedMatches } from './dependencies.mjs';
import { digest } from './digest.mjs';

const LOCK = {
  packages: {
    '': { version: '0.1.0' },
    client: { version: '1.0.0' },
    'node_modules/@televisit/client': { link: true },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/for-another-system': { version: '1.0.0', integrity: 'sha512-o', optional: true },
  },
};
const INSTALLED = {
  packages: {
    client: { version: '1.0.0' },
    'node_modules/@televisit/client': { link: true },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  },
};

function clone(files: Record<string, unknown>) {
  return temporaryFolder(
    Object.fromEntries(Object.entries(files).map(([name, content]) => [name, JSON.stringify(content)])),
  );
}

describe('installedMatches()', () => {
  it('is true when only packages of other systems are missing', () => {
    expect(installedMatches(LOCK, INSTALLED)).toBe(true);
  });

  it('is false when a package has another version', () => {
    const other = { packages: { ...INSTALLED.packages, 'node_modules/a': { version: '1.0.1' } } };
    expect(installedMatches(LOCK, other)).toBe(false);
  });

  it('is false when a package is missing, or one is there that the lock file does not know', () => {
    const without = { ...INSTALLED.packages, 'node_modules/a': undefined };
    expect(installedMatches(LOCK, JSON.parse(JSON.stringify({ packages: without })) as object)).toBe(false);
    const more = { packages: { ...INSTALLED.packages, 'node_modules/b': { version: '1.0.0' } } };
    expect(installedMatches(LOCK, more)).toBe(false);
  });

  it('is false when the lock file names nothing', () => {
    expect(installedMatches({}, {})).toBe(false);
  });
});

describe('dependenciesAreFresh()', () => {
  it('is false without npm’s record of a finished install', () => {
    expect(dependenciesAreFresh(clone({ 'package-lock.json': LOCK }))).toBe(false);
  });

  it('stays true when only the lock file’s time changes', () => {
    const root = clone({ 'package-lock.json': LOCK, 'node_modules/.package-lock.json': INSTALLED });
    const tomorrow = new Date(Date.now() + 86_400_000);
    utimesSync(join(root, 'package-lock.json'), tomorrow, tomorrow);
    expect(dependenciesAreFresh(root)).toBe(true);
  });

  it('believes the stamp of an earlier set-up, and no longer when the lock file changes', () => {
    const odd = { packages: {} };
    const root = clone({ 'package-lock.json': LOCK, 'node_modules/.package-lock.json': odd });
    expect(dependenciesAreFresh(root)).toBe(false);
    const stamp = {
      platform: `${process.platform}-${process.arch}`,
      digest: digest(root, ['package-lock.json', 'node_modules/.package-lock.json']),
    };
    write(join(root, 'node_modules/.televisit-setup.json'), JSON.stringify(stamp));
    expect(dependenciesAreFresh(root)).toBe(true);
    write(join(root, 'package-lock.json'), JSON.stringify({ packages: { 'node_modules/b': {} } }));
    expect(dependenciesAreFresh(root)).toBe(false);
  });

  it('is false when the stamp is of another system', () => {
    const root = clone({
      'package-lock.json': LOCK,
      'node_modules/.package-lock.json': INSTALLED,
      'node_modules/.televisit-setup.json': { platform: 'plan9-mips', digest: 'x' },
    });
    expect(dependenciesAreFresh(root)).toBe(false);
  });

  it('is false when node_modules is gone', () => {
    const root = clone({ 'package-lock.json': LOCK, 'node_modules/.package-lock.json': INSTALLED });
    rmSync(join(root, 'node_modules'), { recursive: true });
    expect(dependenciesAreFresh(root)).toBe(false);
  });
});
