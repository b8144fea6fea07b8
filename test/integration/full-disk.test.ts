import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { startServer } from '../support/infra/start-server.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';

/** Returns a folder on a disk of its own with 8 MB; null if this user may not mount one. */
function smallDisk(): string | null {
  const folder = temporaryFolder();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder]);
  if (status !== 0) {
    console.warn('SKIPPED: tests of a full disk. They need the right to mount a tmpfs.');
    return null;
  }
  onTestFinished(() => void spawnSync('umount', ['--lazy', folder]));
  return folder;
}

it('while the disk is full, writes are answered with 503 and visits go on; then everything works again', async () => {
  const disk = smallDisk();
  if (disk === null) return;
  const server = await startServer({ env: { DATA_DIR: disk } });
  const { sessionId } = await server.createVisit();
  const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
  const patient = await ProtocolClient.join(server, sessionId, 'patient');
  const link = await server.joinUrl(sessionId, 'patient');

  const filler = join(disk, 'filler');
  const fill = (bytes: number) => {
    try {
      for (;;) writeFileSync(filler, Buffer.alloc(bytes), { flag: 'a' });
    } catch {
      // The disk is full.
    }
  };
  for (const bytes of [65_536, 4096, 1]) fill(bytes);
  const write = (id: string) =>
    server.call('POST', '/sessions', { appointmentId: id, doctorId: 'd', patientId: 'p' });
  // The database's log may have some room left.
  let answer = await write('a-0');
  for (let index = 1; answer.status === 201 && index < 1000; index++) answer = await write(`a-${index}`);
  expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([
    503,
    'store_unavailable',
    '5',
  ]);
  await expect(patient.request('chat:send', { clientId: 'c1', text: 'Hello' })).rejects.toMatchObject({
    code: 'store_unavailable',
    retryAfter: 5,
  });
  const seat = { role: 'patient', userId: 'patient' };
  const joining = await server.call('POST', `/sessions/${sessionId}/join`, seat);
  expect([joining.status, joining.body.code]).toEqual([503, 'store_unavailable']);
  expect((await server.call('GET', `/sessions/${sessionId}`)).status).toBe(200);
  // The call itself needs no disk, and neither does a preview.
  await doctor.request('presence:set', { away: true });
  const preview = await ProtocolClient.connect(server, link);
  onTestFinished(() => void preview.socket.disconnect());
  await preview.prepare();
  expect(doctor.socket.connected).toBe(true);

  rmSync(filler);
  await expect.poll(async () => (await write('later')).status).toBe(201);
  await patient.request('chat:send', { clientId: 'c2', text: 'Hello again' });
});
