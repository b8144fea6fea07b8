import { createCipheriv, createDecipheriv } from 'node:crypto';

/**
 * Encrypts content in chunks, so that ranges can be read: AES-256-GCM over 1 MiB each. The nonce is the number of the chunk,
 * because every file has a key of its own; the authenticated data binds a chunk to its file, its place and the end, so
 * that nobody can swap, drop or append chunks.
 */

const ALGORITHM = 'aes-256-gcm';
export const CHUNK_BYTES = 1 << 20;
const TAG_BYTES = 16;
const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;
const NONCE_BYTES = 12;

/** The content of a file as it was before encryption. */
export interface SealedFile {
  readonly fileId: string;
  readonly key: Buffer;
  /** The size before encryption. */
  readonly bytes: number;
}

/** Encrypts content. @returns the encrypted chunks */
export async function* seal(
  { fileId, key }: Pick<SealedFile, 'fileId' | 'key'>,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer, void, void> {
  let index = 0;
  let pending: Buffer = Buffer.alloc(0);
  for await (const part of content) {
    pending = Buffer.concat([pending, part]);
    // A full chunk is held back until more follows: only the last one is marked as the end.
    while (pending.length > CHUNK_BYTES) {
      yield sealChunk(key, fileId, index++, pending.subarray(0, CHUNK_BYTES), false);
      pending = pending.subarray(CHUNK_BYTES);
    }
  }
  yield sealChunk(key, fileId, index, pending, true);
}

/**
 * Decrypts a range of a file.
 * @param from the first byte
 * @param to the end, exclusive; at most the size of the file
 * @param read returns a range of the encrypted content
 * @throws {Error} if the content was changed or is incomplete
 */
export async function* openRange(
  { fileId, key, bytes }: SealedFile,
  from: number,
  to: number,
  read: (from: number, to: number) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer, void, void> {
  if (to <= from) return;
  const lastChunk = Math.max(0, Math.ceil(bytes / CHUNK_BYTES) - 1);
  const first = Math.floor(from / CHUNK_BYTES);
  const last = Math.floor((to - 1) / CHUNK_BYTES);
  const sealedBytes = bytes + (lastChunk + 1) * TAG_BYTES;
  const sealed = read(first * SEALED_CHUNK_BYTES, Math.min(sealedBytes, (last + 1) * SEALED_CHUNK_BYTES));
  let index = first;
  for await (const chunk of chunksOf(sealed)) {
    if (index > last) throw new Error(`The stored content of ${fileId} is longer than it should be.`);
    const content = openChunk(key, fileId, index, chunk, index === lastChunk);
    const start = index * CHUNK_BYTES;
    yield content.subarray(Math.max(0, from - start), Math.min(content.length, to - start));
    index++;
  }
  if (index <= last) throw new Error(`The stored content of ${fileId} is incomplete.`);
}

async function* chunksOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, void> {
  let pending: Buffer = Buffer.alloc(0);
  for await (const part of content) {
    pending = Buffer.concat([pending, part]);
    while (pending.length >= SEALED_CHUNK_BYTES) {
      yield pending.subarray(0, SEALED_CHUNK_BYTES);
      pending = pending.subarray(SEALED_CHUNK_BYTES);
    }
  }
  if (pending.length > 0) yield pending;
}

function sealChunk(key: Buffer, fileId: string, index: number, content: Buffer, isLast: boolean): Buffer {
  const cipher = createCipheriv(ALGORITHM, key, nonceOf(index)).setAAD(contextOf(fileId, index, isLast));
  return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

function openChunk(key: Buffer, fileId: string, index: number, sealed: Buffer, isLast: boolean): Buffer {
  const decipher = createDecipheriv(ALGORITHM, key, nonceOf(index)).setAAD(contextOf(fileId, index, isLast));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
}

function nonceOf(index: number): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt32BE(index, NONCE_BYTES - 4);
  return nonce;
}

function contextOf(fileId: string, index: number, isLast: boolean): Buffer {
  return Buffer.from(JSON.stringify([fileId, index, isLast]));
}
