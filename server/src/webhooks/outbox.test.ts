import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TelevisitError } from '@televisit/shared/errors';
import { pino } from 'pino';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../core/testing/manual-clock.ts';
import { BACKEND, created, HOUR, NINE, sessionsOn } from '../domain/testing/sessions.ts';
import { SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { newDelivery } from '../domain/webhook-store.ts';
import { MAX_CONCURRENT } from './endpoint-worker.ts';
import { Outbox, OUTBOX_TIMES } from './outbox.ts';
import { SendError } from './send-error.ts';
import { endpoint, SECRET } from './testing/endpoints.ts';
import { ScriptedSender } from './testing/scripted-sender.ts';
import { FEATURE_RECORDS } from '../features/index.ts';

const A = 'https://a.test/';
const B = 'https://b.test/';
const DAY = 24 * HOUR;

/** An outbox on a store with two endpoints and no sessions. */
async function outboxOn(folder = mkdtempSync(join(tmpdir(), 'televisit-'))) {
  const store = SqliteStore.open(folder);
  const clock = new ManualClock();
  const sender = new ScriptedSender();
  const sessions = sessionsOn(store, clock);
  let owners = 0;
  const open = (through = sender) => {
    const outbox = new Outbox({
      store,
      features: FEATURE_RECORDS,
      sender: through,
      clock,
      owner: `process-${++owners}`,
      times: OUTBOX_TIMES,
      logger: pino({ level: 'silent' }),
      random: () => 0.5,
    });
    onTestFinished(() => {
      through.close();
      return outbox.close();
    });
    return outbox;
  };
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const outbox = open();
  /** Starts an outbox and lets it scan twice, after which it dispatches abandoned sessions. */
  const takeOver = async (one = outbox) => {
    one.start();
    await looks(1);
  };
  /** Lets it scan `count` more times. */
  const looks = async (count: number) => {
    for (let look = 0; look < count; look++) {
      await expect.poll(() => clock.waiting).toBe(1);
      clock.advance(OUTBOX_TIMES.pollMs);
    }
  };
  sessions.onCreate(({ sessionId }) => outbox.wake(sessionId));
  sessions.onChange(({ next }) => outbox.wake(next.sessionId));
  await store.webhooks.insertEndpoint(endpoint('a'));
  await store.webhooks.insertEndpoint(endpoint('b'));
  /** Creates a session with `further` events after the first one. */
  const visit = async (name: string, further = 0) => {
    const { idempotency, ...plan } = created({ appointmentId: name }).next;
    const { session } = await sessions.create({ ...plan, idempotency }, BACKEND);
    for (let index = 0; index < further; index++) {
      await sessions.update(session.sessionId, () => ({ title: `${index}` }), BACKEND);
    }
    return session.sessionId;
  };
  const states = async (endpointId: string) => {
    const all = await store.webhooks.deliveries({ endpointId }, 100);
    return all.map(({ event, state }) => `${event.seq} ${state}`).reverse();
  };
  return { store, clock, sender, sessions, outbox, open, takeOver, looks, visit, states, folder };
}

const eventIds = (sessionId: string, ...seqs: number[]) => seqs.map((seq) => `evt_${sessionId}_${seq}`);

describe('Outbox', () => {
  it('sends an event at once, signed, to every endpoint that wants it', async () => {
    const { store, sender, outbox, visit } = await outboxOn();
    await store.webhooks.updateEndpoint(endpoint('b', { events: ['meeting.started'], version: 2 }));
    outbox.start();
    const sessionId = await visit('one', 1);
    await expect.poll(() => sender.sentTo(A)).toEqual(eventIds(sessionId, 1, 2));
    expect(sender.sentTo(B)).toEqual([]);
    const { headers, body } = sender.requests[0]!;
    const signed = { ...headers, 'webhook-timestamp': String(Math.floor(Date.now() / 1000)) };
    expect(() => new Webhook(SECRET).verify(body, signed)).toThrow('No matching signature');
    expect(headers['webhook-timestamp']).toBe(String(NINE / 1000));
    expect(headers['webhook-signature']).toBe(
      new Webhook(SECRET).sign(headers['webhook-id']!, new Date(NINE), body),
    );
    expect(JSON.parse(body)).toMatchObject({ id: headers['webhook-id'], type: 'session.created', sessionId });
  });

  it('keeps the order of a session across failures without delaying other sessions', async () => {
    const { clock, sender, takeOver, visit, states } = await outboxOn();
    let fails = 2;
    const first: { id?: string } = {};
    sender.react = ({ url }, id) => (url === A && id.startsWith(first.id ?? '-') && fails-- > 0 ? 503 : 200);
    const one = await visit('one', 2);
    const two = await visit('two', 2);
    first.id = `evt_${one}_1`;
    await takeOver();
    await expect.poll(() => sender.sentTo(A)).toHaveLength(4);
    expect(new Set(sender.sentTo(A))).toEqual(new Set([...eventIds(one, 1), ...eventIds(two, 1, 2, 3)]));
    await expect.poll(() => sender.sentTo(B)).toHaveLength(6);
    clock.advance(4999);
    await expect.poll(() => clock.waiting).toBe(1);
    clock.advance(1001);
    await expect.poll(() => sender.sentTo(A)).toHaveLength(5);
    await expect.poll(() => clock.waiting).toBe(1);
    clock.advance(11_000);
    const ofOne = () => sender.sentTo(A).filter((id) => id.includes(one));
    await expect.poll(ofOne).toEqual(eventIds(one, 1, 1, 1, 2, 3));
    await expect
      .poll(async () => (await states('a')).filter((state) => state.includes('pending')))
      .toEqual([]);
  });

  it.each([
    ['a redirect', 302, '302'],
    ['a client’s error', 404, '404'],
    ['a failure without an answer', new SendError('tls', 'x'), 'tls'],
  ])('records %s as a failed attempt', async (_, reaction, kept) => {
    const { store, sender, outbox, visit } = await outboxOn();
    sender.react = () => reaction;
    outbox.start();
    const sessionId = await visit('one');
    const id = `evt_${sessionId}_1.a`;
    await expect.poll(async () => (await store.webhooks.delivery(id))?.tries).toBe(1);
    const delivery = await store.webhooks.delivery(id);
    expect(delivery).toMatchObject({ state: 'pending', nextAttemptAt: NINE + 5000 });
    expect(delivery?.attempts.map(({ status, error }) => String(status ?? error))).toEqual([kept]);
  });

  it('waits as long as Retry-After asks', async () => {
    const { store, sender, outbox, visit } = await outboxOn();
    sender.react = () => ({ status: 429, retryAfterMs: HOUR, excerpt: 'slow down' });
    outbox.start();
    const sessionId = await visit('one');
    await expect
      .poll(async () => (await store.webhooks.delivery(`evt_${sessionId}_1.a`))?.nextAttemptAt)
      .toBeGreaterThanOrEqual(NINE + HOUR);
    expect((await store.webhooks.delivery(`evt_${sessionId}_1.a`))?.attempts).toMatchObject([
      { status: 429, excerpt: 'slow down' },
    ]);
  });

  it('gives up an event after three days and continues with the next one of its session', async () => {
    const { clock, sender, takeOver, visit, states } = await outboxOn();
    const dead: { id?: string } = {};
    sender.react = ({ url }, id) => (url === A && id === dead.id ? 500 : 200);
    const sessionId = await visit('one', 1);
    dead.id = `evt_${sessionId}_1`;
    await takeOver();
    await expect.poll(() => sender.sentTo(A)).toEqual([dead.id]);
    clock.advance(3 * DAY - 1);
    await expect.poll(() => sender.sentTo(A)).toHaveLength(2);
    expect(await states('a')).toEqual(['1 pending', '2 pending']);
    await expect.poll(() => clock.waiting).toBe(1);
    clock.advance(OUTBOX_TIMES.pollMs);
    await expect.poll(() => states('a')).toEqual(['1 dead', '2 delivered']);
  });

  it('retries an event for three days after waiting as long for the one before it', async () => {
    const { store, clock, sender, takeOver, visit, states } = await outboxOn();
    sender.react = ({ url }) => (url === A ? 500 : 200);
    const sessionId = await visit('one', 1);
    await takeOver();
    await expect.poll(() => sender.sentTo(A)).toHaveLength(1);
    clock.advance(3 * DAY);
    await expect.poll(() => states('a')).toEqual(['1 dead', '2 pending']);
    const second = `evt_${sessionId}_2.a`;
    await expect.poll(async () => (await store.webhooks.delivery(second))?.tries).toBe(1);
    expect(await store.webhooks.delivery(second)).toMatchObject({
      state: 'pending',
      since: clock.now(),
      nextAttemptAt: clock.now() + 5000,
    });
  });

  it('does not send after a slow store has used up the lease, and sends under a new one', async () => {
    const { store, clock, sender, takeOver, visit } = await outboxOn();
    await store.webhooks.updateEndpoint(endpoint('b', { events: [], version: 2 }));
    const get = store.get.bind(store);
    let goOn: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (goOn = resolve));
    let reads = 0;
    await visit('one');
    store.get = async (sessionId) => {
      if (reads++ === 0) await slow;
      return get(sessionId);
    };
    await takeOver();
    await expect.poll(() => reads).toBe(1);
    await expect.poll(() => clock.waiting).toBe(1);
    clock.advance(OUTBOX_TIMES.leaseMs - OUTBOX_TIMES.timeoutMs + 1);
    await expect.poll(() => clock.waiting).toBe(1);
    goOn();
    expect(sender.requests).toEqual([]);
    clock.advance(OUTBOX_TIMES.pollMs);
    await expect.poll(() => sender.sentTo(A)).toHaveLength(1);
    expect(reads).toBe(2);
  });

  it('releases a session that it failed to read, and reads it again at the next scan', async () => {
    const { store, clock, sender, takeOver, visit } = await outboxOn();
    await store.webhooks.updateEndpoint(endpoint('b', { events: [], version: 2 }));
    const get = store.get.bind(store);
    let reads = 0;
    await visit('one');
    store.get = (sessionId) =>
      reads++ === 0 ? Promise.reject(new TelevisitError('store_unavailable')) : get(sessionId);
    await takeOver();
    await expect.poll(() => reads).toBe(1);
    for (let polls = 0; polls < 2; polls++) {
      await expect.poll(() => clock.waiting).toBe(1);
      clock.advance(OUTBOX_TIMES.pollMs);
    }
    await expect.poll(() => sender.sentTo(A)).toHaveLength(1);
  });

  it('records an event that it cannot write as a failed attempt', async () => {
    const { store, sender, outbox, visit } = await outboxOn();
    const sessionId = await visit('one');
    const broken = { type: 'participant.removed', seat: 99, seq: 9, at: NINE, by: BACKEND } as const;
    const delivery = newDelivery('a', sessionId, broken, NINE);
    await store.webhooks.fanOut(sessionId, 0, [delivery], NINE);
    outbox.start();
    await expect
      .poll(() => store.webhooks.delivery(delivery.deliveryId))
      .toMatchObject({ state: 'pending', tries: 1, attempts: [{ status: null, error: 'internal' }] });
    expect(sender.sentTo(A)).toEqual([]);
  });

  it('sends an event to an endpoint that was created while the event was dispatched', async () => {
    const { store, sender, outbox, visit } = await outboxOn();
    const unsent = store.webhooks.unsent.bind(store.webhooks);
    store.webhooks.unsent = async (sessionId) => {
      await store.webhooks.insertEndpoint(endpoint('c'));
      return unsent(sessionId);
    };
    outbox.start();
    const sessionId = await visit('one');
    await expect.poll(() => sender.sentTo('https://c.test/')).toEqual(eventIds(sessionId, 1));
  });

  it('marks events as skipped without reading them while there is no endpoint', async () => {
    const { store, outbox, looks, visit } = await outboxOn();
    let reads = 0;
    const unsent = store.webhooks.unsent.bind(store.webhooks);
    store.webhooks.unsent = (sessionId) => {
      reads += 1;
      return unsent(sessionId);
    };
    await visit('one', 2);
    expect(await store.webhooks.unsentSessions(10)).toHaveLength(1);
    for (const endpointId of ['a', 'b']) await store.webhooks.deleteEndpoint(endpointId);
    outbox.start();
    await looks(10);
    await expect.poll(() => store.webhooks.unsentSessions(10)).toEqual([]);
    expect(reads).toBe(0);
  });

  it('tries again when it fails to mark events as skipped', async () => {
    const { store, clock, outbox, looks, visit } = await outboxOn();
    await visit('one');
    for (const endpointId of ['a', 'b']) await store.webhooks.deleteEndpoint(endpointId);
    const note = store.webhooks.fanOut.bind(store.webhooks);
    let fails = 1;
    store.webhooks.fanOut = (...what) =>
      fails-- > 0 ? Promise.reject(new TelevisitError('store_unavailable')) : note(...what);
    outbox.start();
    await looks(10);
    await expect.poll(() => clock.waiting).toBe(1);
    expect(fails).toBe(0);
    expect(await store.webhooks.unsentSessions(10)).toHaveLength(1);
    await looks(10);
    await expect.poll(() => store.webhooks.unsentSessions(10)).toEqual([]);
  });

  it('sends later events to the first endpoint, at the next scan at the latest', async () => {
    const { store, sender, outbox, looks, visit } = await outboxOn();
    for (const endpointId of ['a', 'b']) await store.webhooks.deleteEndpoint(endpointId);
    outbox.start();
    await looks(2);
    await visit('before');
    await store.webhooks.insertEndpoint(endpoint('a'));
    const one = await visit('one');
    await looks(1);
    await expect.poll(() => sender.sentTo(A)).toEqual(eventIds(one, 1));
    const two = await visit('two');
    await expect.poll(() => sender.sentTo(A)).toEqual([...eventIds(one, 1), ...eventIds(two, 1)]);
  });

  it('resume sends to the first endpoint at once', async () => {
    const { store, sender, outbox, looks, visit } = await outboxOn();
    for (const endpointId of ['a', 'b']) await store.webhooks.deleteEndpoint(endpointId);
    outbox.start();
    await looks(2);
    await store.webhooks.insertEndpoint(endpoint('a'));
    const one = await visit('one');
    outbox.resume();
    await expect.poll(() => sender.sentTo(A)).toEqual(eventIds(one, 1));
    const two = await visit('two');
    await expect.poll(() => sender.sentTo(A)).toEqual([...eventIds(one, 1), ...eventIds(two, 1)]);
  });

  it('is not delayed by any number of unreadable sessions, and scans no more often', async () => {
    const { store, clock, sender, takeOver } = await outboxOn();
    const stuck = Array.from({ length: 150 }, (_, index) => `sess_a${String(index).padStart(7, '0')}`);
    for (const sessionId of [...stuck, 'sess_b0000000'])
      await store.insert(created({ appointmentId: sessionId, sessionId }, NINE));
    const unsent = store.webhooks.unsent.bind(store.webhooks);
    store.webhooks.unsent = (sessionId) =>
      stuck.includes(sessionId) ? Promise.reject(new Error('broken')) : unsent(sessionId);
    const unsentSessions = store.webhooks.unsentSessions.bind(store.webhooks);
    let looks = 0;
    store.webhooks.unsentSessions = (limit) => {
      looks += 1;
      return unsentSessions(limit);
    };
    await takeOver();
    await expect.poll(() => clock.waiting).toBe(1);
    clock.advance(OUTBOX_TIMES.pollMs);
    await expect.poll(() => sender.sentTo(A)).toEqual(eventIds('sess_b0000000', 1));
    await expect.poll(() => clock.waiting).toBe(1);
    expect(looks).toBeLessThanOrEqual(5);
  });

  it('deletes deliveries to deleted endpoints', async () => {
    const { store, outbox, visit } = await outboxOn();
    const sessionId = await visit('one');
    const { events } = created();
    await store.webhooks.fanOut(sessionId, 0, [newDelivery('lost', sessionId, events[0]!, NINE)], NINE);
    outbox.start();
    await expect.poll(() => store.webhooks.deliveries({ endpointId: 'lost' }, 10)).toEqual([]);
  });

  it('disables an endpoint that answers 410, and resumes when it is enabled again', async () => {
    const { store, clock, sender, takeOver, visit, states } = await outboxOn();
    sender.react = ({ url }) => (url === A ? 410 : 200);
    const one = await visit('one', 1);
    await takeOver();
    await expect.poll(async () => (await store.webhooks.endpoint('a'))?.disabledReason).toBe('gone');
    const two = await visit('two');
    await expect.poll(() => sender.sentTo(B)).toHaveLength(3);
    await expect.poll(() => clock.waiting).toBe(1);
    clock.advance(HOUR);
    await expect.poll(() => clock.waiting).toBe(1);
    const seen = sender.sentTo(A).length;
    expect(seen).toBeLessThanOrEqual(2);
    expect((await states('a')).sort()).toEqual(['1 pending', '1 pending', '2 pending']);

    sender.react = () => 200;
    const { version } = (await store.webhooks.endpoint('a'))!;
    await store.webhooks.updateEndpoint(endpoint('a', { version: version + 1 }));
    clock.advance(OUTBOX_TIMES.pollMs);
    await expect
      .poll(() => sender.sentTo(A).slice(seen).sort())
      .toEqual([...eventIds(one, 1, 2), ...eventIds(two, 1)].sort());
  });

  it('is not delayed by an endpoint that never answers, and limits the requests to it', async () => {
    const { sender, outbox, visit } = await outboxOn();
    const silence = new Promise<number>(() => undefined);
    sender.react = ({ url }) => (url === A ? silence : 200);
    outbox.start();
    const count = MAX_CONCURRENT + 20;
    for (let index = 0; index < count; index++) await visit(`${index}`, 1);
    await expect.poll(() => sender.sentTo(B)).toHaveLength(2 * count);
    expect(sender.sentTo(A)).toHaveLength(MAX_CONCURRENT);
  });

  it('sends what a previous process left behind at any stage', async () => {
    const first = await outboxOn();
    first.sender.react = ({ url }) => (url === A ? new Promise<number>(() => undefined) : 200);
    first.outbox.start();
    const one = await first.visit('one', 1);
    await expect.poll(() => first.sender.sentTo(A)).toHaveLength(1);
    await expect.poll(() => first.sender.sentTo(B)).toHaveLength(2);
    // Nothing is released, as after a kill -9; and one more session was never dispatched.
    await first.store.insert(created({ appointmentId: 'two', sessionId: 'sess_00000002' }, NINE));
    await first.store.close();
    const second = await outboxOn(first.folder);
    await second.takeOver();
    await expect.poll(() => second.sender.sentTo(A).length).toBe(3);
    expect(second.sender.sentTo(A).filter((id) => id.includes(one))).toEqual(eventIds(one, 1, 2));
    expect(second.sender.sentTo(B)).toEqual(eventIds('sess_00000002', 1));
  });

  it('never sends what another process on the same store is sending', async () => {
    const { sender, clock, open, outbox, visit, states } = await outboxOn();
    const other = new ScriptedSender();
    const rival = open(other);
    outbox.start();
    rival.start();
    for (let index = 0; index < 20; index++) rival.wake(await visit(`${index}`, 2));
    const all = () => [...sender.requests, ...other.requests];
    await expect.poll(() => all().length, { timeout: 10_000 }).toBe(120);
    await expect
      .poll(async () => (await states('a')).filter((state) => !state.includes('delivered')))
      .toEqual([]);
    expect(new Set(all().map(({ url, headers }) => `${url} ${headers['webhook-id']}`)).size).toBe(120);
    expect(clock.waiting).toBe(2);
  });

  it('sends and overwrites nothing after a suspension longer than its lease', async () => {
    const { clock, sender, takeOver, visit, store } = await outboxOn();
    const answers: ((status: number) => void)[] = [];
    sender.react = ({ url }) => (url === A ? new Promise<number>((resolve) => answers.push(resolve)) : 200);
    const sessionId = await visit('one', 1);
    await takeOver();
    await expect.poll(() => answers).toHaveLength(1);
    clock.advance(OUTBOX_TIMES.leaseMs);
    // Another process would have claimed it by now; here it is the same one.
    await expect.poll(() => sender.sentTo(A)).toHaveLength(2);
    answers[0]!(500);
    answers[1]!(200);
    await expect.poll(() => answers).toHaveLength(3);
    answers[2]!(200);
    await expect
      .poll(async () => (await store.webhooks.delivery(`evt_${sessionId}_2.a`))?.state)
      .toBe('delivered');
    expect(await store.webhooks.delivery(`evt_${sessionId}_1.a`)).toMatchObject({
      state: 'delivered',
      tries: 1,
    });
    expect(sender.sentTo(A)).toEqual(eventIds(sessionId, 1, 1, 2));
  });

  it('close lets requests finish, then aborts them, and leaves the rest to the next process', async () => {
    const { clock, sender, outbox, open, visit } = await outboxOn();
    let answer: (status: number) => void = () => undefined;
    const slow = new Promise<number>((resolve) => (answer = resolve));
    sender.react = ({ url }, id) =>
      url === A ? (id.endsWith('_1') ? slow : 200) : new Promise<number>(() => undefined);
    outbox.start();
    const sessionId = await visit('one', 1);
    await expect.poll(() => sender.requests).toHaveLength(2);
    const closing = outbox.close();
    answer(200);
    await expect.poll(() => clock.waiting).toBe(1);
    clock.advance(OUTBOX_TIMES.closeMs);
    await closing;
    expect(sender.requests).toHaveLength(2);
    const next = new ScriptedSender();
    open(next).start();
    await expect.poll(() => next.requests).toHaveLength(3);
    expect(next.sentTo(A)).toEqual(eventIds(sessionId, 2));
    expect(next.sentTo(B)).toEqual(eventIds(sessionId, 1, 2));
  });

  it('deletes the deliveries of a deleted session', async () => {
    const { store, sender, outbox } = await outboxOn();
    const { events } = created();
    await store.webhooks.fanOut('sess_gone', 1, [newDelivery('a', 'sess_gone', events[0]!, NINE)], NINE);
    outbox.start();
    await expect.poll(() => store.webhooks.deliveries({}, 10)).toEqual([]);
    expect(sender.requests).toEqual([]);
  });

  it('continues by itself after an outage of the store', async () => {
    const { store, clock, sender, outbox, visit } = await outboxOn();
    const unsent = store.webhooks.unsentSessions.bind(store.webhooks);
    let down = true;
    store.webhooks.unsentSessions = (limit) =>
      down ? Promise.reject(new TelevisitError('store_unavailable')) : unsent(limit);
    await visit('one');
    outbox.start();
    await expect.poll(() => clock.waiting).toBe(1);
    expect(sender.requests).toEqual([]);
    down = false;
    clock.advance(OUTBOX_TIMES.pollMs);
    await expect.poll(() => clock.waiting).toBe(1);
    clock.advance(OUTBOX_TIMES.pollMs);
    await expect.poll(() => sender.requests).toHaveLength(2);
  });
});
