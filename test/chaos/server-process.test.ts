import type { CreateSessionResponse } from '@televisit/shared/api';
import { connect } from 'node:net';
import { SqliteStore } from '@televisit/server/store/sqlite/sqlite-store';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { isRunning, ServerProcess } from '../support/infra/server-process.ts';
import { startServer } from '../support/infra/start-server.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { INTERNAL_SECRET } from '../support/infra/settings.ts';

async function started(env: Record<string, string> = {}) {
  const server = await startServer({ process: 'server', env });
  return { server, ...(await server.listening()) };
}

/** Starts a process without waiting until it listens. */
function launched(env: Record<string, string> = {}) {
  const server = new ServerProcess({ env });
  onTestFinished(() => server.close());
  return server;
}

async function create(url: string, appointmentId: string): Promise<CreateSessionResponse> {
  const response = await fetch(`${url}/sessions`, {
    method: 'POST',
    headers: { 'X-Internal-Secret': INTERNAL_SECRET, 'Content-Type': 'application/json' },
    body: JSON.stringify({ appointmentId, doctorId: 'd', patientId: 'p' }),
  });
  return (await response.json()) as CreateSessionResponse;
}

describe('sessions of a server process', () => {
  it('sessions survive a restart', async () => {
    const dataDir = temporaryFolder();
    const first = await started({ DATA_DIR: dataDir });
    const { sessionId } = await create(first.localUrl, 'a');
    first.server.kill('SIGTERM');
    expect(await first.server.ended).toEqual({ code: 0, signal: null });
    const second = await started({ DATA_DIR: dataDir });
    expect((await create(second.localUrl, 'a')).sessionId).toBe(sessionId);
  });

  it('acknowledged sessions survive a kill -9 during 1,000 creates, and none is incomplete', async () => {
    const dataDir = temporaryFolder();
    const { server, localUrl } = await started({ DATA_DIR: dataDir });
    const answered = new Map<string, string>();
    // 20 clients at once, each with 50 creates one after another.
    const clients = Array.from({ length: 20 }, async (_, client) => {
      for (let index = client; index < 1000; index += 20) {
        const { sessionId } = await create(localUrl, `a-${index}`);
        answered.set(`a-${index}`, sessionId);
        if (answered.size === 400) server.kill('SIGKILL');
      }
    });
    await Promise.allSettled(clients);
    expect(await server.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(answered.size).toBeGreaterThanOrEqual(400);
    expect(answered.size).toBeLessThan(1000);

    const store = SqliteStore.open(dataDir);
    onTestFinished(() => store.close());
    let whole = 0;
    for (let index = 0; index < 1000; index++) {
      const session = await store.findByAppointment(`a-${index}`);
      const id = answered.get(`a-${index}`);
      if (id !== undefined) expect(session?.sessionId).toBe(id);
      if (!session) continue;
      whole += 1;
      expect(session.seats).toHaveLength(2);
      expect((await store.history(session.sessionId)).map(({ type }) => type)).toEqual(['session.created']);
    }
    expect([...(await store.countOpenByNode()).values()]).toEqual([whole]);
  });
});

describe('attendance of a server process', () => {
  it('after a kill -9 an interval ends when the server was last alive, and continues within the grace period', async () => {
    const dataDir = temporaryFolder();
    const first = await started({ DATA_DIR: dataDir });
    const { sessionId } = await first.server.backend.createVisit('a');
    for (const role of ['doctor', 'patient'] as const) {
      const link = await first.server.backend.joinUrl(sessionId, role);
      const participant = await ProtocolClient.connect(first.server, link);
      await participant.enter();
    }
    first.server.kill('SIGKILL');
    await first.server.ended;
    const died = Date.now();

    const second = await started({ DATA_DIR: dataDir });
    const { backend } = second.server;
    const { participants } = await backend.api.listParticipants(sessionId);
    for (const { connected, intervals } of participants) {
      expect([connected, intervals.length]).toEqual([false, 1]);
      expect(Date.parse(intervals[0]?.leftAt ?? '')).toBeLessThanOrEqual(died);
    }
    const link = await backend.joinUrl(sessionId, 'patient');
    const patient = await ProtocolClient.connect(backend, link);
    onTestFinished(() => void patient.socket.disconnect());
    await patient.enter();
    const back = (await backend.api.listParticipants(sessionId)).participants[1];
    expect(back).toMatchObject({ connected: true, reconnects: 1 });
    expect(back?.intervals).toHaveLength(1);
  });
});

describe('a server process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'a server closes cleanly on %s within 5 s, with open connections',
    async (signal) => {
      const { server, localUrl } = await started();
      const workers = server.workerPids();
      expect(workers).toHaveLength(2);
      // An open, silent connection must not delay it.
      const idle = connect(Number(new URL(localUrl).port));
      idle.on('error', () => undefined);
      onTestFinished(() => void idle.destroy());
      await create(localUrl, 'a');
      const asked = performance.now();
      server.kill(signal);
      expect(await server.ended).toEqual({ code: 0, signal: null });
      expect(performance.now() - asked).toBeLessThan(5000);
      await expect.poll(() => workers.some(isRunning)).toBe(false);
    },
  );

  it('a server notifies its participants before it releases their media', async () => {
    const { server } = await started({ WORKERS: '1' });
    const { backend } = server;
    const { sessionId } = await backend.createVisit();
    const doctor = await ProtocolClient.connect(backend, await backend.joinUrl(sessionId, 'doctor'));
    await doctor.enter();
    server.kill('SIGTERM');
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(server.output).toContain('"departure":"server_shutdown"');
    expect(server.output).not.toContain('room lost its media worker');
    doctor.socket.disconnect();
  });

  it('a server ends at once on a second signal, and leaves no worker behind', async () => {
    const { server } = await started();
    const workers = server.workerPids();
    server.kill('SIGTERM');
    server.kill('SIGINT');
    await server.ended;
    await expect.poll(() => workers.some(isRunning)).toBe(false);
  });

  it('a server that is killed with -9 leaves no worker behind', async () => {
    const { server } = await started();
    const workers = server.workerPids();
    server.kill('SIGKILL');
    await server.ended;
    await expect.poll(() => workers.some(isRunning)).toBe(false);
  });

  it('a server closes by itself when its parent process is gone', async () => {
    const { server } = await started();
    server.child.disconnect();
    expect(await server.ended).toEqual({ code: 0, signal: null });
  });

  it('a server can be stopped while it starts', async () => {
    const server = launched();
    await expect.poll(() => server.output).toContain('media worker started');
    server.kill('SIGTERM');
    await server.ended;
  });

  it('a server whose port is taken says so and leaves no worker behind', async () => {
    const { localUrl } = await started();
    const second = launched({ PORT: new URL(localUrl).port });
    expect((await second.ended).code).toBe(1);
    expect(second.output).toContain('EADDRINUSE');
  });

  it('a server says so if another one uses its folder', async () => {
    const dataDir = temporaryFolder();
    await started({ DATA_DIR: dataDir });
    const second = launched({ DATA_DIR: dataDir });
    expect((await second.ended).code).toBe(1);
    expect(second.output).toContain('Another server already uses this DATA_DIR');
  });

  it('a server in production without good secrets refuses to start and names them', async () => {
    const server = launched({
      NODE_ENV: 'production',
      CLIENT_BASE_URL: 'https://visits.test',
      INTERNAL_SECRET: 'short',
      VIDEO_JWT_SECRET: '',
    });
    expect((await server.ended).code).toBe(1);
    expect(server.output).toContain('INTERNAL_SECRET is shorter than 32 characters');
    expect(server.output).toContain('VIDEO_JWT_SECRET is missing');
  });

  it('a server in development without secrets creates random ones, says so, and keeps them over a restart', async () => {
    const env = { DATA_DIR: temporaryFolder(), INTERNAL_SECRET: '', VIDEO_JWT_SECRET: '' };
    const first = await started(env);
    expect(first.server.output).toContain('made a random secret');
    first.server.kill('SIGTERM');
    await first.server.ended;
    const second = await started(env);
    expect(second.internalSecret).toBe(first.internalSecret);
    expect(first.internalSecret?.length).toBeGreaterThanOrEqual(32);
    expect(first.server.output).not.toContain(first.internalSecret);
  });
});
