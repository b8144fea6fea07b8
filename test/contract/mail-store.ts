import { newMail, type Mail } from '@televisit/server/domain/mail-store';
import type { Store } from '@televisit/server/domain/session-store';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ended, newVisit, NINE } from '../support/fixtures/stored-sessions.ts';

/** A store that can be reopened on the same data. */
export interface MailStoreUnderTest {
  open(): Promise<Store>;
  /** Whether several may be open at the same time. */
  readonly together: boolean;
}

const LEASE = 60_000;
const SESSION = 'sess_000000000001';

const mailTo = (seat: number, changes: Partial<Mail> = {}): Mail => ({
  ...newMail({ sessionId: SESSION, seat, kind: 'reminder', minutesBefore: 60, sequence: 0 }, NINE),
  ...changes,
});

/** The contract of every mail store. `prepare` provides separate data for each test. */
export function mailStoreContract(name: string, prepare: () => MailStoreUnderTest): void {
  async function opened() {
    const under = prepare();
    const store = await under.open();
    onTestFinished(() => store.close());
    return { store, mail: store.mail, under };
  }

  describe(`MailStore on ${name}`, () => {
    it('add stores mails unchanged, in the order of their ids', async () => {
      const { mail } = await opened();
      const mails = [
        mailTo(1),
        mailTo(0),
        mailTo(0, { ...newMail(mailTo(0, { kind: 'moved', minutesBefore: null }), NINE) }),
      ];
      await mail.add(mails);
      const sorted = [...mails].sort((left, right) => (left.mailId < right.mailId ? -1 : 1));
      expect(await mail.ofSession(SESSION)).toEqual(sorted);
      expect(new Set(mails.map(({ mailId }) => mailId)).size).toBe(3);
      expect(await mail.ofSession('sess_000000000002')).toEqual([]);
    });

    it('a former address is kept until the mail is settled', async () => {
      const { mail } = await opened();
      const address = 'former@home.test';
      await mail.add([mailTo(0, { address })]);
      expect((await mail.ofSession(SESSION))[0]?.address).toBe(address);
      const [claimed] = await mail.claim(NINE, LEASE, 10);
      expect(claimed?.address).toBe(address);
      await mail.settle(claimed!, { state: 'pending', dueAt: NINE, error: 'x' });
      const [again] = await mail.claim(NINE, LEASE, 10);
      expect(again?.address).toBe(address);
      await mail.settle(again!, { state: 'sent', at: NINE });
      expect((await mail.ofSession(SESSION))[0]).toMatchObject({ state: 'sent', address: null });
    });

    it('add does not change an existing mail', async () => {
      const { mail } = await opened();
      await mail.add([mailTo(0)]);
      const [claimed] = await mail.claim(NINE, LEASE, 10);
      await mail.settle(claimed!, { state: 'sent', at: NINE + 5 });
      await mail.add([mailTo(0), mailTo(1)]);
      expect((await mail.ofSession(SESSION)).map(({ state }) => state)).toEqual(['sent', 'pending']);
    });

    it('claim takes due mails, oldest first, up to the limit', async () => {
      const { mail } = await opened();
      await mail.add([
        mailTo(0, { dueAt: NINE + 2 }),
        mailTo(1, { dueAt: NINE + 1 }),
        mailTo(2, { dueAt: NINE + 3 }),
      ]);
      expect(await mail.claim(NINE, LEASE, 10)).toEqual([]);
      expect((await mail.claim(NINE + 2, LEASE, 1)).map(({ seat }) => seat)).toEqual([1]);
      const [second, ...others] = await mail.claim(NINE + 2, LEASE, 10);
      expect(others).toEqual([]);
      expect(second).toEqual(mailTo(0, { dueAt: NINE + 2 + LEASE, attempts: 1 }));
    });

    it('a claimed mail cannot be claimed again until its lease ends', async () => {
      const { mail } = await opened();
      await mail.add([mailTo(0)]);
      expect(await mail.claim(NINE, LEASE, 10)).toHaveLength(1);
      expect(await mail.claim(NINE + LEASE - 1, LEASE, 10)).toEqual([]);
      expect(await mail.claim(NINE + LEASE, LEASE, 10)).toMatchObject([{ attempts: 2 }]);
    });

    it('settle stores a final outcome', async () => {
      const { mail } = await opened();
      await mail.add([mailTo(0), mailTo(1), mailTo(2)]);
      const [sent, failed, dropped] = await mail.claim(NINE, LEASE, 10);
      const at = NINE + 7;
      expect(await mail.settle(sent!, { state: 'sent', at })).toBe(true);
      expect(await mail.settle(failed!, { state: 'failed', at, error: 'EENVELOPE 550' })).toBe(true);
      expect(await mail.settle(dropped!, { state: 'dropped', at, error: 'too_late' })).toBe(true);
      expect(await mail.claim(NINE + 10 * LEASE, LEASE, 10)).toEqual([]);
      const end = { dueAt: null, settledAt: at, attempts: 1 };
      expect(await mail.ofSession(SESSION)).toEqual([
        mailTo(0, { ...end, state: 'sent' }),
        mailTo(1, { ...end, state: 'failed', error: 'EENVELOPE 550' }),
        mailTo(2, { ...end, state: 'dropped', error: 'too_late' }),
      ]);
    });

    it('settle with a retry sets the due time regardless of the lease', async () => {
      const { mail } = await opened();
      await mail.add([mailTo(0)]);
      const [claimed] = await mail.claim(NINE, LEASE, 10);
      expect(await mail.settle(claimed!, { state: 'pending', dueAt: NINE + 30, error: 'ETIMEDOUT' })).toBe(
        true,
      );
      expect(await mail.claim(NINE + 29, LEASE, 10)).toEqual([]);
      expect(await mail.claim(NINE + 30, LEASE, 10)).toMatchObject([{ attempts: 2, error: 'ETIMEDOUT' }]);
    });

    it('settle writes nothing after the lease was lost', async () => {
      const { mail } = await opened();
      await mail.add([mailTo(0)]);
      const [late] = await mail.claim(NINE, LEASE, 10);
      const [mine] = await mail.claim(NINE + LEASE, LEASE, 10);
      expect(await mail.settle(late!, { state: 'failed', at: NINE, error: 'x' })).toBe(false);
      expect(await mail.settle(mine!, { state: 'sent', at: NINE })).toBe(true);
      expect(await mail.settle(mine!, { state: 'failed', at: NINE, error: 'x' })).toBe(false);
      expect(await mail.ofSession(SESSION)).toMatchObject([{ state: 'sent', error: null }]);
    });

    it('20 concurrent claims return every mail once', async () => {
      const { mail } = await opened();
      await mail.add(Array.from({ length: 30 }, (_, seat) => mailTo(seat)));
      const claims = await Promise.all(Array.from({ length: 20 }, () => mail.claim(NINE, LEASE, 4)));
      const seats = claims.flat().map(({ seat }) => seat);
      expect(new Set(seats).size).toBe(seats.length);
      for (let more: readonly Mail[] = [mailTo(0)]; more.length > 0;) {
        more = await mail.claim(NINE, LEASE, 4);
        seats.push(...more.map(({ seat }) => seat));
      }
      expect(seats.sort((left, right) => left - right)).toEqual(
        Array.from({ length: 30 }, (_, seat) => seat),
      );
    });

    it('deleteSeat deletes the mails of one seat, and a later settle writes nothing', async () => {
      const { mail } = await opened();
      const elsewhere = newMail({ ...mailTo(0), sessionId: 'sess_000000000002' }, NINE);
      await mail.add([mailTo(0), mailTo(1), elsewhere]);
      const claimed = await mail.claim(NINE, LEASE, 10);
      await mail.deleteSeat(SESSION, 0);
      expect((await mail.ofSession(SESSION)).map(({ seat }) => seat)).toEqual([1]);
      expect(await mail.ofSession('sess_000000000002')).toHaveLength(1);
      const own = claimed.find(({ sessionId, seat }) => sessionId === SESSION && seat === 0)!;
      expect(await mail.settle(own, { state: 'sent', at: NINE })).toBe(false);
    });

    it('purge of a session deletes its mails', async () => {
      const { store, mail } = await opened();
      const [kept, over] = [newVisit(), newVisit()];
      for (const visit of [kept, over]) await store.insert(visit);
      const end = ended(over.next);
      await store.update(end);
      for (const { next } of [kept, over]) {
        await mail.add([newMail({ ...mailTo(0), sessionId: next.sessionId }, NINE)]);
      }
      expect(await store.purge(end.next.endedAt! + 1, 10)).toBe(1);
      expect(await mail.ofSession(over.next.sessionId)).toEqual([]);
      expect(await mail.ofSession(kept.next.sessionId)).toHaveLength(1);
    });

    it('added mails persist when the store is reopened', async () => {
      const under = prepare();
      const first = await under.open();
      await first.mail.add([mailTo(0)]);
      await first.close();
      const store = await under.open();
      onTestFinished(() => store.close());
      expect(await store.mail.ofSession(SESSION)).toEqual([mailTo(0)]);
    });

    it('two stores on the same data never claim a mail twice', async () => {
      const under = prepare();
      if (!under.together) return;
      const stores = await Promise.all([under.open(), under.open()]);
      onTestFinished(async () => {
        await Promise.all(stores.map((store) => store.close()));
      });
      await stores[0].mail.add(Array.from({ length: 20 }, (_, seat) => mailTo(seat)));
      const claims = await Promise.all(
        stores.flatMap(({ mail }) => [mail.claim(NINE, LEASE, 20), mail.claim(NINE, LEASE, 20)]),
      );
      const seats = claims.flat().map(({ seat }) => seat);
      expect(seats.sort((left, right) => left - right)).toEqual(
        Array.from({ length: 20 }, (_, seat) => seat),
      );
    });

    it('dueReminders returns sessions with a due reminder, most urgent first', async () => {
      const { store } = await opened();
      const day = 24 * 3_600_000;
      const [first, second] = [
        newVisit({ scheduledAt: NINE + 2 * day }),
        newVisit({ scheduledAt: NINE + 1.5 * day }),
      ];
      for (const visit of [first, second, newVisit({ scheduledAt: NINE })]) await store.insert(visit);
      expect(first.next.remindAt).toBe(NINE + day);
      expect(await store.dueReminders(NINE + day / 2 - 1, 10)).toEqual([]);
      expect(await store.dueReminders(NINE + day / 2, 10)).toEqual([second.next]);
      expect(await store.dueReminders(NINE + day, 10)).toEqual([second.next, first.next]);
      expect(await store.dueReminders(NINE + day, 1)).toEqual([second.next]);
      await store.update(ended(second.next));
      expect(await store.dueReminders(NINE + day, 10)).toEqual([first.next]);
    });
  });
}
