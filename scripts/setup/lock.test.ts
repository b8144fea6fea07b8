import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, write } from '../temporary.ts';
import { cloneLock, withLock } from './lock.mjs';

describe('withLock', () => {
  it('withLock runs one at a time and leaves no lock behind', async () => {
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

  it('withLock runs the next if the work fails', async () => {
    const folder = temporaryFolder();
    await expect(withLock('one', () => Promise.reject(new Error('no')), folder)).rejects.toThrow('no');
    expect(await withLock('one', () => Promise.resolve('in'), folder)).toBe('in');
  });

  it('withLock takes over from a killed holder', async () => {
    const folder = temporaryFolder();
    const file = write(join(folder, 'one.lock'), 'another-machine 1');
    const longAgo = Date.now() / 1000 - 60;
    utimesSync(file, longAgo, longAgo);
    expect(await withLock('one', () => Promise.resolve('in'), folder)).toBe('in');
  });

  it('withLock waits for a holder that updated its lock recently', async () => {
    const folder = temporaryFolder({ 'one.lock': 'another-machine 1' });
    const entered = withLock('one', () => Promise.resolve('in'), folder);
    expect(await Promise.race([entered, wait(600).then(() => 'waits')])).toBe('waits');
    const longAgo = Date.now() / 1000 - 60;
    utimesSync(join(folder, 'one.lock'), longAgo, longAgo);
    expect(await entered).toBe('in');
  });
});

describe('cloneLock', () => {
  it('cloneLock returns another name for another clone', () => {
    expect(cloneLock('client', '/a')).not.toBe(cloneLock('client', '/b'));
  });
});
