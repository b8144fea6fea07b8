import { renameSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, write } from '../temporary.ts';
import { digest } from './digest.mjs';

describe('digest', () => {
  it('digest is equal for equal files in another folder and at another time', () => {
    const one = temporaryFolder({ 'src/a.ts': 'a', 'src/b/c.ts': 'c' });
    const two = temporaryFolder({ 'src/b/c.ts': 'c', 'src/a.ts': 'a' });
    utimesSync(join(two, 'src/a.ts'), 1, 1);
    expect(digest(one, ['src'])).toBe(digest(two, ['src']));
  });

  it('digest changes with contents, names and the boundary between files', () => {
    const root = temporaryFolder({ 'src/a': 'xy', 'src/b': 'z' });
    const first = digest(root, ['src']);
    write(join(root, 'src/a'), 'x');
    write(join(root, 'src/b'), 'yz');
    const second = digest(root, ['src']);
    renameSync(join(root, 'src/b'), join(root, 'src/c'));
    expect(new Set([first, second, digest(root, ['src'])]).size).toBe(3);
  });

  it('digest ignores skipped and missing files', () => {
    const root = temporaryFolder({ 'src/a': 'a' });
    const before = digest(root, ['src']);
    write(join(root, 'src/dist/x'), 'x');
    expect(digest(root, ['src', 'missing'], (path) => path === 'src/dist')).toBe(before);
  });
});
