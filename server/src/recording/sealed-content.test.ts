import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MasterKeys } from './master-keys.ts';
import { CHUNK_BYTES, openRange, seal } from './sealed-content.ts';
import { contentOf } from './testing/content.ts';

const KEY = Buffer.alloc(32, 7);

async function* partsOf(content: Buffer, size: number): AsyncGenerator<Buffer, void, void> {
  for (let at = 0; at < content.length; at += size) {
    await Promise.resolve();
    yield content.subarray(at, at + size);
  }
}

const sealed = (content: Buffer, fileId = 'file', partBytes = 100_000) =>
  contentOf(seal({ fileId, key: KEY }, partsOf(content, partBytes)));

/** Decrypts a range of what is stored, which arrives in parts of an odd size. */
const opened = (stored: Buffer, bytes: number, from: number, to: number, fileId = 'file') =>
  contentOf(
    openRange({ fileId, key: KEY, bytes }, from, to, (start, end) =>
      partsOf(stored.subarray(start, end), 65_537),
    ),
  );

describe('sealed content', () => {
  const content = randomBytes(2 * CHUNK_BYTES + 1000);

  it('any range of it equals that of the content', async () => {
    const stored = await sealed(content);
    await fc.assert(
      fc.asyncProperty(fc.nat(content.length), fc.nat(content.length), async (one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        expect((await opened(stored, content.length, from, to)).equals(content.subarray(from, to))).toBe(
          true,
        );
      }),
      { numRuns: 30 },
    );
  });

  it.each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES])(
    '%s bytes survive, whatever the size of the parts',
    async (bytes) => {
      const some = content.subarray(0, bytes);
      for (const size of [7001, CHUNK_BYTES, 3 * CHUNK_BYTES]) {
        const stored = await sealed(some, 'file', size);
        expect((await opened(stored, bytes, 0, bytes)).equals(some)).toBe(true);
      }
    },
  );

  it.each<readonly [string, (stored: Buffer) => Buffer, string]>([
    ['a changed byte', (stored) => changed(stored, 5), 'file'],
    ['a changed last byte', (stored) => changed(stored, stored.length - 1), 'file'],
    ['swapped chunks', swapped, 'file'],
    ['a missing end', (stored) => stored.subarray(0, 2 * (CHUNK_BYTES + 16)), 'file'],
    ['a cut chunk', (stored) => stored.subarray(0, -1), 'file'],
    ['the content of another file', (stored) => stored, 'other'],
  ])('%s is refused', async (_, tamper, fileId) => {
    const stored = tamper(await sealed(content));
    await expect(opened(stored, content.length, 0, content.length, fileId)).rejects.toThrow();
  });

  it('content that was cut at a chunk is refused even if its size is changed with it', async () => {
    const stored = (await sealed(content)).subarray(0, 2 * (CHUNK_BYTES + 16));
    await expect(opened(stored, 2 * CHUNK_BYTES, 0, 2 * CHUNK_BYTES)).rejects.toThrow();
  });
});

describe('MasterKeys', () => {
  const [old, current] = ['a master key of the tests 1', 'a master key of the tests 2'] as const;

  it('a key is read by the master key that wrapped it, and after rotation by the next one', () => {
    const { key, wrapped } = new MasterKeys([old]).create('file');
    const both = new MasterKeys([current, old]);
    expect(both.unwrap('file', wrapped).equals(key)).toBe(true);
    const renewed = both.rewrap('file', wrapped);
    expect(renewed.keyId).toBe(both.currentId);
    expect(new MasterKeys([current]).unwrap('file', renewed).equals(key)).toBe(true);
    expect(() => new MasterKeys([current]).unwrap('file', wrapped)).toThrow(/neither RECORDING_KEY nor/);
  });

  it('a key of another file, and one that was changed, are refused', () => {
    const keys = new MasterKeys([old]);
    const { wrapped } = keys.create('file');
    expect(() => keys.unwrap('other', wrapped)).toThrow();
    const bytes = changed(Buffer.from(wrapped.wrapped, 'base64url'), 20);
    expect(() => keys.unwrap('file', { ...wrapped, wrapped: bytes.toString('base64url') })).toThrow();
  });
});

function changed(content: Buffer, at: number): Buffer {
  const copy = Buffer.from(content);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

function swapped(stored: Buffer): Buffer {
  const size = CHUNK_BYTES + 16;
  return Buffer.concat([
    stored.subarray(size, 2 * size),
    stored.subarray(0, size),
    stored.subarray(2 * size),
  ]);
}
