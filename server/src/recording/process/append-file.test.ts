import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { RecorderError } from '../recorder-error.ts';
import { AppendFile } from './append-file.ts';

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'televisit-append-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'file');
}

it('AppendFile writes what is appended in order, also during a write', async () => {
  const file = newFile();
  const target = await AppendFile.create(file, (error) => expect.unreachable(String(error)));
  const chunks = Array.from({ length: 200 }, (_, index) => Buffer.alloc(1000, index));
  for (const [index, chunk] of chunks.entries()) {
    target.append(chunk);
    if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(target.pendingBytes).toBeGreaterThan(0);
  await target.close();
  expect(target.pendingBytes).toBe(0);
  expect(target.bytes).toBe(200_000);
  expect(readFileSync(file).equals(Buffer.concat(chunks))).toBe(true);
});

it('AppendFile writes nothing before flush() unless it has collected enough', async () => {
  const file = newFile();
  const target = await AppendFile.create(file, () => undefined);
  target.append(Buffer.from('text'));
  expect(readFileSync(file, 'utf8')).toBe('');
  target.flush();
  await expect.poll(() => readFileSync(file, 'utf8')).toBe('text');
  await target.close();
  target.append(Buffer.from('late'));
  await target.close();
  expect(readFileSync(file, 'utf8')).toBe('text');
});

it('AppendFile.create refuses a file that exists', async () => {
  const file = newFile();
  await (await AppendFile.create(file, () => undefined)).close();
  await expect(AppendFile.create(file, () => undefined)).rejects.toMatchObject({ code: 'EEXIST' });
});

it('RecorderError.ofFile tells a full disk from other failures', () => {
  const error = (code: string) => Object.assign(new Error(code), { code });
  expect(['ENOSPC', 'EDQUOT', 'EIO', 'EACCES'].map((code) => RecorderError.ofFile(error(code)).code)).toEqual(
    ['disk_full', 'disk_full', 'write_failed', 'write_failed'],
  );
});
