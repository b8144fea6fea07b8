/** Keeps the encrypted content of recordings: in a folder, or in an object store. Errors of the storage reject. */
export interface RecordingStorage {
  /** Stores content under a name, all or nothing. Replaces what is there. */
  put(name: string, content: AsyncIterable<Uint8Array>): Promise<void>;
  /** Reads a range, the end exclusive. Fails if there is no such content. */
  read(name: string, from: number, to: number): AsyncIterable<Uint8Array>;
  /** Deletes content. Idempotent. */
  delete(name: string): Promise<void>;
}
