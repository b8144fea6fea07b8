import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, write } from '../temporary.ts';
import { clientIsFresh, sourceDigest } from './client.mjs';

function builtClone() {
  const root = temporaryFolder({
    'client/src/main.tsx': 'page',
    'client/dist/index.html': '<html>',
    'shared/src/api.ts': 'contract',
    'package-lock.json': '{}',
  });
  write(join(root, 'client/dist/.stamp'), `${sourceDigest(root)}\n`);
  return root;
}

describe('clientIsFresh', () => {
  it('clientIsFresh is true for a build of the same sources, whatever tests and tools wrote since', () => {
    const root = builtClone();
    write(join(root, 'client/dist/assets/more.js'), 'x');
    write(join(root, 'client/src/main.test.tsx'), 'x');
    write(join(root, 'client/node_modules/x/index.js'), 'x');
    expect(clientIsFresh(root)).toBe(true);
  });

  it.each(['client/src/main.tsx', 'client/index.html', 'shared/src/api.ts', 'package-lock.json'])(
    'clientIsFresh is false after a change of %s',
    (file) => {
      const root = builtClone();
      write(join(root, file), 'changed');
      expect(clientIsFresh(root)).toBe(false);
    },
  );

  it('clientIsFresh is false without a build', () => {
    expect(clientIsFresh(temporaryFolder({ 'client/src/main.tsx': 'page' }))).toBe(false);
  });
});
