import { describe, expect, it, onTestFinished } from 'vitest';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { redisAvailable, RedisServer } from '../support/infra/redis-server.ts';
import { startServer } from '../support/infra/start-server.ts';
import { until } from '../support/infra/until.ts';

interface Probe {
  readonly code: number;
  readonly status: string;
  /** The states of the checks by name. */
  readonly states: Readonly<Record<string, string>>;
}

async function probe({ url }: { readonly url: string }, path = '/readyz'): Promise<Probe> {
  const response = await fetch(url + path);
  const { status, checks } = (await response.json()) as {
    status: string;
    checks: Record<string, { state: string; detail?: string }>;
  };
  const states = Object.entries(checks).map(([name, { state, detail }]) => {
    if ((state === 'ok') !== (detail === undefined)) throw new Error(`${name} is ${state}: ${detail}`);
    return [name, state] as const;
  });
  return { code: response.status, status, states: Object.fromEntries(states) };
}

describe('probes', () => {
  it('each probe answers 200 without a secret when everything works', async () => {
    const server = await startServer();
    expect(await probe(server, '/livez')).toEqual({
      code: 200,
      status: 'ok',
      states: { event_loop: 'ok', media_workers: 'ok' },
    });
    expect(await probe(server, '/readyz')).toEqual({
      code: 200,
      status: 'ok',
      states: { startup: 'ok', shutdown: 'ok', capacity: 'ok', media_workers: 'ok', store: 'ok' },
    });
    expect(await probe(server, '/startupz')).toEqual({ code: 200, status: 'ok', states: { startup: 'ok' } });
    expect(await probe(server, '/api/v1/readyz')).toMatchObject({ code: 200 });
    expect((await fetch(`${server.url}/readyz`, { method: 'POST' })).status).toBe(405);
  });

  it('a full server without others is degraded, so that participants can return', async () => {
    const server = await startServer({ env: { MAX_MEMORY_PERCENT: '1' } });
    await until('the server is full', async () => (await probe(server)).status !== 'ok');
    expect(await probe(server)).toMatchObject({ code: 200, states: { capacity: 'degraded' } });
    expect(await probe(server, '/livez')).toMatchObject({ code: 200, status: 'ok' });
  });

  it('a server is unready after SIGTERM, and serves until the delay is over', async () => {
    const server = await startServer({ process: 'server', env: { SHUTDOWN_DELAY_SECONDS: '600' } });
    server.kill('SIGTERM');
    await until('the server is unready', async () => (await probe(server)).code === 503);
    expect(await probe(server)).toMatchObject({ status: 'failed', states: { shutdown: 'failed' } });
    expect(await probe(server, '/livez')).toMatchObject({ code: 200 });
    const response = await fetch(`${server.url}/healthz`);
    expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
    expect((await server.backend.createVisit()).sessionId).toMatch(/^sess_/);
  });

  it('a server ends by itself after the delay', async () => {
    const server = await startServer({
      process: 'server',
      env: { SHUTDOWN_DELAY_SECONDS: '1', SFU_NODES: '' },
    });
    const asked = performance.now();
    server.kill('SIGTERM');
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - asked).toBeGreaterThan(1000);
  });
});

describe.skipIf(!MongoServer.available())('probes of several servers', () => {
  async function cluster() {
    const mongo = await MongoServer.start();
    onTestFinished(() => mongo.dispose());
    const shared = { MONGO_URI: mongo.uriFor(), WORKERS: '1' };
    const start = (env: Record<string, string>) =>
      startServer({ process: 'server', env: { ...shared, ...env } });
    return { mongo, start };
  }

  it('a full server is unready when another one accepts visits', async () => {
    const { start } = await cluster();
    const [full, other] = await Promise.all([
      start({ SFU_NODES: 'sfu-1', MAX_MEMORY_PERCENT: '1' }),
      start({ SFU_NODES: 'sfu-2' }),
    ]);
    await until('the full server is unready', async () => (await probe(full)).code === 503);
    expect(await probe(full)).toMatchObject({ status: 'failed', states: { capacity: 'failed' } });
    expect(await probe(other)).toMatchObject({ code: 200, status: 'ok' });
  });

  it('a server whose nodes an operator drains is unready, and serves until the delay is over', async () => {
    const { start } = await cluster();
    const [drained, other] = await Promise.all([
      start({ SFU_NODES: 'sfu-1', SHUTDOWN_DELAY_SECONDS: '600' }),
      start({ SFU_NODES: 'sfu-2' }),
    ]);
    await drained.backend.api.drainNode('sfu-1', { deadlineSeconds: 60 });
    await until('the drained server is unready', async () => (await probe(drained)).code === 503);
    expect((await drained.backend.api.listNodes()).nodes.length).toBeGreaterThan(0);
    expect(await probe(other)).toMatchObject({ code: 200 });
  });

  it('a server degrades while the database hangs, is unready after the grace period, and comes back', async () => {
    const { mongo, start } = await cluster();
    if (!mongo.owned) return;
    const server = await start({ SFU_NODES: '', READY_STORE_GRACE_SECONDS: '7' });
    await mongo.pause();
    const state = async () => (await probe(server)).states.store;
    await until('the store is away', async () => (await state()) === 'degraded');
    expect(await probe(server)).toMatchObject({ status: 'degraded' });
    await until('the grace period is over', async () => (await probe(server)).code === 503);
    expect(await state()).toBe('failed');
    expect(await probe(server, '/livez')).toMatchObject({ code: 200, status: 'ok' });
    mongo.resume();
    await until('the server is ready again', async () => (await probe(server)).status === 'ok');
  });

  it.skipIf(!redisAvailable('readiness without Redis'))(
    'a server without Redis is degraded, and ready',
    async () => {
      const redis = await RedisServer.start();
      const { start } = await cluster();
      const server = await start({ SFU_NODES: '', REDIS_URL: redis.url });
      await until('Redis is connected', async () => (await probe(server)).states.bus === 'ok');
      await redis.stop();
      await until('Redis is away', async () => (await probe(server)).states.bus === 'degraded');
      expect(await probe(server)).toMatchObject({ code: 200, status: 'degraded' });
      await redis.start();
      await until('Redis is back', async () => (await probe(server)).status === 'ok');
    },
  );
});
