import { renameSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, write } from '../temporary.ts';
import { digest } from './digest.mjs';

describe('digest()', () => {
  it('is the same for the same files in another folder and at another time', () => {
    const one = temporaryFolder({ 'src/a.ts': 'a', 'src/b/c.ts': 'c' });
    const two = temporaryFolder({ 'src/b/c.ts': 'c', 'src/a.ts': 'a' });
    utimesSync(join(two, 'src/a.ts'), 1, 1);
    expect(digest(one, ['src'])).toBe(digest(two, ['src']));
  });

  it('changes with a content, a name, and where one file ends and the next begins', () => {
    const root = temporaryFolder({ 'src/a': 'xy', 'src/b': 'z' });
    const first = digest(root, ['src']);
    write(join(root, 'src/a'), 'x');
    write(join(root, 'src/b'), 'yz');
    const second = digest(root, ['src']);
    renameSync(join(root, 'src/b'), join(root, 'src/c'));
    expect(new Set([first, second, digest(root, ['src'])]).size).toBe(3);
  });

  it('leaves out what is skipped and what is missing', () => {
    const root = temporaryFolder({ 'src/a': 'a' });
    const before = digest(root, ['src']);
    write(join(root, 'src/dist/x'), 'x');
    expect(digest(root, ['src', 'missing'], (path) => path === 'src/dist')).toBe(before);
  });
});
