import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TelevisitError } from '@televisit/shared/errors';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { EMPTY_MS, REPORT_MS } from './change.ts';
import { CHAT_LIMITS, Chats } from '../features/chat/chats.ts';
import { sqliteChat } from '../features/chat/store.sqlite.ts';
import { SYSTEM } from './events.ts';
import { randomIds } from './ids.ts';
import { SWEEP_MS, Sweeper } from './sweeper.ts';
import { BACKEND, created, GRACE, HOUR, MINUTE, NINE, sessionsOn } from './testing/sessions.ts';
import { ManualClock } from '../core/testing/manual-clock.ts';

const SESSION = 'sess_00000001';
const DAY = 24 * HOUR;

/** Sets up a sweeper on a real store with one visit at nine o'clock. */
async function sweeping(retentionMs: number | null = null, lastAlive?: number) {
  const folder = mkdtempSync(join(tmpdir(), 'televisit-'));
  const sqlite = SqliteStore.open(folder, { chat: sqliteChat });
  const database = { down: false };
  const store = new Proxy(sqlite, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...given: unknown[]) => Promise<unknown>;
      if (typeof method !== 'function') return method;
      return (...given: unknown[]) =>
        database.down ? Promise.reject(new TelevisitError('store_unavailable')) : method.apply(target, given);
    },
  });
  const clock = new ManualClock();
  const sessions = sessionsOn(store, clock);
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const purged: number[] = [];
  /** Reported once, like by a registry that forgets lost nodes. */
  const lost: { nodeId: string; processId: string; aliveAt: number }[] = [];
  const rooms = new Set<string>();
  const counts: ReadonlyMap<string, number>[] = [];
  const sweeper = new Sweeper({
    store,
    sessions,
    features: [new Chats({ store: sqlite.features.chat, sessions, clock, ids: randomIds, onError })],
    clock,
    ownNodes: new Map([['sfu-1', lastAlive]]),
    placement: { recount: (open) => counts.push(open) },
    hasRoom: (sessionId) => rooms.has(sessionId),
    graceMs: GRACE,
    lostNodes: () => lost.splice(0),
    retentionMs,
    onError,
    onPurged: (count) => purged.push(count),
  });
  onTestFinished(async () => {
    await sweeper.stop();
    await sqlite.close();
    rmSync(folder, { recursive: true });
  });
  await sqlite.insert(created());
  /** Advances the time and waits for the due sweep. */
  const pass = async (ms: number) => {
    await expect.poll(() => clock.waiting).toBe(1);
    clock.advance(ms);
    if (ms >= SWEEP_MS) await expect.poll(() => clock.waiting, { timeout: 10_000 }).toBe(1);
  };
  return { sweeper, sessions, store: sqlite, clock, database, errors, purged, lost, rooms, counts, pass };
}

describe('start', () => {
  it('closes the attendance left by a dead process at the time it was last alive', async () => {
    const { sweeper, sessions, store, clock } = await sweeping(null, NINE + 10 * MINUTE);
    await sessions.enter(SESSION, 'patient-1');
    clock.advance(12 * MINUTE);
    await sweeper.start();
    expect((await store.get(SESSION))?.intervals).toMatchObject([
      { leftAt: NINE + 10 * MINUTE, reason: 'connection_lost' },
    ]);
  });

  it('closes it at the time of joining when the last sign of life is unknown', async () => {
    const { sweeper, sessions, store, clock } = await sweeping();
    await sessions.enter(SESSION, 'patient-1');
    clock.advance(MINUTE);
    await sweeper.start();
    expect((await store.get(SESSION))?.intervals).toMatchObject([{ joinedAt: NINE, leftAt: NINE }]);
  });

  it('leaves visits on other nodes alone', async () => {
    const { sweeper, sessions, store } = await sweeping();
    const other = created({ sessionId: 'sess_00000002', appointmentId: 'other', nodeId: 'sfu-2' });
    await store.insert(other);
    await sessions.enter('sess_00000002', 'patient-1');
    await sweeper.start();
    expect((await store.get('sess_00000002'))?.intervals).toMatchObject([{ leftAt: null }]);
  });
});

describe('every sweep', () => {
  it('ends visits when they are due and not before', async () => {
    const { sweeper, store, pass } = await sweeping();
    await sweeper.start();
    await pass(HOUR - 1);
    expect((await store.get(SESSION))?.status).toBe('scheduled');
    await pass(SWEEP_MS);
    expect(await store.get(SESSION)).toMatchObject({ status: 'ended', endReason: 'no_show' });
  });

  it('ends a visit that has been empty for five minutes', async () => {
    const { sweeper, sessions, store, pass } = await sweeping();
    await sweeper.start();
    await sessions.enter(SESSION, 'doctor-1');
    await sessions.leave(await sessions.get(SESSION), 'doctor-1', { at: NINE, reason: 'left' });
    await pass(EMPTY_MS);
    expect(await store.get(SESSION)).toMatchObject({ status: 'ended', endReason: 'empty' });
  });

  it('records report.ready a few seconds after the end, even if the previous process died', async () => {
    const { sweeper, sessions, store, pass } = await sweeping();
    await sessions.enter(SESSION, 'patient-1');
    await sessions.end(SESSION, 'host_ended', SYSTEM);
    await sweeper.start();
    const types = async () => (await store.history(SESSION)).map(({ type }) => type);
    expect((await types()).at(-1)).toBe('meeting.ended');
    await pass(REPORT_MS + SWEEP_MS);
    expect((await types()).slice(-2)).toEqual(['meeting.ended', 'report.ready']);
    await pass(HOUR);
    expect((await types()).filter((type) => type === 'report.ready')).toHaveLength(1);
  });

  it('closes attendance on a lost node when participants do not return, and releases the node', async () => {
    const { sweeper, sessions, store, lost, pass } = await sweeping();
    const there = { sessionId: 'sess_00000002', appointmentId: 'other', nodeId: 'sfu-2' };
    await store.insert(created(there));
    await sessions.enter('sess_00000002', 'patient-1');
    const load = { participants: 1, consumers: 0, cpu: 0, bitrate: 0, full: false };
    const node = { nodeId: 'sfu-2', processId: 'other', holder: null, url: '', region: null, version: '1' };
    await store.nodes.beat({ ...node, capacity: null, load, beat: 1, aliveAt: NINE + MINUTE }, null);
    await sweeper.start();
    await pass(5 * MINUTE);
    expect((await store.get('sess_00000002'))?.intervals).toMatchObject([{ leftAt: null }]);
    lost.push({ nodeId: 'sfu-2', processId: 'other', aliveAt: NINE + MINUTE });
    await pass(SWEEP_MS);
    expect((await store.get('sess_00000002'))?.intervals).toMatchObject([
      { leftAt: NINE + MINUTE, reason: 'connection_lost' },
    ]);
    expect(await store.nodes.list()).toEqual([]);
  });

  it('skips visits that have moved from a lost node, and retries failed writes', async () => {
    const { sweeper, sessions, store, lost, errors, pass } = await sweeping();
    await sweeper.start();
    for (const number of [2, 3]) {
      const there = { sessionId: `sess_0000000${number}`, appointmentId: `a-${number}`, nodeId: 'sfu-2' };
      await store.insert(created(there));
      await sessions.enter(there.sessionId, 'patient-1');
    }
    const abandon = sessions.abandon.bind(sessions);
    const failing = new Set(['sess_00000002']);
    sessions.abandon = async (seen, at) => {
      if (failing.delete(seen.sessionId)) throw new TelevisitError('conflict');
      // In the meantime, a participant has returned on another node.
      if (seen.sessionId === 'sess_00000003') await sessions.move(seen);
      return abandon(seen, at);
    };
    lost.push({ nodeId: 'sfu-2', processId: 'other', aliveAt: NINE });
    await pass(SWEEP_MS);
    expect(errors).toMatchObject([{ code: 'conflict' }]);
    expect((await store.get('sess_00000003'))?.intervals).toMatchObject([{ leftAt: null }]);
    lost.push({ nodeId: 'sfu-2', processId: 'other', aliveAt: NINE });
    await pass(SWEEP_MS);
    expect((await store.get('sess_00000002'))?.intervals).toMatchObject([{ reason: 'connection_lost' }]);
  });

  it('counts the visits of each node once a minute', async () => {
    const { sweeper, sessions, counts, pass } = await sweeping();
    await sweeper.start();
    await pass(SWEEP_MS);
    await sessions.end(SESSION, 'backend_ended', BACKEND);
    for (let sweep = 1; sweep <= 30; sweep++) await pass(SWEEP_MS);
    expect(counts).toEqual([new Map([['sfu-1', 1]]), new Map()]);
  });

  it('deletes sessions when their retention has passed and not before', async () => {
    const { sweeper, sessions, store, pass, purged } = await sweeping(30 * DAY);
    await sweeper.start();
    await sessions.end(SESSION, 'backend_ended', BACKEND);
    await pass(30 * DAY);
    expect(purged).toEqual([]);
    await pass(SWEEP_MS);
    expect(purged).toEqual([1]);
    expect(await store.get(SESSION)).toBeUndefined();
    expect(await store.history(SESSION)).toEqual([]);
  });

  it('keeps sessions with undelivered webhooks for three days', async () => {
    const { sweeper, sessions, store, pass, purged } = await sweeping(DAY);
    await store.webhooks.insertEndpoint({
      endpointId: 'endpoint',
      url: 'https://receiver.test/',
      description: null,
      events: null,
      secrets: [{ secret: 'whsec_secret', validUntil: null }],
      enabled: true,
      disabledReason: null,
      source: 'api',
      createdAt: 0,
      updatedAt: 0,
      version: 1,
    });
    await sweeper.start();
    await sessions.end(SESSION, 'backend_ended', BACKEND);
    await pass(3 * DAY);
    expect(purged).toEqual([]);
    await pass(SWEEP_MS);
    expect(purged).toEqual([1]);
    expect(await store.get(SESSION)).toBeUndefined();
  });

  it('keeps all sessions without a retention', async () => {
    const { sweeper, sessions, store, pass, purged } = await sweeping();
    await sweeper.start();
    await sessions.end(SESSION, 'backend_ended', BACKEND);
    await pass(10_000 * DAY);
    expect(purged).toEqual([]);
    expect(await store.get(SESSION)).toBeDefined();
  });

  it('reports a failure and catches up with the next sweep', async () => {
    const { sweeper, store, database, pass, errors } = await sweeping();
    await sweeper.start();
    database.down = true;
    await pass(HOUR);
    expect(errors).toMatchObject([{ code: 'store_unavailable' }]);
    database.down = false;
    await pass(SWEEP_MS);
    expect((await store.get(SESSION))?.status).toBe('ended');
  });
});

describe('a visit moved to this process', () => {
  /** Time for two checks with the grace period between them. */
  const LOOKS = GRACE + 20 * SWEEP_MS;
  const MOVED = 'sess_00000002';

  /** Creates a visit with a participant on another node, and optionally moves it to this one. */
  async function occupied(moves = true) {
    const parts = await sweeping();
    const nodeId = moves ? 'sfu-2' : 'sfu-1';
    await parts.store.insert(created({ sessionId: MOVED, appointmentId: 'other', nodeId }));
    await parts.sweeper.start();
    await parts.sessions.enter(MOVED, 'patient-1');
    if (moves) await parts.sessions.move(await parts.sessions.get(MOVED));
    const interval = async () => (await parts.store.get(MOVED))!.intervals.at(-1)!;
    return { ...parts, interval };
  }

  it('has its attendance closed after the grace period if no participant connects', async () => {
    const { clock, pass, interval } = await occupied();
    for (let time = 0; time < GRACE; time += SWEEP_MS) await pass(SWEEP_MS);
    expect((await interval()).leftAt).toBeNull();
    for (let time = GRACE; time < LOOKS; time += SWEEP_MS) await pass(SWEEP_MS);
    expect((await interval()).reason).toBe('connection_lost');
    expect((await interval()).leftAt).toBeLessThan(clock.now() - GRACE);
  });

  it.each([
    ['keeps its attendance if a room exists', true],
    ['keeps its attendance if another meeting provider runs it', false],
  ])('%s', async (_, isOurs) => {
    const { rooms, pass, interval } = await occupied(isOurs);
    if (isOurs) rooms.add(MOVED);
    for (let time = 0; time < LOOKS; time += SWEEP_MS) await pass(SWEEP_MS);
    expect((await interval()).leftAt).toBeNull();
  });
});

describe('stop', () => {
  it('stops sweeping, waits for the current sweep, and is idempotent', async () => {
    const { sweeper, store, clock } = await sweeping();
    await sweeper.start();
    clock.advance(HOUR);
    await sweeper.stop();
    await sweeper.stop();
    expect((await store.get(SESSION))?.status).toBe('ended');
    expect(clock.waiting).toBe(0);
  });
});

describe('a sweep', () => {
  it('deletes chat left by a dead process, but none of a live visit', async () => {
    const { sweeper, sessions, store, clock, errors, pass } = await sweeping();
    await store.insert(created({ sessionId: 'sess_00000002', appointmentId: 'other' }));
    await sessions.end('sess_00000002', 'backend_ended', BACKEND);
    for (const sessionId of [SESSION, 'sess_00000002']) {
      const message = { seat: 0, clientId: 'a', text: 'x', fileId: null, at: clock.now() };
      await store.features.chat.append(sessionId, message, CHAT_LIMITS);
    }
    await sweeper.start();
    await pass(SWEEP_MS);
    expect(await store.features.chat.messages('sess_00000002')).toEqual([]);
    expect(await store.features.chat.messages(SESSION)).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  it('ends other visits and deletes old sessions when one visit cannot be written', async () => {
    const { sweeper, sessions, store, clock, errors, purged, pass } = await sweeping(3 * DAY);
    const old = created({ sessionId: 'sess_00000009', appointmentId: 'old' });
    await store.insert(old);
    await sessions.end('sess_00000009', 'backend_ended', BACKEND);
    clock.advance(4 * DAY);
    for (let index = 0; index < 250; index++) {
      await store.insert(
        created({ sessionId: `sess_1${String(index).padStart(7, '0')}`, appointmentId: `a-${index}` }),
      );
    }
    const expire = sessions.expire.bind(sessions);
    sessions.expire = (sessionId) =>
      sessionId === SESSION ? Promise.reject(new Error('Too large.')) : expire(sessionId);
    await sweeper.start();
    await pass(SWEEP_MS);
    expect((await store.due(clock.now(), 1000)).map(({ sessionId }) => sessionId)).toEqual([SESSION]);
    expect(errors.length).toBeGreaterThan(0);
    // Overdue visits end as of their due time and are past their retention as well. A sweep deletes at most 100.
    expect(purged).toEqual([100]);
  });
});
