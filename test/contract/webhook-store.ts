import type { SessionEvent } from '@televisit/server/domain/events';
import type { Session } from '@televisit/server/domain/session';
import type { Store } from '@televisit/server/domain/session-store';
import {
  MAX_ENDPOINTS,
  MAX_KEPT_ATTEMPTS,
  newDelivery,
  type Delivery,
  type DeliveryQueue,
  type Lease,
  type Outcome,
  type WebhookEndpoint,
  type WebhookStore,
} from '@televisit/server/domain/webhook-store';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BACKEND, ended, entered, newVisit, NINE, started } from '../support/fixtures/stored-sessions.ts';

/** A store on given data. Several may be open at the same time if `together` is true. */
export interface WebhookStoreUnderTest {
  open(): Promise<Store>;
  readonly together: boolean;
}

const LEASE_MS = 30_000;
const RETRY_MS = 5000;

const unsentIn = async (webhooks: WebhookStore) =>
  (await webhooks.unsentSessions(10)).map(({ sessionId }) => sessionId);

export const endpoint = (endpointId: string, changes: Partial<WebhookEndpoint> = {}): WebhookEndpoint => ({
  endpointId,
  url: 'https://receiver.test/a?b=$c.d',
  description: 'Ünï ☂ "quoted"',
  events: ['session.created', 'meeting.ended'],
  secrets: [
    { secret: 'whsec_new', validUntil: null },
    { secret: 'whsec_old', validUntil: NINE },
  ],
  enabled: true,
  disabledReason: null,
  source: 'api',
  createdAt: NINE,
  updatedAt: NINE,
  version: 1,
  ...changes,
});

const event = (seq: number, at = NINE + seq): SessionEvent => ({
  type: 'session.updated',
  fields: ['title', 'scheduledAt'],
  seq,
  at,
  by: BACKEND,
});
const SESSION = 'sess_00000001';
const delivery = (seq: number, endpointId = 'a', sessionId = SESSION): Delivery =>
  newDelivery(endpointId, sessionId, event(seq), NINE);
const lease = (owner: string, now = NINE): Lease => ({ owner, now, until: now + LEASE_MS });
const attempt = (at: number) => ({ at, ms: 7, status: 500, error: null, excerpt: 'Ünï\n☂ $x' });
const done: Outcome = { attempt: attempt(NINE), state: 'delivered', nextAttemptAt: null };
const retry: Outcome = { attempt: attempt(NINE), state: 'pending', nextAttemptAt: NINE + RETRY_MS };
const dead: Outcome = { attempt: attempt(NINE), state: 'dead', nextAttemptAt: null };

const seqOf = (queue: DeliveryQueue | null | undefined) => queue?.head.event.seq;

/** The contract of every webhook store. `prepare` provides separate data for each test. */
export function webhookStoreContract(name: string, prepare: () => WebhookStoreUnderTest): void {
  async function opened() {
    const under = prepare();
    const store = await under.open();
    onTestFinished(() => store.close());
    return { store, webhooks: store.webhooks, under };
  }

  /** Opens an outbox with deliveries on their queues. */
  async function holding(...deliveries: Delivery[]) {
    const all = await opened();
    for (const one of deliveries) await all.webhooks.fanOut(one.sessionId, one.event.seq, [one], NINE);
    return all;
  }

  /** Stores a visit and applies changes in sequence. */
  async function stored(store: Store, ...steps: ((session: Session) => ReturnType<typeof started>)[]) {
    const first = newVisit();
    await store.insert(first);
    const events = [...first.events];
    let session = first.next;
    for (const step of steps) {
      const change = step(session);
      await store.update(change);
      session = change.next;
      events.push(...change.events);
    }
    return { session, events };
  }

  describe(`endpoints of a WebhookStore on ${name}`, () => {
    it('insertEndpoint stores endpoints unchanged, in the order of their creation', async () => {
      const { webhooks } = await opened();
      const [later, first] = [endpoint('a', { createdAt: NINE + 1 }), endpoint('b', { events: null })];
      expect(await webhooks.insertEndpoint(later)).toBe(true);
      expect(await webhooks.insertEndpoint(first)).toBe(true);
      expect(await webhooks.endpoints()).toEqual([first, later]);
      expect(await webhooks.endpoint('a')).toEqual(later);
      expect(await webhooks.endpoint('c')).toBeUndefined();
    });

    it('insertEndpoint writes nothing for a duplicate id or beyond the limit', async () => {
      const { webhooks } = await opened();
      await webhooks.insertEndpoint(endpoint('a'));
      expect(await webhooks.insertEndpoint(endpoint('a', { url: 'https://other.test' }))).toBe(false);
      expect(await webhooks.endpoints()).toEqual([endpoint('a')]);
      for (let index = 1; index < MAX_ENDPOINTS; index++) {
        expect(await webhooks.insertEndpoint(endpoint(`a-${index}`))).toBe(true);
      }
      expect(await webhooks.insertEndpoint(endpoint('one-too-many'))).toBe(false);
      expect(await webhooks.endpoints()).toHaveLength(MAX_ENDPOINTS);
    });

    it('insertEndpoint does not count the configured endpoint towards the limit', async () => {
      const { webhooks } = await opened();
      for (let index = 0; index < MAX_ENDPOINTS; index++)
        await webhooks.insertEndpoint(endpoint(`a-${index}`));
      const config = endpoint('whe_config', { source: 'config' });
      expect(await webhooks.insertEndpoint(config)).toBe(true);
      expect(await webhooks.insertEndpoint(config)).toBe(false);
      await webhooks.deleteEndpoint('a-0');
      expect(await webhooks.insertEndpoint(endpoint('a-0'))).toBe(true);
      expect(await webhooks.insertEndpoint(endpoint('one-too-many'))).toBe(false);
    });

    it('updateEndpoint replaces only the previous version', async () => {
      const { webhooks } = await opened();
      await webhooks.insertEndpoint(endpoint('a'));
      const next = endpoint('a', { version: 2, enabled: false, disabledReason: 'gone', secrets: [] });
      expect(await webhooks.updateEndpoint(next)).toBe(true);
      expect(await webhooks.updateEndpoint({ ...next, enabled: true })).toBe(false);
      expect(await webhooks.updateEndpoint(endpoint('none', { version: 2 }))).toBe(false);
      expect(await webhooks.endpoints()).toEqual([next]);
    });

    it('deleteEndpoint deletes its deliveries and no others', async () => {
      const { webhooks } = await holding(delivery(1), delivery(1, 'b'));
      await webhooks.insertEndpoint(endpoint('a'));
      expect(await webhooks.deleteEndpoint('a')).toBe(true);
      expect(await webhooks.deleteEndpoint('a')).toBe(false);
      expect(await webhooks.endpoints()).toEqual([]);
      expect(await webhooks.deliveries({}, 10)).toEqual([delivery(1, 'b')]);
      expect(await webhooks.claim('a', lease('p'), 10)).toEqual([]);
      expect(await webhooks.claim('b', lease('p'), 10)).toHaveLength(1);
    });
  });

  describe(`unsent events of a WebhookStore on ${name}`, () => {
    /** Opens a store with an endpoint. */
    const told = async () => {
      const opening = await opened();
      await opening.webhooks.insertEndpoint(endpoint('a'));
      return opening;
    };

    it('unsent events are available after the write that caused them, in order, without notes', async () => {
      const { store, webhooks } = await told();
      expect(await webhooks.unsentSessions(10)).toEqual([]);
      const { session, events } = await stored(store, started, (one) => entered(one, 0));
      const { sessionId } = session;
      await store.note(sessionId, { type: 'report.read', at: NINE, by: BACKEND, seq: null });
      expect(await webhooks.unsentSessions(10)).toEqual([{ sessionId, upTo: events.length }]);
      expect(await webhooks.unsent(sessionId)).toEqual({ sessionId, events, upTo: events.length });
    });

    it('unsent events are those after the last fan-out', async () => {
      const { store, webhooks } = await told();
      const { session, events } = await stored(store, started);
      const { sessionId } = session;
      await webhooks.fanOut(sessionId, events.length, [], NINE);
      expect(await webhooks.unsentSessions(10)).toEqual([]);
      expect(await webhooks.unsent(sessionId)).toBeUndefined();
      const change = ended(session);
      await store.update(change);
      expect(await unsentIn(webhooks)).toEqual([sessionId]);
      expect(await webhooks.unsent(sessionId)).toMatchObject({ events: change.events });
    });

    it('events stay unsent if they were written during a fan-out', async () => {
      const { store, webhooks } = await told();
      const { session } = await stored(store);
      const { sessionId } = session;
      const seen = await webhooks.unsent(sessionId);
      const change = started(session);
      await store.update(change);
      await webhooks.fanOut(sessionId, seen!.upTo, [], NINE);
      expect(await unsentIn(webhooks)).toEqual([sessionId]);
      expect(await webhooks.unsent(sessionId)).toMatchObject({ events: change.events, upTo: 2 });
      // A fan-out based on an older state does not go back.
      await webhooks.fanOut(sessionId, 2, [], NINE);
      await webhooks.fanOut(sessionId, 1, [], NINE);
      expect(await webhooks.unsent(sessionId)).toBeUndefined();
    });

    it('writes without events and failed writes cause no unsent events', async () => {
      const { store, webhooks } = await told();
      const { session } = await stored(store);
      await webhooks.fanOut(session.sessionId, 1, [], NINE);
      expect(await store.update({ next: { ...session, version: 2 }, events: [] })).toBe(true);
      expect(await store.update(started(session))).toBe(false);
      expect(await webhooks.unsentSessions(10)).toEqual([]);
    });

    it('unsent events are found for several sessions up to the limit', async () => {
      const { store, webhooks } = await told();
      const ids = [];
      for (let index = 0; index < 3; index++) ids.push((await stored(store)).session.sessionId);
      expect(await webhooks.unsentSessions(2)).toHaveLength(2);
      expect((await unsentIn(webhooks)).sort()).toEqual(ids);
    });
  });

  describe(`deliveries of a WebhookStore on ${name}`, () => {
    it('fanOut stores a delivery once when repeated', async () => {
      const { webhooks } = await opened();
      const all = [delivery(1), delivery(1, 'b'), delivery(2)];
      await Promise.all(Array.from({ length: 5 }, () => webhooks.fanOut(SESSION, 2, all, NINE)));
      expect(await webhooks.delivery(all[0]!.deliveryId)).toEqual(all[0]);
      expect(await webhooks.deliveries({ endpointId: 'a' }, 10)).toEqual([all[2], all[0]]);
      const [queue, ...others] = await webhooks.claim('a', lease('p'), 10);
      expect(others).toEqual([]);
      const next = await webhooks.settle(queue!, done, lease('p', NINE + 1));
      expect(seqOf(next)).toBe(2);
      expect(await webhooks.settle(next!, done, lease('p', NINE + 2))).toBeNull();
    });

    it('fanOut does not repeat a settled delivery', async () => {
      const { webhooks } = await holding(delivery(1));
      const [queue] = await webhooks.claim('a', lease('p'), 1);
      await webhooks.settle(queue!, done, lease('p'));
      await webhooks.fanOut(SESSION, 1, [delivery(1)], NINE + 1);
      expect(await webhooks.claim('a', lease('p', NINE + 2), 1)).toEqual([]);
      expect(await webhooks.delivery(delivery(1).deliveryId)).toMatchObject({ state: 'delivered', tries: 1 });
    });

    it('deliveries returns pages of the newest events first, for every filter', async () => {
      const { webhooks } = await opened();
      const other = delivery(1, 'a', 'sess_00000002');
      const all = [delivery(1), delivery(2), delivery(3), delivery(2, 'b')];
      await webhooks.fanOut(SESSION, 3, all, NINE);
      await webhooks.fanOut(other.sessionId, 1, [other], NINE);
      const [queue] = await webhooks.claim('b', lease('p'), 1);
      await webhooks.settle(queue!, dead, lease('p'));
      const ids = async (...given: Parameters<typeof webhooks.deliveries>) =>
        (await webhooks.deliveries(...given)).map(({ deliveryId }) => deliveryId);
      const order = [all[2]!, all[3]!, all[1]!, other, all[0]!].map(({ deliveryId }) => deliveryId);
      expect(await ids({}, 10)).toEqual(order);
      const page = await webhooks.deliveries({}, 2);
      expect(page.map(({ deliveryId }) => deliveryId)).toEqual(order.slice(0, 2));
      const last = { at: page[1]!.event.at, deliveryId: page[1]!.deliveryId };
      expect(await ids({}, 2, last)).toEqual(order.slice(2, 4));
      expect(await ids({ endpointId: 'b' }, 10)).toEqual([all[3]!.deliveryId]);
      expect(await ids({ sessionId: other.sessionId }, 10)).toEqual([other.deliveryId]);
      expect(await ids({ states: ['dead'] }, 10)).toEqual([all[3]!.deliveryId]);
      expect(await ids({ states: ['pending', 'dead'] }, 10)).toEqual(order);
      expect(await ids({ types: ['session.created'] }, 10)).toEqual([]);
      expect(await ids({ types: ['session.updated'], endpointId: 'a', from: NINE + 2 }, 10)).toEqual([
        all[2]!.deliveryId,
        all[1]!.deliveryId,
      ]);
      expect(await ids({ from: NINE + 1, to: NINE + 2 }, 10)).toEqual(order.slice(3));
    });

    it('forget and purge delete the deliveries of sessions', async () => {
      const { store, webhooks } = await opened();
      const { session } = await stored(store, started, (one) => ended(one, NINE + 1));
      const { sessionId } = session;
      await webhooks.fanOut(sessionId, 3, [delivery(1, 'a', sessionId)], NINE);
      await webhooks.fanOut('sess_00000002', 1, [delivery(1, 'a', 'sess_00000002')], NINE);
      await webhooks.fanOut('sess_00000003', 1, [delivery(1, 'a', 'sess_00000003')], NINE);
      await webhooks.forget('sess_00000002');
      expect(await store.purge(NINE + 2, 10)).toBe(1);
      expect(await webhooks.deliveries({}, 10)).toEqual([delivery(1, 'a', 'sess_00000003')]);
      expect((await webhooks.claim('a', lease('p'), 10)).map((queue) => queue.sessionId)).toEqual([
        'sess_00000003',
      ]);
    });

    it('purge keeps sessions with unsent events or pending deliveries longer', async () => {
      const { store, webhooks } = await opened();
      await webhooks.insertEndpoint(endpoint('a'));
      const over = async () => {
        const { session } = await stored(store, started, (one) => ended(one, NINE + 1));
        return session.sessionId;
      };
      const [unsent, waiting, sent] = [await over(), await over(), await over()];
      const [open, last] = [delivery(1, 'a', waiting), delivery(1, 'b', sent)];
      await webhooks.fanOut(waiting, 3, [open], NINE);
      await webhooks.fanOut(sent, 3, [last], NINE);
      const [queue] = await webhooks.claim('b', lease('p'), 1);
      await webhooks.settle(queue!, done, lease('p', NINE + 1));
      expect(await store.purge(NINE + 2, 1, NINE)).toBe(1);
      expect(await store.purge(NINE + 2, 10, NINE)).toBe(0);
      expect(await store.get(sent)).toBeUndefined();
      expect(await unsentIn(webhooks)).toEqual([unsent]);
      expect(await webhooks.deliveries({}, 10)).toEqual([open]);
      expect(await store.purge(NINE + 2, 10, NINE + 2)).toBe(2);
      expect(await webhooks.deliveries({}, 10)).toEqual([]);
    });

    it('forgetLost deletes queues of deleted endpoints', async () => {
      const other = delivery(1, 'lost', 'sess_00000002');
      const { webhooks } = await holding(delivery(1), delivery(1, 'lost'), delivery(2, 'lost'), other);
      await webhooks.insertEndpoint(endpoint('a'));
      await webhooks.forgetLost(1);
      expect(await webhooks.claim('lost', lease('p'), 10)).toHaveLength(1);
      await webhooks.forgetLost(10);
      expect(await webhooks.deliveries({}, 10)).toEqual([delivery(1)]);
      expect(await webhooks.claim('lost', lease('p', NINE + 2 * LEASE_MS), 10)).toEqual([]);
      expect(await webhooks.claim('a', lease('p'), 10)).toHaveLength(1);
    });

    it('deliveries persist when the store is reopened', async () => {
      const { store, under } = await holding(delivery(1));
      await store.webhooks.insertEndpoint(endpoint('a'));
      await store.close();
      const again = await under.open();
      onTestFinished(() => again.close());
      expect(await again.webhooks.endpoints()).toEqual([endpoint('a')]);
      expect(await again.webhooks.claim('a', lease('p'), 1)).toMatchObject([{ head: delivery(1) }]);
    });
  });

  describe(`queues of a WebhookStore on ${name}`, () => {
    it('claim returns each queue once, up to the limit, until its lease ends', async () => {
      const sessions = ['sess_00000001', 'sess_00000002', 'sess_00000003'];
      const { webhooks } = await holding(...sessions.map((id) => delivery(1, 'a', id)));
      const claims = await Promise.all(
        ['p', 'q', 'r'].map((owner) => webhooks.claim('a', lease(owner, NINE), 2)),
      );
      const more = await webhooks.claim('a', lease('s', NINE + 1), 10);
      const claimed = [...claims.flat(), ...more].map((queue) => queue.sessionId);
      expect(claimed.sort()).toEqual(sessions);
      expect(await webhooks.claim('a', lease('t', NINE + LEASE_MS - 1), 10)).toEqual([]);
      expect(await webhooks.claim('b', lease('t'), 10)).toEqual([]);
      expect(await webhooks.claim('a', lease('t', NINE + LEASE_MS + 1), 10)).toHaveLength(3);
    });

    it('claim returns fewer than the limit only when no more are due', async () => {
      const sessions = Array.from({ length: 24 }, (_, index) => `sess_${String(index).padStart(8, '0')}`);
      const { webhooks } = await holding(...sessions.map((id) => delivery(1, 'a', id)));
      const claims = await Promise.all(
        ['p', 'q', 'r'].map((owner) => webhooks.claim('a', lease(owner), sessions.length / 3)),
      );
      expect(
        claims
          .flat()
          .map((queue) => queue.sessionId)
          .sort(),
      ).toEqual(sessions);
    });

    it('claim skips queues whose first delivery is not due', async () => {
      const waiting = 'sess_00000001';
      const { webhooks } = await holding(delivery(1, 'a', waiting), delivery(2, 'a', waiting));
      const [queue] = await webhooks.claim('a', lease('p'), 1);
      await webhooks.settle(queue!, retry, lease('p', NINE));
      await webhooks.replay([delivery(2, 'a', waiting).deliveryId], NINE);
      await webhooks.fanOut('sess_00000002', 1, [delivery(1, 'a', 'sess_00000002')], NINE + 1);
      const claimed = await webhooks.claim('a', lease('p', NINE + 1), 1);
      expect(claimed.map((one) => one.sessionId)).toEqual(['sess_00000002']);
    });

    it('settle continues with the next delivery by seq and releases an empty queue', async () => {
      const { webhooks } = await opened();
      await webhooks.fanOut(SESSION, 10, [delivery(10), delivery(2), delivery(9)], NINE);
      let queue: DeliveryQueue | null | undefined = (await webhooks.claim('a', lease('p'), 1))[0];
      const order = [];
      while (queue) {
        order.push(seqOf(queue));
        queue = await webhooks.settle(queue, done, lease('p', NINE + order.length));
      }
      expect(order).toEqual([2, 9, 10]);
      expect(await webhooks.deliveries({ states: ['delivered'] }, 10)).toHaveLength(3);
      expect(await webhooks.claim('a', lease('q', NINE + 2 * LEASE_MS), 1)).toEqual([]);
    });

    it('settle extends the lease', async () => {
      const { webhooks } = await holding(delivery(1), delivery(2));
      const [queue] = await webhooks.claim('a', lease('p'), 1);
      const later = NINE + LEASE_MS - 1;
      expect(seqOf(await webhooks.settle(queue!, done, lease('p', later)))).toBe(2);
      expect(await webhooks.claim('a', lease('q', later + LEASE_MS - 1), 1)).toEqual([]);
      expect(await webhooks.claim('a', lease('q', later + LEASE_MS), 1)).toHaveLength(1);
    });

    it('settle with a retry blocks the queue until then, regardless of new deliveries', async () => {
      const { webhooks } = await holding(delivery(1), delivery(2));
      const [queue] = await webhooks.claim('a', lease('p'), 1);
      expect(await webhooks.settle(queue!, retry, lease('p', NINE + 1))).toBeNull();
      await webhooks.fanOut(SESSION, 3, [delivery(3)], NINE + 2);
      expect(await webhooks.claim('a', lease('p', NINE + RETRY_MS - 1), 1)).toEqual([]);
      const [again] = await webhooks.claim('a', lease('q', NINE + RETRY_MS), 1);
      expect(again?.head).toEqual({
        ...delivery(1),
        tries: 1,
        nextAttemptAt: NINE + RETRY_MS,
        attempts: [retry.attempt],
      });
    });

    it('settle continues with the next delivery after a dead one', async () => {
      const { webhooks } = await holding(delivery(1), delivery(2));
      const [queue] = await webhooks.claim('a', lease('p'), 1);
      expect(seqOf(await webhooks.settle(queue!, dead, lease('p', NINE + 1)))).toBe(2);
      expect(await webhooks.delivery(delivery(1).deliveryId)).toMatchObject({
        state: 'dead',
        nextAttemptAt: null,
      });
    });

    it('backlog counts pending deliveries of the given endpoints and finds the oldest', async () => {
      const { webhooks } = await holding(
        delivery(1),
        delivery(2),
        delivery(3),
        delivery(4, 'b'),
        delivery(5, 'c'),
      );
      const [queue] = await webhooks.claim('a', lease('p'), 1);
      await webhooks.settle(queue!, done, lease('p', NINE + 1));
      expect(await webhooks.backlog(['a', 'b'])).toEqual({ pending: 3, oldestAt: NINE + 2 });
      expect(await webhooks.backlog(['b'])).toEqual({ pending: 1, oldestAt: NINE + 4 });
      expect(await webhooks.backlog(['other'])).toEqual({ pending: 0, oldestAt: null });
      expect(await webhooks.backlog([])).toEqual({ pending: 0, oldestAt: null });
    });

    it('deliveries added while a queue is held are next, in order', async () => {
      const { webhooks } = await holding(delivery(1));
      const [queue] = await webhooks.claim('a', lease('p'), 1);
      await webhooks.fanOut(SESSION, 2, [delivery(2)], NINE + 1);
      const next = await webhooks.settle(queue!, done, lease('p', NINE + 2));
      expect(seqOf(next)).toBe(2);
      expect(await webhooks.settle(next!, done, lease('p', NINE + 3))).toBeNull();
      await webhooks.fanOut(SESSION, 3, [delivery(3)], NINE + 4);
      expect((await webhooks.claim('a', lease('q', NINE + 4), 1)).map(seqOf)).toEqual([3]);
    });

    it('a hundred fan-outs concurrent to settling lose no delivery', async () => {
      const { webhooks } = await opened();
      const count = 100;
      let now = NINE;
      const order: (number | undefined)[] = [];
      const filling = (async () => {
        for (let seq = 1; seq <= count; seq++) await webhooks.fanOut(SESSION, seq, [delivery(seq)], NINE);
      })();
      while (order.length < count) {
        let queue: DeliveryQueue | null | undefined = (await webhooks.claim('a', lease('p', ++now), 1))[0];
        if (!queue) await new Promise((resolve) => setImmediate(resolve));
        while (queue) {
          order.push(seqOf(queue));
          queue = await webhooks.settle(queue, done, lease('p', ++now));
        }
      }
      await filling;
      expect(order).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    });

    it('settle and release do nothing after the lease was lost', async () => {
      const { webhooks } = await holding(delivery(1), delivery(2));
      const [lost] = await webhooks.claim('a', lease('p'), 1);
      const later = NINE + LEASE_MS;
      const [taken] = await webhooks.claim('a', lease('q', later), 1);
      expect(await webhooks.settle(lost!, dead, lease('p', later + 1))).toBeNull();
      await webhooks.release(lost!);
      expect(await webhooks.delivery(delivery(1).deliveryId)).toEqual(delivery(1));
      expect(await webhooks.claim('a', lease('r', later + 1), 1)).toEqual([]);
      expect(seqOf(await webhooks.settle(taken!, done, lease('q', later + 1)))).toBe(2);
    });

    it('an owner that claimed a queue again holds it by the new lease only', async () => {
      const { webhooks } = await holding(delivery(1));
      const [lost] = await webhooks.claim('a', lease('p'), 1);
      const [taken] = await webhooks.claim('a', lease('p', NINE + LEASE_MS), 1);
      expect(await webhooks.settle(lost!, dead, lease('p', NINE + LEASE_MS + 1))).toBeNull();
      await webhooks.settle(taken!, done, lease('p', NINE + LEASE_MS + 1));
      expect(await webhooks.delivery(delivery(1).deliveryId)).toMatchObject({ state: 'delivered' });
    });

    it('release makes a queue claimable immediately', async () => {
      const { webhooks } = await holding(delivery(1));
      const [queue] = await webhooks.claim('a', lease('p'), 1);
      await webhooks.release(queue!);
      expect(await webhooks.claim('a', lease('q', NINE + 1), 1)).toMatchObject([{ head: delivery(1) }]);
    });

    it('settle keeps the latest attempts of a delivery', async () => {
      const { webhooks } = await holding(delivery(1));
      const tries = MAX_KEPT_ATTEMPTS + 5;
      for (let index = 0; index < tries; index++) {
        const now = NINE + index;
        const [queue] = await webhooks.claim('a', lease('p', now), 1);
        const outcome: Outcome = { attempt: attempt(now), state: 'pending', nextAttemptAt: now };
        // Due immediately, so that the queue continues with it.
        const next = await webhooks.settle(queue!, outcome, lease('p', now));
        await webhooks.release(next!);
      }
      const kept = await webhooks.delivery(delivery(1).deliveryId);
      expect(kept).toMatchObject({ tries, state: 'pending' });
      expect(kept?.attempts.map(({ at }) => at - NINE)).toEqual(
        Array.from({ length: MAX_KEPT_ATTEMPTS }, (_, index) => index + 5),
      );
    });
  });

  describe(`replay of a WebhookStore on ${name}`, () => {
    it('replay repeats delivered and dead deliveries in order and keeps their attempts', async () => {
      const { webhooks } = await holding(delivery(1), delivery(2), delivery(3));
      const [first] = await webhooks.claim('a', lease('p'), 1);
      const second = await webhooks.settle(first!, dead, lease('p', NINE + 1));
      const third = await webhooks.settle(second!, done, lease('p', NINE + 2));
      await webhooks.settle(third!, done, lease('p', NINE + 3));
      const ids = [delivery(2), delivery(1), delivery(1)].map(({ deliveryId }) => deliveryId);
      expect(await webhooks.replay([...ids, 'none'], NINE + 10)).toBe(2);
      expect(await webhooks.delivery(ids[1]!)).toEqual({
        ...delivery(1),
        since: NINE + 10,
        nextAttemptAt: NINE + 10,
        attempts: [dead.attempt],
      });
      const [queue] = await webhooks.claim('a', lease('q', NINE + 10), 10);
      expect(seqOf(queue)).toBe(1);
      const next = await webhooks.settle(queue!, done, lease('q', NINE + 11));
      expect(seqOf(next)).toBe(2);
      expect(await webhooks.settle(next!, done, lease('q', NINE + 12))).toBeNull();
    });

    it('replay sends a delivery that waits for a retry immediately', async () => {
      const { webhooks } = await holding(delivery(1));
      const [queue] = await webhooks.claim('a', lease('p'), 1);
      await webhooks.settle(queue!, retry, lease('p', NINE + 1));
      expect(await webhooks.replay([delivery(1).deliveryId], NINE + 2)).toBe(1);
      expect((await webhooks.claim('a', lease('q', NINE + 2), 1)).map(seqOf)).toEqual([1]);
    });

    it('replay is processed by the owner of a held queue', async () => {
      const { webhooks } = await holding(delivery(1), delivery(2));
      const [queue] = await webhooks.claim('a', lease('p'), 1);
      const next = await webhooks.settle(queue!, done, lease('p', NINE + 1));
      await webhooks.replay([delivery(1).deliveryId], NINE + 2);
      expect(await webhooks.claim('a', lease('q', NINE + 2), 1)).toEqual([]);
      const again = await webhooks.settle(next!, done, lease('p', NINE + 3));
      expect(seqOf(again)).toBe(1);
      expect(await webhooks.settle(again!, done, lease('p', NINE + 4))).toBeNull();
    });

    it.each([
      ['went through', done],
      ['is to be tried again', retry],
      ['was the last', dead],
    ])('replay repeats a delivery during an attempt that %s', async (_, outcome) => {
      const { webhooks } = await holding(delivery(1), delivery(2));
      const [queue] = await webhooks.claim('a', lease('p'), 1);
      const { deliveryId } = delivery(1);
      expect(await webhooks.replay([deliveryId], NINE + 1)).toBe(1);
      const again = await webhooks.settle(queue!, outcome, lease('p', NINE + 2));
      expect(again?.head).toMatchObject({ deliveryId, since: NINE + 1, tries: 0, state: 'pending' });
      const next = await webhooks.settle(again!, done, lease('p', NINE + 3));
      expect(seqOf(next)).toBe(2);
      expect(await webhooks.delivery(deliveryId)).toMatchObject({ state: 'delivered', tries: 1 });
      expect(await webhooks.settle(next!, done, lease('p', NINE + 4))).toBeNull();
    });

    it('replay loses nothing at any moment of an attempt', async () => {
      const { webhooks } = await holding(delivery(1));
      const { deliveryId } = delivery(1);
      let now = NINE;
      for (let round = 0; round < 30; round++) {
        const [queue] = await webhooks.claim('a', lease('p', ++now), 1);
        expect(seqOf(queue)).toBe(1);
        const [held] = await Promise.all([
          webhooks.settle(queue!, round % 2 ? done : retry, lease('p', now)),
          webhooks.replay([deliveryId], ++now),
        ]);
        if (held) await webhooks.release(held);
      }
    });
  });

  it(`two WebhookStores on ${name} never return a queue twice`, async (context) => {
    const under = prepare();
    if (!under.together) return context.skip();
    const stores = await Promise.all([under.open(), under.open()]);
    onTestFinished(async () => {
      await Promise.all(stores.map((store) => store.close()));
    });
    const sessions = Array.from({ length: 20 }, (_, index) => `sess_0000000${index}`);
    for (const id of sessions) await stores[0].webhooks.fanOut(id, 1, [delivery(1, 'a', id)], NINE);
    const claimed: string[] = [];
    for (let round = 0; round < 8; round++) {
      const queues = await Promise.all(
        stores.map((store, index) => store.webhooks.claim('a', lease(`p-${index}`, NINE + round), 5)),
      );
      claimed.push(...queues.flat().map((queue) => queue.sessionId));
    }
    expect(claimed.sort()).toEqual([...sessions].sort());
  });
}
