import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { wavOf, WavFile } from './wav-file.ts';

function fileOf(data: Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'televisit-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'sound.wav');
  writeFileSync(file, data);
  return file;
}

const SAMPLES = Int16Array.from({ length: 1000 }, (_, index) => index * 30 - 15_000);

describe('WavFile', () => {
  it('read() returns the samples of a range, up to the end', async () => {
    const file = await WavFile.open(fileOf(wavOf(SAMPLES)));
    onTestFinished(() => file.close());
    expect(file.length).toBe(1000);
    expect(await file.read(10, 20)).toEqual(SAMPLES.slice(10, 20));
    expect(await file.read(990, 2000)).toEqual(SAMPLES.slice(990));
  });

  it('open() skips other chunks, and believes the size of the file rather than that in the header', async () => {
    const plain = wavOf(SAMPLES);
    const extra = Buffer.from('LIST\x03\0\0\0abc\0', 'latin1');
    const data = Buffer.concat([plain.subarray(0, 36), extra, plain.subarray(36)]);
    data.writeUInt32LE(0xffff_ffff, 36 + extra.length + 4);
    const file = await WavFile.open(fileOf(data));
    onTestFinished(() => file.close());
    expect(await file.read(0, 1000)).toEqual(SAMPLES);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['another file', Buffer.alloc(100, 'x')],
    ['two channels', withNumber(22, 2)],
    ['48 kHz', withNumber(24, 48_000)],
    ['8 bits', withNumber(34, 8)],
  ])('open() rejects %s', async (_name, data) => {
    await expect(WavFile.open(fileOf(data))).rejects.toMatchObject({ code: 'unsupported' });
  });
});

function withNumber(position: number, value: number): Buffer {
  const data = wavOf(SAMPLES);
  data.writeUInt16LE(value, position);
  return data;
}
