import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RecordingStorage } from './recording-storage.ts';

/** Keeps content in a folder, which several servers may share. */
export class FolderStorage implements RecordingStorage {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async put(name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const file = this.#fileOf(name);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const unfinished = `${file}.part`;
    try {
      const handle = await open(unfinished, 'w', 0o600);
      try {
        for await (const part of content) await handle.writeFile(part);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(unfinished, file);
      await syncFolder(dirname(file));
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }

  async *read(name: string, from: number, to: number): AsyncGenerator<Buffer, void, void> {
    if (to > from) yield* createReadStream(this.#fileOf(name), { start: from, end: to - 1 });
  }

  async delete(name: string): Promise<void> {
    await rm(this.#fileOf(name), { force: true });
  }

  /** Spreads files over folders: some file systems are slow with very many in one. */
  #fileOf(name: string): string {
    if (!/^[\w-]+$/.test(name))
      throw new Error(`${JSON.stringify(name)} is no name of a recording's content.`);
    return join(this.#folder, name.slice(-2), name);
  }
}

/** Makes a rename survive a power failure. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
