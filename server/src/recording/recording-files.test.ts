import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { MasterKeys } from './master-keys.ts';
import { RecordingFiles } from './recording-files.ts';
import type { RecordingStorage } from './storage/recording-storage.ts';

/** The files that this process has open. */
const openFiles = () =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });

it.each([0, 1])('add leaves its file closed if the storage fails after %i parts', async (taken) => {
  const folder = mkdtempSync(join(tmpdir(), 'televisit-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'a-file');
  writeFileSync(path, Buffer.alloc(5 << 20));
  const seen: string[] = [];
  const storage: RecordingStorage = {
    async put(_, content) {
      const parts = content[Symbol.asyncIterator]();
      for (let part = 0; part < taken; part++) await parts.next();
      // A file opens after a turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(...openFiles());
      await parts.return?.();
      throw new Error('The storage failed.');
    },
    read: () => {
      throw new Error('Nothing is read.');
    },
    delete: () => Promise.resolve(),
  };
  const files = new RecordingFiles(storage, new MasterKeys(['a master key 0123456789abcdefghij']));
  await expect(files.add('a-file', path)).rejects.toThrow('The storage failed.');
  expect(seen.includes(path)).toBe(taken > 0);
  await expect.poll(() => openFiles().includes(path)).toBe(false);
});
