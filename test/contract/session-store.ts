import * as lifecycle from '@televisit/server/domain/lifecycle';
import type { Session } from '@televisit/server/domain/session';
import type { SessionChange, SessionStore } from '@televisit/server/domain/session-store';
import { describe, expect, it, onTestFinished } from 'vitest';

/** A store that can be closed and opened again on the same data. */
export interface StoreUnderTest {
  open(): Promise<SessionStore>;
}

function newSession(appointmentId: string, nodeId = 'sfu-1'): SessionChange {
  const sessionId = `sess_${Math.random().toString(36).slice(2)}`;
  const seats = [
    { userId: 'd', role: 'doctor', displayName: null },
    { userId: 'p', role: 'patient', displayName: 'Ünï ☂ "quoted"' },
  ] as const;
  return lifecycle.create({ sessionId, appointmentId, seats, nodeId }, 1000);
}

function ended(session: Session): SessionChange {
  return lifecycle.end(session, 'host_ended', 3000) as SessionChange;
}

function started(session: Session): SessionChange {
  return lifecycle.start(session, 2000) as SessionChange;
}

/** What every store does. `prepare` gives each test data of its own. */
export function sessionStoreContract(name: string, prepare: () => StoreUnderTest): void {
  async function opened() {
    const under = prepare();
    const store = await under.open();
    onTestFinished(() => store.close());
    return { store, under };
  }

  describe(`SessionStore on ${name}`, () => {
    it('insert keeps a session so that it reads back as it was, by id and by appointment', async () => {
      const { store } = await opened();
      const change = newSession('a');
      expect(await store.insert(change)).toEqual(change.next);
      expect(await store.get(change.next.sessionId)).toEqual(change.next);
      expect(await store.findByAppointment('a')).toEqual(change.next);
      expect(await store.events(change.next.sessionId)).toEqual(change.events);
    });

    it('get, findByAppointment and events of what is not there answer nothing', async () => {
      const { store } = await opened();
      expect(await store.get('sess_none')).toBeUndefined();
      expect(await store.findByAppointment('none')).toBeUndefined();
      expect(await store.events('sess_none')).toEqual([]);
    });

    it('insert for an appointment that has a session answers that one and writes nothing', async () => {
      const { store } = await opened();
      const first = newSession('a');
      await store.insert(first);
      const second = newSession('a');
      expect(await store.insert(second)).toEqual(first.next);
      expect(await store.get(second.next.sessionId)).toBeUndefined();
      expect(await store.events(second.next.sessionId)).toEqual([]);
    });

    it('200 inserts at once for one appointment make one session', async () => {
      const { store } = await opened();
      const answers = await Promise.all(Array.from({ length: 200 }, () => store.insert(newSession('a'))));
      expect(new Set(answers.map(({ sessionId }) => sessionId)).size).toBe(1);
    });

    it('update writes the next state and its events together', async () => {
      const { store } = await opened();
      const change = newSession('a');
      await store.insert(change);
      const start = started(change.next);
      expect(await store.update(start)).toBe(true);
      expect(await store.get(change.next.sessionId)).toEqual(start.next);
      expect(await store.events(change.next.sessionId)).toEqual([...change.events, ...start.events]);
    });

    it('update of another version than the stored one writes nothing at all', async () => {
      const { store } = await opened();
      const change = newSession('a');
      await store.insert(change);
      const start = started(change.next);
      await store.update(start);
      expect(await store.update(ended(change.next))).toBe(false);
      expect(await store.get(change.next.sessionId)).toEqual(start.next);
      expect(await store.events(change.next.sessionId)).toHaveLength(2);
    });

    it('update of a session that is not there writes nothing', async () => {
      const { store } = await opened();
      const { next } = newSession('a');
      expect(await store.update(started(next))).toBe(false);
      expect(await store.events(next.sessionId)).toEqual([]);
    });

    it('50 updates at once from one version let one through', async () => {
      const { store } = await opened();
      const change = newSession('a');
      await store.insert(change);
      const results = await Promise.all(Array.from({ length: 50 }, () => store.update(ended(change.next))));
      expect(results.filter(Boolean)).toHaveLength(1);
      expect(await store.events(change.next.sessionId)).toHaveLength(2);
    });

    it('countOpenByNode counts what is not over, node by node', async () => {
      const { store } = await opened();
      const [a, b, c] = [newSession('a', 'sfu-1'), newSession('b', 'sfu-2'), newSession('c', 'sfu-2')];
      for (const change of [a, b, c]) await store.insert(change);
      await store.update(ended(b.next));
      expect(Object.fromEntries(await store.countOpenByNode())).toEqual({ 'sfu-1': 1, 'sfu-2': 1 });
    });

    it('what was written is there after closing and opening again', async () => {
      const { store, under } = await opened();
      const change = newSession('a');
      const pending = store.insert(change);
      await store.close();
      await store.close();
      await pending;
      const again = await under.open();
      onTestFinished(() => again.close());
      expect(await again.get(change.next.sessionId)).toEqual(change.next);
      expect(await again.events(change.next.sessionId)).toEqual(change.events);
    });

    it('an operation on a closed store rejects', async () => {
      const { store } = await opened();
      await store.close();
      await expect(store.get('sess_x')).rejects.toThrow();
      await expect(store.insert(newSession('a'))).rejects.toThrow();
    });
  });
}
