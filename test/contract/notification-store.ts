import {
  newNotification,
  type DeliveryReport,
  type Notification,
} from '@televisit/server/domain/notification-store';
import type { PushSubscription } from '@televisit/server/domain/push-store';
import type { Store } from '@televisit/server/domain/session-store';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ended, newVisit, NINE } from '../support/fixtures/stored-sessions.ts';

/** A store that can be reopened on the same data. */
export interface NotificationStoreUnderTest {
  open(): Promise<Store>;
  /** Whether several may be open at the same time. */
  readonly together: boolean;
}

const LEASE = 60_000;
const SESSION = 'sess_000000000001';
const OTHER = 'sess_000000000002';

const to = (seat: number, changes: Partial<Notification> = {}): Notification => ({
  ...newNotification(
    {
      sessionId: SESSION,
      seat,
      kind: 'reminder',
      channel: 'sms',
      minutesBefore: 60,
      sequence: 0,
      ...changes,
    },
    NINE,
    NINE,
  ),
  ...changes,
});
const report = (state: DeliveryReport['state'], changes: Partial<DeliveryReport> = {}): DeliveryReport => ({
  state,
  at: NINE + 9,
  providerId: null,
  error: null,
  ...changes,
});
const browser = (seat: number, name: string, changes: Partial<PushSubscription> = {}): PushSubscription => ({
  sessionId: SESSION,
  seat,
  endpoint: `https://push.test/${name}`,
  p256dh: 'key',
  auth: 'secret',
  createdAt: NINE,
  ...changes,
});

/** The contract of every store of notifications and push subscriptions. `prepare` provides separate data for each test. */
export function notificationStoreContract(name: string, prepare: () => NotificationStoreUnderTest): void {
  async function opened() {
    const under = prepare();
    const store = await under.open();
    onTestFinished(() => store.close());
    return { store, notifications: store.notifications, push: store.push, under };
  }

  describe(`NotificationStore on ${name}`, () => {
    it('add stores notifications unchanged, and does not change an existing one', async () => {
      const { notifications } = await opened();
      const all = [
        to(0),
        to(0, { channel: 'push' }),
        to(0, { kind: 'moved', minutesBefore: null, sequence: 1 }),
        to(1, { createdAt: NINE + 1 }),
      ];
      await notifications.add(all);
      await notifications.add([to(0, { dueAt: NINE + 5, state: 'failed' })]);
      const stored = await notifications.ofSession(SESSION);
      expect(stored).toHaveLength(4);
      expect(stored).toEqual(expect.arrayContaining(all));
      expect(stored.at(-1)).toEqual(all[3]);
      expect(await notifications.ofSession(OTHER)).toEqual([]);
    });

    it('a person has one notification that a host waits, whatever the time of the visit', async () => {
      const { notifications } = await opened();
      const waiting = { kind: 'host_waiting', minutesBefore: null } as const;
      await notifications.add([to(0, { ...waiting, sequence: 0 }), to(0, { ...waiting, sequence: 1 })]);
      expect(await notifications.ofSession(SESSION)).toHaveLength(1);
    });

    it('claim takes due notifications, oldest first, up to the limit, until their lease ends', async () => {
      const { notifications } = await opened();
      await notifications.add([
        to(0, { dueAt: NINE + 2 }),
        to(1, { dueAt: NINE + 1 }),
        to(2, { dueAt: NINE + 3 }),
      ]);
      expect(await notifications.claim(NINE, LEASE, 10)).toEqual([]);
      expect((await notifications.claim(NINE + 2, LEASE, 1)).map(({ seat }) => seat)).toEqual([1]);
      expect(await notifications.claim(NINE + 2, LEASE, 10)).toEqual([
        to(0, { dueAt: NINE + 2 + LEASE, attempts: 1 }),
      ]);
      expect(await notifications.claim(NINE + 2 + LEASE, LEASE, 10)).toHaveLength(3);
    });

    it('settle stores final outcomes', async () => {
      const { notifications } = await opened();
      await notifications.add([to(0), to(1), to(2)]);
      const [sent, failed, dropped] = await notifications.claim(NINE, LEASE, 10);
      const at = NINE + 7;
      expect(await notifications.settle(sent!, { state: 'sent', at, providerId: 'SM1' })).toBe(true);
      expect(await notifications.settle(failed!, { state: 'failed', at, error: '21211' })).toBe(true);
      expect(await notifications.settle(dropped!, { state: 'dropped', at, error: 'too_late' })).toBe(true);
      expect(await notifications.claim(NINE + 10 * LEASE, LEASE, 10)).toEqual([]);
      const end = { dueAt: null, settledAt: at, attempts: 1 };
      expect(await notifications.ofSession(SESSION)).toEqual([
        to(0, { ...end, state: 'sent', providerId: 'SM1' }),
        to(1, { ...end, state: 'failed', error: '21211' }),
        to(2, { ...end, state: 'dropped', error: 'too_late' }),
      ]);
    });

    it('settle with a retry sets the due time and the counts, regardless of the lease', async () => {
      const { notifications } = await opened();
      await notifications.add([to(0)]);
      const [claimed] = await notifications.claim(NINE, LEASE, 10);
      const retry = { state: 'pending', dueAt: NINE + 30, error: '429', failures: 1, cleared: 1 } as const;
      expect(await notifications.settle(claimed!, retry)).toBe(true);
      expect(await notifications.claim(NINE + 29, LEASE, 10)).toEqual([]);
      expect(await notifications.claim(NINE + 30, LEASE, 10)).toMatchObject([
        { attempts: 2, failures: 1, cleared: 1, error: '429' },
      ]);
    });

    it('settle writes nothing after the lease was lost, or a report came first', async () => {
      const { notifications } = await opened();
      await notifications.add([to(0)]);
      const [late] = await notifications.claim(NINE, LEASE, 10);
      const [mine] = await notifications.claim(NINE + LEASE, LEASE, 10);
      expect(await notifications.settle(late!, { state: 'failed', at: NINE, error: 'x' })).toBe(false);
      await notifications.report(mine!.notificationId, report('delivered', { providerId: 'SM1' }));
      expect(await notifications.settle(mine!, { state: 'failed', at: NINE, error: 'x' })).toBe(false);
      expect(await notifications.ofSession(SESSION)).toMatchObject([
        { state: 'delivered', providerId: 'SM1', error: null, dueAt: null },
      ]);
    });

    it('report applies reports in any order: arrival is the last word, and repetitions change nothing', async () => {
      const { notifications } = await opened();
      const { notificationId } = to(0);
      await notifications.add([to(0)]);
      expect(await notifications.report('unknown', report('sent'))).toBeNull();
      expect(await notifications.report(notificationId, report('sent', { providerId: 'SM1' }))).toEqual(
        to(0, { state: 'sent', providerId: 'SM1', settledAt: NINE + 9, dueAt: null }),
      );
      expect(await notifications.report(notificationId, report('sent'))).toBeNull();
      expect(await notifications.report(notificationId, report('failed', { error: '30003' }))).toMatchObject({
        state: 'failed',
        error: '30003',
        providerId: 'SM1',
      });
      expect(await notifications.report(notificationId, report('sent'))).toBeNull();
      expect(await notifications.report(notificationId, report('delivered'))).toMatchObject({
        state: 'delivered',
        error: null,
      });
      for (const state of ['sent', 'failed', 'delivered'] as const)
        expect(await notifications.report(notificationId, report(state))).toBeNull();
    });

    it('a report ends the attempts of a notification whose sender died', async () => {
      const { notifications } = await opened();
      await notifications.add([to(0)]);
      const [claimed] = await notifications.claim(NINE, LEASE, 10);
      await notifications.report(claimed!.notificationId, report('sent'));
      expect(await notifications.claim(NINE + 10 * LEASE, LEASE, 10)).toEqual([]);
    });

    it('20 concurrent claims return every notification once', async () => {
      const { notifications } = await opened();
      await notifications.add(Array.from({ length: 30 }, (_, seat) => to(seat)));
      const claims = await Promise.all(Array.from({ length: 20 }, () => notifications.claim(NINE, LEASE, 4)));
      const seats = claims.flat().map(({ seat }) => seat);
      expect(new Set(seats).size).toBe(seats.length);
    });

    it('deleteSeat deletes the notifications of one seat, and a later settle writes nothing', async () => {
      const { notifications } = await opened();
      await notifications.add([to(0), to(1), to(0, { sessionId: OTHER })]);
      const claimed = await notifications.claim(NINE, LEASE, 10);
      await notifications.deleteSeat(SESSION, 0);
      expect((await notifications.ofSession(SESSION)).map(({ seat }) => seat)).toEqual([1]);
      expect(await notifications.ofSession(OTHER)).toHaveLength(1);
      const own = claimed.find(({ sessionId, seat }) => sessionId === SESSION && seat === 0)!;
      expect(await notifications.settle(own, { state: 'sent', at: NINE, providerId: null })).toBe(false);
    });

    it('purge of a session deletes its notifications and subscriptions', async () => {
      const { store, notifications, push } = await opened();
      const [kept, over] = [newVisit(), newVisit()];
      for (const visit of [kept, over]) await store.insert(visit);
      const end = ended(over.next);
      await store.update(end);
      for (const { next } of [kept, over]) {
        await notifications.add([to(0, { sessionId: next.sessionId })]);
        await push.put(browser(0, 'a', { sessionId: next.sessionId }), 5);
      }
      expect(await store.purge(end.next.endedAt! + 1, 10)).toBe(1);
      expect(await notifications.ofSession(over.next.sessionId)).toEqual([]);
      expect(await push.ofSession(over.next.sessionId)).toEqual([]);
      expect(await notifications.ofSession(kept.next.sessionId)).toHaveLength(1);
      expect(await push.ofSession(kept.next.sessionId)).toHaveLength(1);
    });

    it('notifications and subscriptions persist when the store is reopened', async () => {
      const under = prepare();
      const first = await under.open();
      await first.notifications.add([to(0)]);
      await first.push.put(browser(0, 'a'), 5);
      await first.close();
      const store = await under.open();
      onTestFinished(() => store.close());
      expect(await store.notifications.ofSession(SESSION)).toEqual([to(0)]);
      expect(await store.push.ofSession(SESSION)).toEqual([browser(0, 'a')]);
    });

    it('two stores on the same data never claim a notification twice', async () => {
      const under = prepare();
      if (!under.together) return;
      const stores = await Promise.all([under.open(), under.open()]);
      onTestFinished(async () => {
        await Promise.all(stores.map((store) => store.close()));
      });
      await stores[0].notifications.add(Array.from({ length: 20 }, (_, seat) => to(seat)));
      const claims = await Promise.all(
        stores.flatMap(({ notifications }) => [
          notifications.claim(NINE, LEASE, 20),
          notifications.claim(NINE, LEASE, 20),
        ]),
      );
      const seats = claims.flat().map(({ seat }) => seat);
      expect(seats.sort((left, right) => left - right)).toEqual(
        Array.from({ length: 20 }, (_, seat) => seat),
      );
    });
  });

  describe(`PushStore on ${name}`, () => {
    it('put stores a subscription, and replaces that of the same seat and endpoint', async () => {
      const { push } = await opened();
      await push.put(browser(0, 'a'), 5);
      await push.put(browser(1, 'a'), 5);
      const renewed = browser(0, 'a', { p256dh: 'other key', auth: 'other', createdAt: NINE + 1 });
      await push.put(renewed, 5);
      expect(await push.ofSession(SESSION)).toEqual([browser(1, 'a'), renewed]);
    });

    it('put keeps the newest subscriptions of a seat up to the limit', async () => {
      const { push } = await opened();
      await push.put(browser(1, 'other'), 2);
      for (const [index, one] of ['a', 'b', 'c'].entries())
        await push.put(browser(0, one, { createdAt: NINE + index + 1 }), 2);
      const kept = await push.ofSession(SESSION);
      expect(kept.map(({ endpoint }) => endpoint.at(-1))).toEqual(['r', 'b', 'c']);
    });

    it('deleteEndpoint deletes a browser in every session', async () => {
      const { push } = await opened();
      await push.put(browser(0, 'a'), 5);
      await push.put(browser(0, 'b'), 5);
      await push.put(browser(0, 'a', { sessionId: OTHER }), 5);
      await push.deleteEndpoint('https://push.test/a');
      expect(await push.ofSession(OTHER)).toEqual([]);
      expect(await push.ofSession(SESSION)).toEqual([browser(0, 'b')]);
    });

    it('deleteSeat deletes the subscriptions of one seat', async () => {
      const { push } = await opened();
      await push.put(browser(0, 'a'), 5);
      await push.put(browser(1, 'b'), 5);
      await push.deleteSeat(SESSION, 0);
      expect(await push.ofSession(SESSION)).toEqual([browser(1, 'b')]);
    });
  });
}
