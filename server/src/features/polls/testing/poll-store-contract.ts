import { describe, expect, it, onTestFinished } from 'vitest';
import * as lifecycle from '../../../domain/lifecycle.ts';
import type { SessionChange, Store } from '../../../domain/session-store.ts';
import { BACKEND, created, NINE } from '../../../domain/testing/sessions.ts';
import { changeEach, type PollStore, type StoredPoll } from '../poll-store.ts';
import { castVote } from '../rules.ts';

/** A store on given data. Several may be open at the same time if `together` is true. */
export interface PollStoreUnderTest {
  open(): Promise<Store<{ readonly polls: PollStore }>>;
  readonly together: boolean;
}

const ID = 'sess_00000001';
const OTHER = 'sess_00000002';

const poll = (seq: number, changes: Partial<StoredPoll> = {}): StoredPoll => ({
  seq,
  pollId: `poll-${seq}`,
  version: 1,
  question: 'Ünï ☂ "$x" \u200d😀?',
  answers: ['Yes', 'No', 'Perhaps'],
  multiple: true,
  anonymous: false,
  correct: null,
  openedAt: NINE,
  closedAt: null,
  votes: [],
  ...changes,
});

/** The contract of every poll store. `prepare` provides separate data for each test. */
export function pollStoreContract(name: string, prepare: () => PollStoreUnderTest): void {
  async function opened() {
    const under = prepare();
    const store = await under.open();
    onTestFinished(() => store.close());
    return { polls: store.features.polls, store, under };
  }

  describe(`PollStore on ${name}`, () => {
    it('add stores polls unchanged, in order, by session', async () => {
      const { polls } = await opened();
      const first = poll(1, { closedAt: NINE + 1, correct: 2, votes: [{ seat: null, answers: [0, 2] }] });
      expect(await polls.add(ID, first)).toBe(true);
      expect(await polls.add(ID, poll(2))).toBe(true);
      expect(await polls.add(OTHER, poll(1))).toBe(true);
      expect(await polls.list(ID)).toEqual([first, poll(2)]);
      expect(await polls.list(OTHER)).toEqual([poll(1)]);
      expect(await polls.list('sess_00000003')).toEqual([]);
    });

    it('add writes one of several polls with the same number, also on several stores', async () => {
      const { polls, under } = await opened();
      const stores = [polls];
      if (under.together) {
        const second = await under.open();
        onTestFinished(() => second.close());
        stores.push(second.features.polls);
      }
      const added = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          stores[index % stores.length]!.add(ID, poll(1, { pollId: `p${index}` })),
        ),
      );
      expect(added.filter(Boolean)).toHaveLength(1);
      const [stored] = await polls.list(ID);
      expect(stored?.pollId).toBe(`p${added.indexOf(true)}`);
    });

    it('replace writes nothing if another version is stored', async () => {
      const { polls } = await opened();
      await polls.add(ID, poll(1));
      const next = poll(1, { version: 2, votes: [{ seat: 1, answers: [0] }] });
      expect(await polls.replace(ID, next)).toBe(true);
      expect(await polls.replace(ID, poll(1, { version: 2 }))).toBe(false);
      expect(await polls.replace(ID, poll(1, { version: 4 }))).toBe(false);
      expect(await polls.replace(OTHER, poll(1, { version: 2 }))).toBe(false);
      expect(await polls.list(ID)).toEqual([next]);
    });

    it('concurrent votes on several stores are all counted', async () => {
      const { polls, under } = await opened();
      const stores = [polls];
      if (under.together) {
        const second = await under.open();
        onTestFinished(() => second.close());
        stores.push(second.features.polls);
      }
      await polls.add(ID, poll(1));
      const seats = Array.from({ length: 8 }, (_, seat) => seat);
      await Promise.all(
        seats.map((seat) =>
          changeEach(stores[seat % stores.length]!, ID, (one) => castVote(one, seat, [seat % 3])),
        ),
      );
      const [stored] = await polls.list(ID);
      expect(stored?.votes.map(({ seat }) => seat).sort()).toEqual(seats);
      expect(stored?.version).toBe(1 + seats.length);
    });

    it('erase takes the votes of a participant from their seat and keeps the counts', async () => {
      const { polls } = await opened();
      const mine = { seat: 0, answers: [0] };
      const others = { seat: 1, answers: [1] };
      await polls.add(ID, poll(1, { votes: [mine, others] }));
      await polls.add(OTHER, poll(1, { votes: [mine] }));
      await polls.erase(ID, 0);
      expect(await polls.list(ID)).toEqual([
        poll(1, { version: 2, votes: [others, { seat: null, answers: [0] }] }),
      ]);
      expect(await polls.list(OTHER)).toEqual([poll(1, { votes: [mine] })]);
      expect(await polls.export(ID, 0)).toEqual([]);
    });

    it('export returns the votes of one participant in words', async () => {
      const { polls } = await opened();
      await polls.add(
        ID,
        poll(1, {
          votes: [
            { seat: 0, answers: [0, 2] },
            { seat: 1, answers: [1] },
          ],
        }),
      );
      await polls.add(ID, poll(2, { votes: [{ seat: null, answers: [1] }] }));
      expect(await polls.export(ID, 0)).toEqual([
        { question: poll(1).question, answers: ['Yes', 'Perhaps'] },
      ]);
      expect(await polls.export(OTHER, 0)).toEqual([]);
    });

    it('a purge of sessions deletes their polls and no other', async () => {
      const { polls, store } = await opened();
      const [old, young] = [created(), created({ sessionId: OTHER, appointmentId: 'other' })];
      for (const change of [old, young]) {
        await store.insert(change);
        await polls.add(change.next.sessionId, poll(1));
      }
      await store.update(lifecycle.end(old.next, 'backend_ended', BACKEND, NINE + 10) as SessionChange);
      expect(await store.purge(NINE + 20, 10)).toBe(1);
      expect(await polls.list(ID)).toEqual([]);
      expect(await polls.list(OTHER)).toEqual([poll(1)]);
    });

    it('acknowledged writes persist when the store is reopened', async () => {
      const { polls, store, under } = await opened();
      await polls.add(ID, poll(1));
      await changeEach(polls, ID, (one) =>
        one.closedAt === null ? { ...one, version: 2, closedAt: NINE + 5 } : null,
      );
      await store.close();
      const again = await under.open();
      onTestFinished(() => again.close());
      expect(await again.features.polls.list(ID)).toEqual([poll(1, { version: 2, closedAt: NINE + 5 })]);
    });
  });
}
