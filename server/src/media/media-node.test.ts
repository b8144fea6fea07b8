import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../core/testing/manual-clock.ts';
import { clientRtpCapabilities, mediaCodecs } from './media-worker.ts';
import { MediaNode } from './media-node.ts';
import { BITRATE_MS, UNRESPONSIVE_MS } from './worker-load.ts';

const SECOND = 1000;
const listener = {
  consumerNew: () => undefined,
  consumerClosed: () => undefined,
  cameraDemand: () => undefined,
  consumerUndecodable: () => undefined,
  producerUndecodable: () => undefined,
  unconnected: () => undefined,
};

let clock: ManualClock;
let node: MediaNode;

/** Counts requests to the node's workers and their transports from now on. */
function countRequests(): { usage: number; responded: number; getStats: number } {
  const count = { usage: 0, responded: 0, getStats: 0 };
  for (const worker of node.workers) {
    const original = worker.usage.bind(worker);
    worker.usage = async () => {
      count.usage += 1;
      const usage = await original();
      count.responded += 1;
      return usage;
    };
    for (const transport of worker.transports) {
      const stats = transport.getStats.bind(transport);
      transport.getStats = () => {
        count.getStats += 1;
        return stats();
      };
    }
  }
  return count;
}

async function join(router: Awaited<ReturnType<MediaNode['createSessionRouter']>>, userId: string) {
  const rtpCapabilities = clientRtpCapabilities(mediaCodecs(false));
  return router.createPeer({ userId, rtpCapabilities, listener });
}

beforeEach(async () => {
  clock = new ManualClock();
  node = await MediaNode.start({
    nodeId: 'test',
    listenIps: ['127.0.0.1'],
    ports: [0, 0],
    codecs: mediaCodecs(false),
    clock,
    logger: pino({ level: 'silent' }),
  });
});

afterEach(() => node.close());

describe('MediaNode.load', { timeout: 30_000 }, () => {
  it('is zero on a node without sessions', () => {
    expect(node.load()).toEqual({ participants: 0, consumers: 0, cpu: 0, bitrate: 0 });
  });

  it('counts joined participants but not previews, and all streams', async () => {
    const router = await node.createSessionRouter();
    const [doctor] = [await join(router, 'doctor'), await join(router, 'patient')];
    await doctor.publish([]);
    expect(node.load()).toMatchObject({ participants: 1, consumers: 2 });
    doctor.close();
    expect(node.load()).toMatchObject({ participants: 0, consumers: 1 });
  });

  it('reports the CPU share of the busiest worker between two calls', async () => {
    const count = countRequests();
    node.load();
    await expect.poll(() => count.responded).toBe(2);
    const [busy] = node.workers;
    const { cpuMs: before } = await busy!.usage();
    while ((await busy!.usage()).cpuMs < before + 50)
      await Promise.all(Array.from({ length: 50 }, () => busy!.dump()));
    clock.advance(SECOND);
    node.load();
    // At least 50 milliseconds of the second on the clock.
    await expect.poll(() => node.load().cpu, { timeout: 5000 }).toBeGreaterThanOrEqual(0.05);
    expect(node.load().cpu).toBeLessThanOrEqual(1);
  });

  it('limits requests to the workers however often it is called', async () => {
    await join(await node.createSessionRouter(), 'doctor');
    const count = countRequests();
    const load = async (times: number) => {
      for (let time = 0; time < times; time++) node.load();
      await expect.poll(() => count.responded).toBe(count.usage);
    };
    await load(100);
    await expect.poll(() => count).toEqual({ usage: 2, responded: 2, getStats: 2 });
    clock.advance(SECOND);
    await load(100);
    await expect.poll(() => count).toEqual({ usage: 4, responded: 4, getStats: 2 });
    clock.advance(BITRATE_MS);
    await load(100);
    await expect.poll(() => count.getStats).toBe(4);
  });

  it('reports full CPU while a worker is unresponsive, without repeating the request', async () => {
    const count = countRequests();
    const [stopped] = node.workers;
    process.kill(stopped!.pid, 'SIGSTOP');
    node.load();
    expect(node.load().cpu).toBe(0);
    clock.advance(UNRESPONSIVE_MS);
    for (let time = 0; time < 50; time++) {
      expect(node.load().cpu).toBe(1);
      clock.advance(SECOND);
      // The other worker still responds to every request.
      await expect.poll(() => count.responded).toBe(count.usage - 1);
    }
    const before = count.responded;
    process.kill(stopped!.pid, 'SIGCONT');
    await expect.poll(() => count.responded).toBe(before + 1);
    expect(node.load().cpu).toBeLessThan(1);
  });

  it('requests figures from the replacement of a worker that dies during a request', async () => {
    const [victim] = node.workers;
    process.kill(victim!.pid, 'SIGSTOP');
    node.load();
    process.kill(victim!.pid, 'SIGKILL');
    await expect.poll(() => victim!.closed).toBe(true);
    node.load();
    await expect.poll(() => node.workers.filter(({ closed }) => !closed).length, { timeout: 10_000 }).toBe(2);
    const count = countRequests();
    clock.advance(SECOND);
    node.load();
    await expect.poll(() => count.responded).toBe(2);
  });

  it('does not throw on a closed node', () => {
    node.close();
    expect(node.load()).toMatchObject({ participants: 0, cpu: 0 });
  });
});
