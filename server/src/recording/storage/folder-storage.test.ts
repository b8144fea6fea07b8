import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { contentOf } from '../testing/content.ts';
import { FolderStorage } from './folder-storage.ts';

function opened() {
  const folder = mkdtempSync(join(tmpdir(), 'televisit-storage-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const files = () =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return { storage: new FolderStorage(folder), files };
}

async function* content(...parts: readonly (string | Error)[]): AsyncGenerator<Buffer, void, void> {
  for (const part of parts) {
    await Promise.resolve();
    if (part instanceof Error) throw part;
    yield Buffer.from(part);
  }
}

const textOf = async (parts: AsyncIterable<Uint8Array>) => (await contentOf(parts)).toString();

it('put stores content, of which ranges can be read', async () => {
  const { storage } = opened();
  await storage.put('a-file', content('Hello ', 'world'));
  expect(await textOf(storage.read('a-file', 0, 11))).toBe('Hello world');
  expect(await textOf(storage.read('a-file', 4, 7))).toBe('o w');
  expect(await textOf(storage.read('a-file', 4, 4))).toBe('');
});

it('put leaves nothing behind if its content fails, and what was there before stays', async () => {
  const { storage, files } = opened();
  await storage.put('a-file', content('before'));
  await expect(storage.put('a-file', content('half', new Error('gone')))).rejects.toThrow('gone');
  expect(await textOf(storage.read('a-file', 0, 6))).toBe('before');
  expect(files()).toHaveLength(1);
});

it('delete is idempotent, and reading fails then', async () => {
  const { storage, files } = opened();
  await storage.put('a-file', content('text'));
  await storage.delete('a-file');
  await storage.delete('a-file');
  await expect(textOf(storage.read('a-file', 0, 4))).rejects.toMatchObject({ code: 'ENOENT' });
  expect(files()).toEqual([]);
});

it.each(['../outside', 'a/b', '', 'a.b'])('the name %j is refused', async (name) => {
  const { storage } = opened();
  await expect(storage.put(name, content('text'))).rejects.toThrow('no name');
  await expect(storage.delete(name)).rejects.toThrow('no name');
});
