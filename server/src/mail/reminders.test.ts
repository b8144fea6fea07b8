import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TelevisitError } from '@televisit/shared/errors';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { MailStore } from '../domain/mail-store.ts';
import { ManualClock } from '../core/testing/manual-clock.ts';
import { BACKEND, created, HOUR, NINE, seat, sessionsOn } from '../domain/testing/sessions.ts';
import { SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { Reminders } from './reminders.ts';

const SESSION = 'sess_00000001';
const DAY = 24 * HOUR;

/** Reminders on a real store, two days before visits at nine. */
async function reminding({ mailer = true, visits = 1 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'televisit-'));
  const store = SqliteStore.open(folder);
  const clock = new ManualClock(NINE - 2 * DAY);
  const sessions = sessionsOn(store, clock);
  const errors: unknown[] = [];
  const state = { woken: 0, mailDown: false };
  const mail = new Proxy<MailStore>(store.mail, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as (...given: unknown[]) => Promise<unknown>;
      return (...given: unknown[]) =>
        state.mailDown
          ? Promise.reject(new TelevisitError('store_unavailable'))
          : method.apply(target, given);
    },
  });
  const reminders = new Reminders({
    store,
    mail,
    sessions,
    clock,
    mailer: mailer ? { wake: () => (state.woken += 1) } : null,
    onError: (error) => errors.push(error),
  });
  onTestFinished(async () => {
    await reminders.stop();
    await store.close();
    rmSync(folder, { recursive: true });
  });
  for (let visit = 1; visit <= visits; visit++) {
    const people = [
      seat('d', 'doctor', { email: 'd@clinic.test' }),
      seat('p', 'patient', { email: 'p@home.test' }),
    ];
    const plan = {
      sessionId: `sess_${String(visit).padStart(8, '0')}`,
      appointmentId: `a-${visit}`,
      seats: people,
    };
    await store.insert(created(plan, clock.now()));
  }
  const facts = async () =>
    (await store.history(SESSION)).filter(({ type }) => type === 'session.reminder').length;
  const mails = async () => (await store.mail.ofSession(SESSION)).map(({ seat, kind }) => `${seat} ${kind}`);
  return { reminders, sessions, store, clock, state, errors, facts, mails };
}

describe('Reminders', () => {
  it('run stores the event and the e-mails, and wakes the mailer', async () => {
    const { reminders, clock, state, facts, mails } = await reminding();
    await reminders.run();
    expect(await mails()).toEqual([]);
    clock.advance(DAY);
    await reminders.run();
    await reminders.run();
    expect(await facts()).toBe(1);
    expect(await mails()).toEqual(['0 reminder', '1 reminder']);
    expect(state.woken).toBe(1);
  });

  it('run plans the e-mails of a process that died after storing the event', async () => {
    const { reminders, sessions, store, clock, facts, mails } = await reminding();
    clock.advance(DAY);
    await sessions.remind(SESSION, true);
    expect(await mails()).toEqual([]);
    await reminders.run();
    expect(await facts()).toBe(1);
    expect(await mails()).toEqual(['0 reminder', '1 reminder']);
    expect((await store.get(SESSION))?.remindAt).toBe(NINE - HOUR);
  });

  it('run stores one event and one e-mail per person when two processes run at once', async () => {
    const { reminders, clock, facts, mails } = await reminding();
    clock.advance(DAY);
    await Promise.all([reminders.run(), reminders.run(), reminders.run()]);
    expect(await facts()).toBe(1);
    expect(await mails()).toEqual(['0 reminder', '1 reminder']);
  });

  it('run reports e-mails that can’t be stored, continues with other visits and retries', async () => {
    const { reminders, clock, state, errors, facts, mails } = await reminding({ visits: 3 });
    clock.advance(DAY);
    state.mailDown = true;
    await reminders.run();
    expect(errors).toHaveLength(3);
    expect(await facts()).toBe(1);
    state.mailDown = false;
    await reminders.run();
    expect(await facts()).toBe(1);
    expect(await mails()).toEqual(['0 reminder', '1 reminder']);
  });

  it('run handles more visits than fit one page', async () => {
    const { reminders, store, clock } = await reminding({ visits: 250 });
    clock.advance(DAY);
    await reminders.run();
    expect(await store.dueReminders(clock.now(), 10)).toEqual([]);
    expect(await store.mail.claim(clock.now(), HOUR, 1000)).toHaveLength(500);
  });

  it('run drops planned e-mails if the server no longer sends any', async () => {
    const { reminders, sessions, store, clock, mails } = await reminding({ mailer: false });
    clock.advance(DAY);
    await sessions.remind(SESSION, true);
    await reminders.run();
    expect(await mails()).toEqual([]);
    expect((await store.get(SESSION))?.mail).toEqual({ told: null, reminder: null });
    await sessions.cancel(SESSION, BACKEND);
    await reminders.run();
    expect((await store.get(SESSION))?.remindAt).toBeNull();
  });

  it('replan applies the current settings to existing visits', async () => {
    const { reminders, store } = await reminding();
    const session = (await store.get(SESSION))!;
    const before = { ...session, reminders: [], remindAt: null, version: session.version + 1 };
    await store.update({ next: before, events: [] });
    expect(await reminders.replan()).toBe(true);
    expect(await store.get(SESSION)).toMatchObject({ reminders: [1440, 60], remindAt: NINE - DAY });
    const { version } = (await store.get(SESSION))!;
    await reminders.replan();
    expect((await store.get(SESSION))?.version).toBe(version);
  });

  it('start repeats replan until every visit has the current settings', async () => {
    const { reminders, sessions, store, clock, errors } = await reminding({ visits: 3 });
    for (const visit of [1, 2, 3]) {
      const session = (await store.get(`sess_0000000${visit}`))!;
      await store.update({
        next: { ...session, reminders: [], remindAt: null, version: session.version + 1 },
        events: [],
      });
    }
    const replanReminders = sessions.replanReminders.bind(sessions);
    let away = true;
    sessions.replanReminders = (sessionId) =>
      away && sessionId === SESSION
        ? Promise.reject(new TelevisitError('store_unavailable'))
        : replanReminders(sessionId);
    reminders.start();
    await expect.poll(() => clock.waiting).toBe(2);
    expect(errors).toHaveLength(1);
    expect((await store.get(SESSION))?.reminders).toEqual([]);
    away = false;
    clock.advance(2000);
    await expect.poll(async () => (await store.get(SESSION))?.reminders).toEqual([1440, 60]);
    // From now on, only due reminders are queried.
    await expect.poll(() => clock.waiting).toBe(1);
  });

  it('start issues reminders when they fall due', async () => {
    const { reminders, clock, facts } = await reminding();
    reminders.start();
    await expect.poll(() => clock.waiting).toBe(1);
    clock.advance(DAY);
    await expect
      .poll(() => {
        clock.advance(2000);
        return facts();
      })
      .toBe(1);
  });

  it('stop ends a long run after the current visit', async () => {
    const { reminders, sessions, clock } = await reminding({ visits: 50 });
    clock.advance(DAY);
    const remind = sessions.remind.bind(sessions);
    let reminded = 0;
    sessions.remind = (...given) => {
      reminded += 1;
      if (reminded === 3) void reminders.stop();
      return remind(...given);
    };
    reminders.start();
    await expect.poll(() => reminded).toBe(3);
    await reminders.stop();
    expect(reminded).toBe(3);
    expect(clock.waiting).toBe(0);
  });
});
