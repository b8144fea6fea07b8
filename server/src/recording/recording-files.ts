import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { MasterKeys, WrappedKey } from './master-keys.ts';
import { openRange, seal } from './sealed-content.ts';
import type { RecordingStorage } from './storage/recording-storage.ts';

/** A file in the storage, with what is needed to read it. */
export interface KeptFile {
  readonly fileId: string;
  /** The size of its content. */
  readonly bytes: number;
  readonly key: WrappedKey;
}

/** Files of recordings, encrypted in a storage. */
export class RecordingFiles {
  readonly #storage: RecordingStorage;
  readonly #keys: MasterKeys;

  constructor(storage: RecordingStorage, keys: MasterKeys) {
    this.#storage = storage;
    this.#keys = keys;
  }

  /** The id of the master key that encrypts the keys of new files. */
  get keyId(): string {
    return this.#keys.currentId;
  }

  /** Encrypts a file of the disk into the storage. @returns its key, without which it can't be read */
  async add(fileId: string, path: string): Promise<WrappedKey> {
    const { key, wrapped } = this.#keys.create(fileId);
    await this.#storage.put(fileId, seal({ fileId, key }, contentOfFile(path)));
    return wrapped;
  }

  /** Encrypts a text into the storage. @returns its key and its size */
  async addText(fileId: string, text: string): Promise<{ readonly key: WrappedKey; readonly bytes: number }> {
    const { key, wrapped } = this.#keys.create(fileId);
    const content = Buffer.from(text);
    await this.#storage.put(fileId, seal({ fileId, key }, Readable.from([content])));
    return { key: wrapped, bytes: content.length };
  }

  /** Returns the text of a file. It fails if content is missing or was changed. */
  async text(file: KeptFile): Promise<string> {
    const parts: Uint8Array[] = [];
    for await (const part of this.reader(file)(0, file.bytes)) parts.push(part);
    return Buffer.concat(parts).toString('utf8');
  }

  /**
   * Returns a function that reads a range of a file, the end exclusive. It fails if content is missing or was changed.
   * @throws {Error} if the master key of the file is not known
   */
  reader({ fileId, bytes, key }: KeptFile): (from: number, to: number) => AsyncIterable<Uint8Array> {
    const file = { fileId, bytes, key: this.#keys.unwrap(fileId, key) };
    return (from, to) => openRange(file, from, to, (start, end) => this.#storage.read(fileId, start, end));
  }

  /** Encrypts the key of a file with the current master key. */
  rewrap({ fileId, key }: KeptFile): WrappedKey {
    return this.#keys.rewrap(fileId, key);
  }

  /** Deletes a file from the storage. Idempotent. */
  async delete(fileId: string): Promise<void> {
    await this.#storage.delete(fileId);
  }
}

/** Opens a file when it is read: a storage that fails before that leaves nothing open. */
async function* contentOfFile(path: string): AsyncGenerator<Uint8Array, void, void> {
  yield* createReadStream(path);
}
