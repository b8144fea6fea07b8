import { describe, expect, it } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

/** Returns the objects that the workers of a server report. */
async function held(server: TestServer) {
  const workers = [...server.televisit.nodes.values()].flatMap((node) => node.workers);
  const dumps = await Promise.all(workers.map((worker) => worker.dump()));
  const servers = await Promise.all(workers.map((worker) => worker.webRtcServer.dump()));
  return {
    routers: dumps.flatMap(({ routerIds }) => routerIds).length,
    transports: servers.flatMap(({ webRtcTransportIds }) => webRtcTransportIds).length,
  };
}

describe('the media of a visit', () => {
  it(
    'a visit releases all media after 200 joins and leaves of every kind',
    { timeout: 120_000 },
    async () => {
      const server = await startServer({ graceMs: 0, env: { WORKERS: '2' } });
      const visits = await Promise.all(Array.from({ length: 5 }, () => server.createVisit()));
      const leave = [
        (one: ProtocolClient) => one.request('leave', {}),
        (one: ProtocolClient) => one.socket.disconnect(),
        (one: ProtocolClient) => one.socket.io.engine.close(),
        // Messages that are in flight when the connection ends must leave nothing behind.
        (one: ProtocolClient) => {
          void one.produce('camera', false).catch(() => undefined);
          one.socket.disconnect();
        },
      ] as const;
      for (let round = 0; round < 20; round++) {
        await Promise.all(
          visits.flatMap(({ sessionId }, index) =>
            (['doctor', 'patient'] as const).map(async (role) => {
              const one = await ProtocolClient.connect(server, await server.joinUrl(sessionId, role));
              await one.enter();
              await leave[(round + index) % leave.length]!(one);
            }),
          ),
        );
      }
      await expect.poll(() => held(server), { timeout: 10_000 }).toEqual({ routers: 0, transports: 0 });
      expect(server.televisit.rooms.size).toBe(0);
    },
  );

  it('the media of a client in the preview is released with its connection', async () => {
    const server = await startServer();
    const { sessionId } = await server.createVisit();
    const one = await ProtocolClient.connect(server, await server.joinUrl(sessionId, 'patient'));
    await one.prepare();
    await one.produce('camera');
    expect(await held(server)).toEqual({ routers: 1, transports: 2 });
    one.socket.disconnect();
    await expect.poll(() => held(server)).toEqual({ routers: 0, transports: 0 });
    expect((await server.televisit.sessions.get(sessionId)).status).toBe('scheduled');
  });

  it('a connection that ends while it is being prepared releases its media', async () => {
    const server = await startServer();
    const { sessionId } = await server.createVisit();
    for (let round = 0; round < 20; round++) {
      const one = await ProtocolClient.connect(server, await server.joinUrl(sessionId, 'patient'));
      const { rtpCapabilities } = await one.bootstrap();
      one.socket.emit('prepare', { rtpCapabilities: rtpCapabilities as Record<string, unknown> });
      one.socket.disconnect();
    }
    await expect.poll(() => held(server)).toEqual({ routers: 0, transports: 0 });
    expect(server.televisit.rooms.size).toBe(0);
  });
});

describe('a media worker that dies', () => {
  it('a dead worker is replaced, and its participants prepare and join again on a new router', async () => {
    const server = await startServer();
    const { sessionId } = await server.createVisit();
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const node = [...server.televisit.nodes.values()][0]!;
    const pid = node.workers[0]!.pid;
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => doctor.received('media:renew')).toHaveLength(1);
    doctor.prepared = undefined;
    await doctor.enter();
    expect(node.workers[0]?.pid ?? pid).not.toBe(pid);
    expect(await held(server)).toEqual({ routers: 1, transports: 2 });
  });
});
