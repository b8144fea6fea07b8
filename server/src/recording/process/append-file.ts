import { open, type FileHandle } from 'node:fs/promises';

/** How much is collected before it is written, in bytes; `flush()` writes less. */
const BATCH_BYTES = 64 * 1024;

/** A new file to which bytes are appended, one write at a time. */
export class AppendFile {
  readonly #handle: FileHandle;
  readonly #onError: (error: unknown) => void;
  #queue: Uint8Array[] = [];
  #writing: Promise<void> | null = null;
  #isDirty = false;
  #isClosed = false;
  #failed = false;
  #pendingBytes = 0;
  #bytes = 0;

  private constructor(handle: FileHandle, onError: (error: unknown) => void) {
    this.#handle = handle;
    this.#onError = onError;
  }

  /** @param onError is called once, when a write fails; what comes later is discarded @throws if the file exists or cannot be made */
  static async create(file: string, onError: (error: unknown) => void): Promise<AppendFile> {
    return new AppendFile(await open(file, 'wx', 0o600), onError);
  }

  /** The bytes in the file so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The bytes that wait for the disk. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  append(data: Uint8Array): void {
    if (this.#isClosed || this.#failed) return;
    this.#queue.push(data);
    this.#pendingBytes += data.byteLength;
    if (this.#pendingBytes >= BATCH_BYTES) this.flush();
  }

  /** Starts to write what is pending. Another process sees it soon after, also if this one is killed. */
  flush(): void {
    if (this.#writing || this.#failed || this.#queue.length === 0) return;
    this.#writing = this.#writeQueue()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => (this.#writing = null));
  }

  /** Moves what is written to the disk itself, for power cuts. */
  async sync(): Promise<void> {
    if (!this.#isDirty || this.#isClosed || this.#failed) return;
    this.#isDirty = false;
    try {
      await this.#handle.datasync();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Writes what is pending, syncs and closes the file. Does not throw; errors are those of `onError`. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.flush();
    // What was appended during a write is written by the next one.
    while (this.#writing) {
      await this.#writing;
      this.flush();
    }
    await this.sync();
    this.#isClosed = true;
    await this.#handle.close().catch(() => undefined);
  }

  /** Closes the file without what is pending. */
  async abandon(): Promise<void> {
    this.#failed = true;
    this.#drop();
    await this.#writing;
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#handle.close().catch(() => undefined);
  }

  async #writeQueue(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      await this.#write(batch.length === 1 && batch[0] ? batch[0] : Buffer.concat(batch));
    }
  }

  async #write(data: Uint8Array): Promise<void> {
    // A disk that is filling up takes a part, and refuses the next write.
    for (let start = 0; start < data.byteLength && !this.#failed;) {
      const { bytesWritten } = await this.#handle.write(data, start);
      start += bytesWritten;
      this.#bytes += bytesWritten;
      this.#pendingBytes -= bytesWritten;
      this.#isDirty = true;
    }
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#drop();
    this.#onError(error);
  }

  #drop(): void {
    this.#queue = [];
    this.#pendingBytes = 0;
  }
}
