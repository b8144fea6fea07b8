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

describe('installedMatches', () => {
  it('installedMatches is true if only packages of other systems are missing', () => {
    expect(installedMatches(LOCK, INSTALLED)).toBe(true);
  });

  it('installedMatches is false if a package has another version', () => {
    const other = { packages: { ...INSTALLED.packages, 'node_modules/a': { version: '1.0.1' } } };
    expect(installedMatches(LOCK, other)).toBe(false);
  });

  it('installedMatches is false if a package is missing or unknown to the lock file', () => {
    const without = { ...INSTALLED.packages, 'node_modules/a': undefined };
    expect(installedMatches(LOCK, JSON.parse(JSON.stringify({ packages: without })) as object)).toBe(false);
    const more = { packages: { ...INSTALLED.packages, 'node_modules/b': { version: '1.0.0' } } };
    expect(installedMatches(LOCK, more)).toBe(false);
  });

  it('installedMatches is false if the lock file has no packages', () => {
    expect(installedMatches({}, {})).toBe(false);
  });
});

describe('dependenciesAreFresh', () => {
  it('dependenciesAreFresh is false without npm’s record of a finished install', () => {
    expect(dependenciesAreFresh(clone({ 'package-lock.json': LOCK }))).toBe(false);
  });

  it('dependenciesAreFresh stays true if only the time of the lock file changes', () => {
    const root = clone({ 'package-lock.json': LOCK, 'node_modules/.package-lock.json': INSTALLED });
    const tomorrow = new Date(Date.now() + 86_400_000);
    utimesSync(join(root, 'package-lock.json'), tomorrow, tomorrow);
    expect(dependenciesAreFresh(root)).toBe(true);
  });

  it('dependenciesAreFresh trusts the stamp of an earlier set-up until the lock file changes', () => {
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

  it('dependenciesAreFresh is false if the stamp is of another system', () => {
    const root = clone({
      'package-lock.json': LOCK,
      'node_modules/.package-lock.json': INSTALLED,
      'node_modules/.televisit-setup.json': { platform: 'plan9-mips', digest: 'x' },
    });
    expect(dependenciesAreFresh(root)).toBe(false);
  });

  it('dependenciesAreFresh is false without node_modules', () => {
    const root = clone({ 'package-lock.json': LOCK, 'node_modules/.package-lock.json': INSTALLED });
    rmSync(join(root, 'node_modules'), { recursive: true });
    expect(dependenciesAreFresh(root)).toBe(false);
  });
});
