import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, write } from '../temporary.ts';
import { cloneLock, withLock } from './lock.mjs';

describe('withLock()', () => {
  it('lets one at a time in and leaves no lock behind', async () => {
    const folder = temporaryFolder();
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await wait(30);
      inside--;
    };
    await Promise.all([1, 2, 3].map(() => withLock('one', work, folder)));
    expect(most).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('lets the next in when the work fails', async () => {
    const folder = temporaryFolder();
    await expect(withLock('one', () => Promise.reject(new Error('no')), folder)).rejects.toThrow('no');
    expect(await withLock('one', () => Promise.resolve('in'), folder)).toBe('in');
  });

  it('takes over from a holder that was killed', async () => {
    const folder = temporaryFolder();
    const file = write(join(folder, 'one.lock'), 'another-machine 1');
    const longAgo = Date.now() / 1000 - 60;
    utimesSync(file, longAgo, longAgo);
    expect(await withLock('one', () => Promise.resolve('in'), folder)).toBe('in');
  });

  it('waits for a holder that showed itself a moment ago', async () => {
    const folder = temporaryFolder({ 'one.lock': 'another-machine 1' });
    const entered = withLock('one', () => Promise.resolve('in'), folder);
    expect(await Promise.race([entered, wait(600).then(() => 'waits')])).toBe('waits');
    const longAgo = Date.now() / 1000 - 60;
    utimesSync(join(folder, 'one.lock'), longAgo, longAgo);
    expect(await entered).toBe('in');
  });
});

describe('cloneLock()', () => {
  it('is another name for another clone', () => {
    expect(cloneLock('client', '/a')).not.toBe(cloneLock('client', '/b'));
  });
});
