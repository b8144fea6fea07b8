import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { machine } from './machine.ts';

let procfs: string;
beforeEach(() => {
  procfs = mkdtempSync(join(tmpdir(), 'procfs-'));
  mkdirSync(`${procfs}/self`);
  mkdirSync(`${procfs}/sys/net/core`, { recursive: true });
});
afterEach(() => rmSync(procfs, { recursive: true }));

/** Returns the findings on a machine with these limits. */
async function findings(files: string, buffer: string) {
  writeFileSync(
    `${procfs}/self/limits`,
    `Limit  Soft Limit  Hard Limit\nMax open files   ${files}   ${files}  files\n`,
  );
  for (const name of ['rmem_max', 'wmem_max']) writeFileSync(`${procfs}/sys/net/core/${name}`, buffer);
  const found = await machine({ procfs, dataDir: join(procfs, 'data', 'of-the-server') }).check();
  return Object.fromEntries(found.map((one) => [one.name, one]));
}

describe('machine()', () => {
  it('accepts enough file descriptors and large buffers', async () => {
    const found = await findings('1048576', '8388608');
    expect(found['file descriptors']).toEqual({
      name: 'file descriptors',
      ok: true,
      detail: 'at most 1048576',
    });
    expect(found['net.core.rmem_max']).toMatchObject({ ok: true, detail: '8388608 bytes' });
    expect(found.disk).toMatchObject({ ok: true });
  });

  it('fails with so few file descriptors that connections are refused', async () => {
    const found = await findings('1024', '8388608');
    expect(found['file descriptors']).toMatchObject({
      ok: false,
      remedy: expect.stringContaining('LimitNOFILE') as string,
    });
  });

  it('notes limits that only a large server reaches', async () => {
    const found = await findings('20000', '212992');
    expect(found['file descriptors']).toMatchObject({ ok: true, note: true });
    expect(found['net.core.wmem_max']).toMatchObject({
      ok: true,
      note: true,
      detail: expect.stringContaining('sysctl -w net.core.wmem_max=2500000') as string,
    });
  });
});
