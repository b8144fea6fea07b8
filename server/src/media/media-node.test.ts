import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../domain/testing/manual-clock.ts';
import { clientRtpCapabilities, mediaCodecs } from './codecs.ts';
import { MediaNode } from './media-node.ts';
import { BITRATE_MS, SILENT_MS } from './worker-load.ts';

const SECOND = 1000;
const listener = {
  consumerNew: () => undefined,
  consumerClosed: () => undefined,
  cameraDemand: () => undefined,
};

let clock: ManualClock;
let node: MediaNode;

/** Counts what is asked of the node's workers, and of their transports, from now on. */
function countQuestions(): { processorTime: number; answered: number; getStats: number } {
  const count = { processorTime: 0, answered: 0, getStats: 0 };
  for (const worker of node.workers) {
    const original = worker.processorTime.bind(worker);
    worker.processorTime = async () => {
      count.processorTime += 1;
      const time = await original();
      count.answered += 1;
      return time;
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

async function join(visit: Awaited<ReturnType<MediaNode['createVisitRouter']>>, userId: string) {
  const rtpCapabilities = clientRtpCapabilities(mediaCodecs(false));
  return visit.createPeer({ userId, rtpCapabilities, listener });
}

beforeEach(async () => {
  clock = new ManualClock();
  node = await MediaNode.start({
    nodeId: 'test',
    addresses: [{ ip: '127.0.0.1' }],
    ports: [0, 0],
    codecs: mediaCodecs(false),
    clock,
    logger: pino({ level: 'silent' }),
  });
});

afterEach(() => node.close());

describe('MediaNode.load', { timeout: 30_000 }, () => {
  it('of a node with nobody on it is nothing', () => {
    expect(node.load()).toEqual({ participants: 0, consumers: 0, cpu: 0, bitrate: 0 });
  });

  it('counts the people who are in, not those in the preview, and all streams', async () => {
    const visit = await node.createVisitRouter();
    const [doctor] = [await join(visit, 'doctor'), await join(visit, 'patient')];
    await doctor.publish([]);
    expect(node.load()).toMatchObject({ participants: 1, consumers: 2 });
    doctor.close();
    expect(node.load()).toMatchObject({ participants: 0, consumers: 1 });
  });

  it('has the share of the busiest worker between two looks', async () => {
    const count = countQuestions();
    node.load();
    await expect.poll(() => count.answered).toBe(2);
    const [busy] = node.workers;
    const before = await busy!.processorTime();
    while ((await busy!.processorTime()) < before + 50)
      await Promise.all(Array.from({ length: 50 }, () => busy!.dump()));
    clock.advance(SECOND);
    node.load();
    // At least 50 milliseconds of the second that the clock says.
    await expect.poll(() => node.load().cpu, { timeout: 5000 }).toBeGreaterThanOrEqual(0.05);
    expect(node.load().cpu).toBeLessThanOrEqual(1);
  });

  it('asks no more often than it has to, however often it is called', async () => {
    await join(await node.createVisitRouter(), 'doctor');
    const count = countQuestions();
    const look = async (times: number) => {
      for (let time = 0; time < times; time++) node.load();
      await expect.poll(() => count.answered).toBe(count.processorTime);
    };
    await look(100);
    await expect.poll(() => count).toEqual({ processorTime: 2, answered: 2, getStats: 2 });
    clock.advance(SECOND);
    await look(100);
    expect(count).toEqual({ processorTime: 4, answered: 4, getStats: 2 });
    clock.advance(BITRATE_MS);
    await look(100);
    await expect.poll(() => count.getStats).toBe(4);
  });

  it('asks a worker that does not answer once, and takes it for busy until it does', async () => {
    const count = countQuestions();
    const [stopped] = node.workers;
    process.kill(stopped!.pid, 'SIGSTOP');
    node.load();
    expect(node.load().cpu).toBe(0);
    clock.advance(SILENT_MS);
    for (let time = 0; time < 50; time++) {
      expect(node.load().cpu).toBe(1);
      clock.advance(SECOND);
      // The other one answers, and goes on being asked.
      await expect.poll(() => count.answered).toBe(count.processorTime - 1);
    }
    const before = count.answered;
    process.kill(stopped!.pid, 'SIGCONT');
    await expect.poll(() => count.answered).toBe(before + 1);
    expect(node.load().cpu).toBeLessThan(1);
  });

  it('with a worker that dies at that moment goes on, and asks the one in its place', async () => {
    const [victim] = node.workers;
    process.kill(victim!.pid, 'SIGSTOP');
    node.load();
    process.kill(victim!.pid, 'SIGKILL');
    await expect.poll(() => victim!.closed).toBe(true);
    node.load();
    await expect.poll(() => node.workers.filter(({ closed }) => !closed).length, { timeout: 10_000 }).toBe(2);
    const count = countQuestions();
    clock.advance(SECOND);
    node.load();
    await expect.poll(() => count.answered).toBe(2);
  });

  it('of a node that is closed does not throw', () => {
    node.close();
    expect(node.load()).toMatchObject({ participants: 0, cpu: 0 });
  });
});
