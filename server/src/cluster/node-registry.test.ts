import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TelevisitError } from '@televisit/shared/errors';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Clock } from '../core/clock.ts';
import type { NodeStore } from '../domain/node-store.ts';
import { ManualClock } from '../core/testing/manual-clock.ts';
import { SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { HEARTBEAT_MS, LEASE_MS, NodeRegistry } from './node-registry.ts';
import { processIdentity } from './process-identity.ts';

const IDLE = { participants: 0, consumers: 0, cpu: 0, bitrate: 0, full: false };
const logger = pino({ level: 'silent' });

/** Several processes on one store, each with a clock that may differ. */
function cluster() {
  const folder = mkdtempSync(join(tmpdir(), 'televisit-'));
  const sqlite = SqliteStore.open(folder);
  const clock = new ManualClock();
  onTestFinished(async () => {
    await sqlite.close();
    rmSync(folder, { recursive: true });
  });
  /** A process. `away` disconnects it from the store; `slow` delays the result of its reads. */
  const process = (
    processId: string,
    nodeIds: string[],
    { ahead = 0, holder = null as string | null } = {},
  ) => {
    const line = { away: false, reads: 0, slow: Promise.resolve(undefined) };
    const through = async <T>(ask: () => Promise<T>): Promise<T> => {
      if (line.away) throw new TelevisitError('store_unavailable');
      return ask();
    };
    const store: NodeStore = {
      exclusive: false,
      beat: (heartbeat, heldBy) => through(() => sqlite.nodes.beat(heartbeat, heldBy)),
      list: () =>
        through(async () => {
          const nodes = await sqlite.nodes.list();
          line.reads += 1;
          await line.slow;
          return nodes;
        }),
      drain: (nodeId, until) => through(() => sqlite.nodes.drain(nodeId, until)),
      release: (nodeId, by) => through(() => sqlite.nodes.release(nodeId, by)),
    };
    const own: Clock = { now: () => clock.now() + ahead, after: (ms, task) => clock.after(ms, task) };
    const registry = new NodeRegistry({
      store,
      nodeIds,
      own: {
        processId,
        holder,
        url: () => `http://${processId}`,
        region: null,
        version: '1',
        capacity: null,
      },
      loadOf: () => IDLE,
      clock: own,
      logger,
    });
    return { registry, line };
  };
  /** Advances the clock in small steps and lets due work finish after each. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 250) {
      clock.advance(250);
      // Reads and writes of this store finish within a turn or two of the event loop.
      for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { process, pass, store: sqlite.nodes };
}

const alive = (registry: NodeRegistry, nodeId: string) => registry.find(nodeId)?.alive;

describe('NodeRegistry', () => {
  it('reports a node as alive to all processes while its heartbeats arrive', async () => {
    const { process, pass } = cluster();
    const [a, b] = [process('a', ['sfu-1']), process('b', ['sfu-2'])];
    await a.registry.start();
    await b.registry.start();
    await pass(60_000);
    expect(a.registry.nodes()).toMatchObject([
      { nodeId: 'sfu-1', alive: true, here: true },
      { nodeId: 'sfu-2', alive: true, here: false, url: 'http://b' },
    ]);
    expect(alive(b.registry, 'sfu-1')).toBe(true);
  });

  it.each([0, -3_600_000, 3_600_000])(
    'reports a node as lost one lease after its last heartbeat when the clocks differ by %i ms',
    async (ahead) => {
      const { process, pass } = cluster();
      const [a, b] = [process('a', ['sfu-1'], { ahead }), process('b', ['sfu-2'])];
      await a.registry.start();
      await b.registry.start();
      const lost: string[] = [];
      b.registry.onLost(({ nodeId }) => lost.push(nodeId));
      await pass(10_000);
      a.line.away = true;
      await pass(LEASE_MS - 2 * HEARTBEAT_MS);
      expect(alive(b.registry, 'sfu-1')).toBe(true);
      await pass(3 * HEARTBEAT_MS);
      expect(alive(b.registry, 'sfu-1')).toBe(false);
      expect(lost).toEqual(['sfu-1']);
      expect(b.registry.lostFor(0)).toMatchObject([{ nodeId: 'sfu-1', processId: 'a' }]);
      expect(b.registry.lostFor(30_000)).toEqual([]);
      // Its own process keeps it alive, with its calls.
      expect(alive(a.registry, 'sfu-1')).toBe(true);
      a.line.away = false;
      await pass(2 * HEARTBEAT_MS);
      expect(alive(b.registry, 'sfu-1')).toBe(true);
      expect(lost).toEqual(['sfu-1']);
    },
  );

  it('keeps all nodes alive while the store is unreachable', async () => {
    const { process, pass } = cluster();
    const [a, b] = [process('a', ['sfu-1']), process('b', ['sfu-2'])];
    await a.registry.start();
    await b.registry.start();
    const lost: string[] = [];
    for (const { registry } of [a, b]) registry.onLost(({ nodeId }) => lost.push(nodeId));
    await pass(5000);
    a.line.away = b.line.away = true;
    await pass(60_000);
    expect([alive(a.registry, 'sfu-2'), alive(b.registry, 'sfu-1')]).toEqual([true, true]);
    b.line.away = false;
    await pass(LEASE_MS - HEARTBEAT_MS);
    a.line.away = false;
    await pass(60_000);
    expect([alive(a.registry, 'sfu-2'), alive(b.registry, 'sfu-1')]).toEqual([true, true]);
    expect(lost).toEqual([]);
  });

  it('forgets a node when its process stops', async () => {
    const { process, pass, store } = cluster();
    const [a, b] = [process('a', ['sfu-1']), process('b', ['sfu-2'])];
    await a.registry.start();
    await b.registry.start();
    await a.registry.stop();
    expect(await store.list()).toHaveLength(1);
    await pass(HEARTBEAT_MS);
    expect(b.registry.find('sfu-1')).toBeUndefined();
  });

  it('takes a node again whose record was deleted while the process was disconnected', async () => {
    const { process, pass, store } = cluster();
    const a = process('a', ['sfu-1']);
    await a.registry.start();
    const taken: string[] = [];
    a.registry.onOwnershipLost((nodeId) => taken.push(nodeId));
    await store.release('sfu-1', 'a');
    await pass(2 * HEARTBEAT_MS);
    expect(await store.list()).toMatchObject([{ nodeId: 'sfu-1', processId: 'a' }]);
    expect(taken).toEqual([]);
  });
});

describe('NodeRegistry.start', () => {
  it('rejects if another live process runs the node', async () => {
    const { process, pass } = cluster();
    const [a, b] = [process('a', ['sfu-1']), process('b', ['sfu-1'])];
    await a.registry.start();
    const starting = b.registry.start().then(
      () => 'started',
      (error: unknown) => String(error),
    );
    await pass(LEASE_MS);
    expect(await starting).toContain('Another server (http://a) runs the SFU node sfu-1');
    expect(alive(a.registry, 'sfu-1')).toBe(true);
  });

  it('takes the node of a process without heartbeats for a lease, and that process loses its ownership', async () => {
    const { process, pass } = cluster();
    const [a, b] = [process('a', ['sfu-1']), process('b', ['sfu-1'])];
    await a.registry.start();
    const taken: string[] = [];
    a.registry.onOwnershipLost((nodeId) => taken.push(nodeId));
    a.line.away = true;
    const starting = b.registry.start();
    await pass(LEASE_MS + 250);
    expect((await starting).has('sfu-1')).toBe(true);
    a.line.away = false;
    await pass(HEARTBEAT_MS);
    expect(taken).toEqual(['sfu-1']);
    expect(a.registry.isHere('sfu-1')).toBe(false);
    expect(b.registry.isHere('sfu-1')).toBe(true);
  });

  it('takes the node of an exited process without waiting', async () => {
    const { process } = cluster();
    const gone = processIdentity()?.replace(/\d+$/, '1') ?? null;
    await process('a', ['sfu-1'], { holder: gone }).registry.start();
    await process('b', ['sfu-1']).registry.start();
  });
});

describe('NodeRegistry.lookAgain', () => {
  it('reads the nodes after a moment, before the next heartbeat', async () => {
    const { process, pass } = cluster();
    const b = process('b', ['sfu-2']);
    await b.registry.start();
    await process('a', ['sfu-1']).registry.start();
    const looked = b.registry.lookAgain();
    expect(b.registry.find('sfu-1')).toBeUndefined();
    await pass(300);
    await looked;
    expect(alive(b.registry, 'sfu-1')).toBe(true);
  });
});

describe('NodeRegistry.lookAfresh', () => {
  it('sees a change that was stored during an earlier read', async () => {
    const { process, store } = cluster();
    const { registry, line } = process('a', ['sfu-1']);
    await registry.start();
    const held = Promise.withResolvers<undefined>();
    line.slow = held.promise;
    const { reads } = line;
    const early = registry.look();
    await expect.poll(() => line.reads).toBe(reads + 1);
    await store.drain('sfu-1', 1);
    held.resolve(undefined);
    await registry.lookAfresh();
    expect(registry.find('sfu-1')?.drainUntil).toBe(1);
    await early;
  });
});
