import type { AuditNote } from '@televisit/server/domain/events';
import * as lifecycle from '@televisit/server/domain/lifecycle';
import * as people from '@televisit/server/domain/people';
import { putSeat } from '@televisit/server/domain/seats';
import type { Session } from '@televisit/server/domain/session';
import {
  positionOf,
  type ListOrder,
  type Position,
  type SessionChange,
  type SessionFilter,
  type SessionStore,
} from '@televisit/server/domain/session-store';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listed, pagings, storeVisit, visits } from '../support/arbitraries/session-lists.ts';
import { BACKEND, ended, entered, newVisit, NINE, started } from '../support/fixtures/stored-sessions.ts';

const ORDERS: readonly ListOrder[] = (['createdAt', 'scheduledAt'] as const).flatMap((by) =>
  (['asc', 'desc'] as const).map((direction) => ({ by, direction })),
);

/** A store that can be reopened on the same data. */
export interface StoreUnderTest {
  open(): Promise<SessionStore>;
}

const note = (at: number): AuditNote => ({ type: 'link.issued', seat: 1, at, by: BACKEND, seq: null });

/** The contract of every session store. `prepare` provides separate data for each test. */
export function sessionStoreContract(name: string, prepare: () => StoreUnderTest): void {
  async function opened() {
    const under = prepare();
    const store = await under.open();
    onTestFinished(() => store.close());
    return { store, under };
  }

  async function holding(...changes: SessionChange[]) {
    const { store, under } = await opened();
    for (const change of changes) await store.insert(change);
    return { store, under };
  }

  describe(`SessionStore on ${name}`, () => {
    it('insert stores a session that can be read by id, appointment and idempotency key', async () => {
      const change = newVisit({ idempotency: { key: 'k', fingerprint: 'f' } });
      const { store } = await opened();
      expect(await store.insert(change)).toBe(true);
      expect(await store.get(change.next.sessionId)).toEqual(change.next);
      expect(await store.findByAppointment(change.next.appointmentId)).toEqual(change.next);
      expect(await store.findByIdempotencyKey('k')).toEqual(change.next);
      expect(await store.history(change.next.sessionId)).toEqual(change.events);
    });

    it('reads return undefined for unknown sessions', async () => {
      const { store } = await opened();
      expect(await store.get('sess_none')).toBeUndefined();
      expect(await store.findByAppointment('none')).toBeUndefined();
      expect(await store.findByIdempotencyKey('none')).toBeUndefined();
      expect(await store.history('sess_none')).toEqual([]);
      expect(await store.list({}, 10)).toEqual([]);
      expect(await store.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
    });

    it.each([
      ['appointment', {}, { appointmentId: 'taken' }],
      ['idempotency key', { idempotency: { key: 'k', fingerprint: 'other' } }, {}],
    ])('insert writes nothing when the %s already has a session', async (_, again, taken) => {
      const first = newVisit({
        appointmentId: 'taken',
        idempotency: { key: 'k', fingerprint: 'f' },
      });
      const { store } = await holding(first);
      const second = newVisit({ ...again, ...taken });
      expect(await store.insert(second)).toBe(false);
      expect(await store.get(second.next.sessionId)).toBeUndefined();
      expect(await store.history(second.next.sessionId)).toEqual([]);
      expect(await store.list({ userId: 'patient' }, 10)).toEqual([first.next]);
    });

    it('insert stores several sessions without an idempotency key', async () => {
      const { store } = await holding(newVisit(), newVisit(), newVisit());
      expect(await store.list({}, 10)).toHaveLength(3);
    });

    it('200 concurrent inserts for one appointment create one session', async () => {
      const { store } = await opened();
      const answers = await Promise.all(
        Array.from({ length: 200 }, () => store.insert(newVisit({ appointmentId: 'a' }))),
      );
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await store.list({}, 10)).toHaveLength(1);
    });

    it('update writes the next state and its events', async () => {
      const change = newVisit();
      const { store } = await holding(change);
      const start = started(change.next);
      expect(await store.update(start)).toBe(true);
      expect(await store.get(change.next.sessionId)).toEqual(start.next);
      expect(await store.history(change.next.sessionId)).toEqual([...change.events, ...start.events]);
    });

    it('update writes nothing when the stored version differs', async () => {
      const change = newVisit();
      const { store } = await holding(change);
      const start = started(change.next);
      await store.update(start);
      expect(await store.update(ended(change.next))).toBe(false);
      expect(await store.get(change.next.sessionId)).toEqual(start.next);
      expect(await store.history(change.next.sessionId)).toHaveLength(2);
    });

    it('update writes nothing for an unknown session', async () => {
      const { store } = await opened();
      const { next } = newVisit();
      expect(await store.update(started(next))).toBe(false);
      expect(await store.history(next.sessionId)).toEqual([]);
    });

    it('one of 50 concurrent updates of a version succeeds', async () => {
      const change = newVisit();
      const { store } = await holding(change);
      const results = await Promise.all(Array.from({ length: 50 }, () => store.update(ended(change.next))));
      expect(results.filter(Boolean)).toHaveLength(1);
      expect(await store.history(change.next.sessionId)).toHaveLength(2);
    });

    it('note appends to the history without changing the session', async () => {
      const change = newVisit();
      const { store } = await holding(change);
      await store.note(change.next.sessionId, note(1));
      const start = started(change.next);
      expect(await store.update(start)).toBe(true);
      await store.note(change.next.sessionId, note(2));
      expect(await store.history(change.next.sessionId)).toEqual([
        ...change.events,
        note(1),
        ...start.events,
        note(2),
      ]);
      expect(await store.get(change.next.sessionId)).toEqual(start.next);
    });

    it('note writes nothing for an unknown session', async () => {
      const { store } = await opened();
      await store.note('sess_none', note(1));
      expect(await store.history('sess_none')).toEqual([]);
      expect(await store.list({}, 10)).toEqual([]);
    });

    it('20 concurrent notes are all stored', async () => {
      const change = newVisit();
      const { store } = await holding(change);
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => store.note(change.next.sessionId, note(index))),
      );
      const times = (await store.history(change.next.sessionId)).slice(1).map(({ at }) => at);
      expect(times.sort((left, right) => left - right)).toEqual(
        Array.from({ length: 20 }, (_, index) => index),
      );
    });

    describe('list', () => {
      it('list returns the newest first, and the greater id among equals', async () => {
        const [a, b, c] = [newVisit({}, NINE), newVisit({}, NINE + 5), newVisit({}, NINE + 5)];
        const { store } = await holding(b, a, c);
        expect(await store.list({}, 10)).toEqual([c.next, b.next, a.next]);
        expect(await store.list({}, 2)).toEqual([c.next, b.next]);
        expect(await store.list({}, 2, positionOf(b.next))).toEqual([a.next]);
      });

      it.each<[string, SessionFilter]>([
        ['status', { statuses: ['ended'] }],
        ['several statuses', { statuses: ['ended', 'cancelled'] }],
        ['appointment', { appointmentId: 'wanted' }],
        ['user', { userId: 'wanted' }],
        ['course', { courseId: 'wanted' }],
        ['node', { nodeId: 'wanted' }],
        ['time', { from: NINE + 1000, to: NINE + 1001 }],
        ['start of time', { from: NINE + 1000 }],
        ['end reason', { endReasons: ['backend_ended'] }],
        ['several end reasons', { endReasons: ['no_show', 'backend_ended'] }],
        ['time of the end', { endedFrom: NINE + 1, endedTo: NINE + 2 }],
        ['start of the end', { endedFrom: NINE + 1 }],
        ['end of the end', { endedTo: NINE + 2 }],
        [
          'everything',
          {
            statuses: ['ended'],
            appointmentId: 'wanted',
            userId: 'wanted',
            courseId: 'wanted',
            nodeId: 'wanted',
            from: NINE + 1000,
            to: NINE + 1001,
            endReasons: ['backend_ended'],
            endedFrom: NINE + 1,
            endedTo: NINE + 2,
          },
        ],
      ])('list returns only matching sessions when filtered by %s', async (_, filter) => {
        const wanted = newVisit({
          appointmentId: 'wanted',
          userIds: ['doctor', 'wanted'],
          courseId: 'wanted',
          nodeId: 'wanted',
          scheduledAt: NINE + 1000,
        });
        const { store } = await holding(newVisit(), wanted, newVisit({ courseId: 'other' }));
        const over = ended(wanted.next);
        await store.update(over);
        for (const order of ORDERS)
          expect(await store.list(filter, 10, undefined, order)).toEqual([over.next]);
      });

      it('list finds a reopened session no longer by its end', async () => {
        const change = newVisit();
        const { store } = await holding(change);
        const over = ended(change.next);
        await store.update(over);
        const reopened = lifecycle.reopen(over.next, BACKEND, NINE + 2) as SessionChange;
        expect(await store.update(reopened)).toBe(true);
        expect(await store.list({ endReasons: ['backend_ended'] }, 10)).toEqual([]);
        expect(await store.list({ endedFrom: NINE }, 10)).toEqual([]);
        expect(await store.list({ statuses: ['live'] }, 10)).toEqual([reopened.next]);
      });

      it('list by schedule returns a rescheduled session at its new place, also among those of a user', async () => {
        const [first, second] = [newVisit({ scheduledAt: NINE }), newVisit({ scheduledAt: NINE + 10 })];
        const { store } = await holding(first, second);
        const next = { ...first.next, scheduledAt: NINE + 20, version: first.next.version + 1 };
        await store.update({ next, events: [] });
        const order = { by: 'scheduledAt', direction: 'asc' } as const;
        for (const filter of [{}, { userId: 'patient' }]) {
          expect(await store.list(filter, 10, undefined, order)).toEqual([second.next, next]);
          expect(await store.list({ ...filter, from: NINE + 11 }, 10, undefined, order)).toEqual([next]);
        }
      });

      it('pages of every filter and order contain each matching session once, in order', async () => {
        await fc.assert(
          fc.asyncProperty(visits, fc.array(pagings, { minLength: 6, maxLength: 6 }), async (made, asked) => {
            const { store } = await opened();
            const sessions = [];
            for (const one of made) sessions.push(await storeVisit(store, one));
            for (const { filter, order, limit } of asked) {
              const seen: Session[] = [];
              for (let page: readonly Session[] | undefined; page === undefined || page.length === limit;) {
                const last = seen.at(-1);
                page = await store.list(filter, limit, last && positionOf(last, order), order);
                seen.push(...page);
              }
              expect(seen).toEqual(listed(sessions, filter, order));
            }
            await store.close();
          }),
          { numRuns: 25 },
        );
      });

      it('list returns only earlier sessions when filtered by to', async () => {
        const [early, late] = [newVisit({ scheduledAt: NINE }), newVisit({ scheduledAt: NINE + 10 })];
        const { store } = await holding(early, late);
        expect(await store.list({ to: NINE + 10 }, 10)).toEqual([early.next]);
      });

      it('list finds a rescheduled session at its new time', async () => {
        const change = newVisit();
        const { store } = await holding(change);
        const next = { ...change.next, scheduledAt: NINE + 5000, version: change.next.version + 1 };
        await store.update({ next, events: [] });
        expect(await store.list({ from: NINE + 1 }, 10)).toEqual([next]);
        expect(await store.list({ to: NINE + 1 }, 10)).toEqual([]);
      });

      it('a cancelled session gives its appointment up, and is still listed for it', async () => {
        const first = newVisit();
        const { store } = await holding(first);
        const { appointmentId } = first.next;
        const again = newVisit({ appointmentId });
        expect(await store.insert(again)).toBe(false);
        const cancelled = lifecycle.cancel(first.next, BACKEND, NINE) as SessionChange;
        expect(await store.update(cancelled)).toBe(true);
        expect(await store.findByAppointment(appointmentId)).toBeUndefined();
        expect(await store.insert(again)).toBe(true);
        expect(await store.findByAppointment(appointmentId)).toEqual(again.next);
        const listed = await store.list({ appointmentId }, 10);
        expect(new Set(listed.map(({ sessionId }) => sessionId))).toEqual(
          new Set([first.next.sessionId, again.next.sessionId]),
        );
        expect(await store.list({ appointmentId: `${appointmentId}x` }, 10)).toEqual([]);
      });

      it('a cancelled session keeps its idempotency key', async () => {
        const first = newVisit({ idempotency: { key: 'k', fingerprint: 'f' } });
        const { store } = await holding(first);
        const cancelled = lifecycle.cancel(first.next, BACKEND, NINE) as SessionChange;
        await store.update(cancelled);
        expect(await store.findByIdempotencyKey('k')).toEqual(cancelled.next);
        const { appointmentId } = first.next;
        const sameKey = newVisit({ appointmentId, idempotency: { key: 'k', fingerprint: 'f' } });
        expect(await store.insert(sameKey)).toBe(false);
        const newKey = newVisit({ appointmentId, idempotency: { key: 'new', fingerprint: 'f' } });
        expect(await store.insert(newKey)).toBe(true);
      });

      it('list finds a session by a person who was added', async () => {
        const change = newVisit();
        const { store } = await holding(change);
        const added = putSeat(change.next, 'added', 'guest', {}, BACKEND, NINE) as SessionChange;
        expect(await store.update(added)).toBe(true);
        expect(await store.list({ userId: 'added' }, 10)).toEqual([added.next]);
        expect(await store.list({ userId: 'doctor' }, 10)).toEqual([added.next]);
      });

      it('list finds a session by pseudonym instead of the erased user', async () => {
        const change = newVisit();
        const { store } = await holding(change);
        const erased = people.erase(change.next, 'patient', 'nobody', BACKEND, NINE) as SessionChange;
        expect(await store.update(erased)).toBe(true);
        expect(await store.list({ userId: 'patient' }, 10)).toEqual([]);
        expect(await store.list({ userId: 'nobody' }, 10)).toEqual([erased.next]);
        expect(await store.list({ userId: 'doctor' }, 10)).toEqual([erased.next]);
      });

      it('list returns each existing session once, regardless of writes between pages', async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.nat(3), { minLength: 1, maxLength: 12 }),
            fc.array(fc.record({ between: fc.nat(6), kind: fc.constantFrom('insert', 'start', 'end') }), {
              maxLength: 8,
            }),
            fc.integer({ min: 1, max: 5 }),
            async (times, writes, limit) => {
              const before = times.map((time) => newVisit({}, NINE + time));
              const { store } = await holding(...before);
              const current = new Map<string, Session>(before.map(({ next }) => [next.sessionId, next]));
              const seen: string[] = [];
              let after: Position | undefined;
              for (let page = 0; ; page++) {
                for (const { kind } of writes.filter(({ between }) => between === page)) {
                  if (kind === 'insert') await store.insert(newVisit({}, NINE + 10));
                  const [session] = current.values();
                  if (kind === 'insert' || !session || session.status === 'ended') continue;
                  const change =
                    kind === 'start' && session.status === 'scheduled' ? started(session) : ended(session);
                  expect(await store.update(change)).toBe(true);
                  current.set(session.sessionId, change.next);
                }
                const sessions = await store.list({}, limit, after);
                seen.push(...sessions.map(({ sessionId }) => sessionId));
                if (sessions.length < limit) break;
                after = positionOf(sessions.at(-1)!);
              }
              const old = seen.filter((sessionId) => current.has(sessionId));
              expect(new Set(seen).size).toBe(seen.length);
              expect(new Set(old)).toEqual(new Set(current.keys()));
              await store.close();
            },
          ),
          { numRuns: 15 },
        );
      });
    });

    it('due returns due sessions that are not over, longest overdue first', async () => {
      const [late, early, over] = [
        newVisit({ scheduledAt: NINE + 60_000 }),
        newVisit({ scheduledAt: NINE }),
        newVisit({ scheduledAt: NINE - 60_000 }),
      ];
      const { store } = await holding(late, early, over);
      await store.update(ended(over.next));
      const dueAt = late.next.dueAt as number;
      expect(await store.due(dueAt, 10)).toEqual([early.next, late.next]);
      expect(await store.due(dueAt, 1)).toEqual([early.next]);
      expect(await store.due(dueAt - 1, 10)).toEqual([early.next]);
    });

    it('versions returns the versions of existing sessions', async () => {
      const [a, b, c] = [newVisit(), newVisit(), newVisit()];
      const { store } = await holding(a, b, c);
      await store.update(entered(b.next, 1));
      const asked = [b.next.sessionId, a.next.sessionId, 'sess_gone', a.next.sessionId];
      expect(Object.fromEntries(await store.versions(asked))).toEqual({
        [a.next.sessionId]: a.next.version,
        [b.next.sessionId]: b.next.version + 1,
      });
      expect(await store.versions([])).toEqual(new Map());
    });

    it('countOpenByNode counts sessions that are not over per node', async () => {
      const [a, b, c] = [newVisit(), newVisit({ nodeId: 'sfu-2' }), newVisit({ nodeId: 'sfu-2' })];
      const { store } = await holding(a, b, c);
      await store.update(ended(b.next));
      expect(Object.fromEntries(await store.countOpenByNode())).toEqual({ 'sfu-1': 1, 'sfu-2': 1 });
    });

    it('purge deletes only sessions that ended before a time, with their history, up to the limit', async () => {
      const [old, older, young, open] = [newVisit(), newVisit(), newVisit(), newVisit({}, NINE - 10)];
      const { store } = await holding(old, older, young, open);
      await store.update(ended(old.next, NINE + 20));
      await store.update(ended(older.next, NINE + 10));
      const kept = ended(young.next, NINE + 30);
      await store.update(kept);
      expect(await store.purge(NINE + 30, 1)).toBe(1);
      expect(await store.purge(NINE + 30, 10)).toBe(1);
      expect(await store.purge(NINE + 30, 10)).toBe(0);
      expect(await store.list({}, 10)).toEqual([kept.next, open.next]);
      expect(await store.list({ userId: 'patient' }, 10)).toHaveLength(2);
      expect(await store.history(old.next.sessionId)).toEqual([]);
      expect(await store.findByAppointment(old.next.appointmentId)).toBeUndefined();
      expect(await store.insert(newVisit({ appointmentId: old.next.appointmentId }))).toBe(true);
    });

    it('writes persist when the store is reopened', async () => {
      const { store, under } = await opened();
      const change = newVisit();
      await store.insert(change);
      const join = entered(change.next, 1);
      const pending = store.update(join);
      await pending;
      await store.close();
      await store.close();
      const again = await under.open();
      onTestFinished(() => again.close());
      expect(await again.get(change.next.sessionId)).toEqual(join.next);
      expect(await again.history(change.next.sessionId)).toEqual([...change.events, ...join.events]);
    });

    it('operations on a closed store reject', async () => {
      const { store } = await opened();
      await store.close();
      await expect(store.get('sess_x')).rejects.toThrow();
      await expect(store.insert(newVisit())).rejects.toThrow();
    });
  });
}
