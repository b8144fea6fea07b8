import type { Session } from '@televisit/server/domain/session';
import type { CreateSessionRequest } from '@televisit/shared/api';
import { describe, expect, it } from 'vitest';
import { Mailbox } from '../support/infra/mailbox.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { startServer } from '../support/infra/start-server.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NINE = Date.UTC(2026, 0, 5, 9);

const DOCTOR = {
  userId: 'doctor',
  role: 'doctor',
  displayName: 'Dr. Jones',
  email: 'jones@clinic.test',
} as const;
const PATIENT = {
  userId: 'patient',
  role: 'patient',
  displayName: 'Ada <b>Lovelace</b>',
  email: 'ada@home.test',
  language: 'de-AT',
  timeZone: 'Europe/Vienna',
} as const;

const iso = (at: number) => new Date(at).toISOString();
/** Returns the lines of a calendar, unfolded (RFC 5545, 3.1). */
const lines = (text: string) => text.replaceAll(/\r?\n /g, '').split(/\r?\n/);

/** Starts a server with a mailbox and a clock of its own. */
async function reminding(env: Record<string, string> = {}, mailbox?: Mailbox) {
  const clock = new ManualClock(NINE);
  const box = mailbox ?? (await Mailbox.start());
  const server = await startServer({
    clock,
    env: { CLIENT_BASE_URL: 'https://visits.test', ...box.env, ...env },
  });
  const store = server.televisit.store;
  const create = async (plan: Partial<CreateSessionRequest> = {}) =>
    (
      await server.createVisit(undefined, {
        scheduledAt: iso(NINE + 2 * DAY),
        title: 'Follow-up',
        seats: [DOCTOR, PATIENT],
        ...plan,
      })
    ).sessionId;
  const facts = async (sessionId: string) =>
    (await store.history(sessionId)).flatMap((entry) =>
      entry.type === 'session.reminder' ? [entry.minutesBefore] : [],
    );
  const states = async (sessionId: string) =>
    (await store.mail.ofSession(sessionId)).map(({ seat, kind, state }) => `${seat} ${kind} ${state}`).sort();
  /** Advances the clock in steps, as the sweeper and the mailer need them, until a condition holds. */
  const passUntil = async (condition: () => boolean | Promise<boolean>, step = 2 * SECOND) => {
    await expect
      .poll(
        async () => {
          if (await condition()) return true;
          clock.advance(step);
          return condition();
        },
        { timeout: 30_000, interval: 10 },
      )
      .toBe(true);
  };
  /** Waits until nothing is due and no mail is in progress. */
  const settled = (sessionId: string) =>
    passUntil(async () => {
      const session = (await store.get(sessionId)) as Session;
      const mails = await store.mail.ofSession(sessionId);
      return (session.remindAt ?? Infinity) > clock.now() && mails.every(({ state }) => state !== 'pending');
    });
  return { server, store, clock, box, create, facts, states, passUntil, settled };
}

describe('a reminder', () => {
  it('reminders 24 hours and 1 hour before the visit are recorded and mailed once to each address', async () => {
    const { clock, box, create, facts, states, settled } = await reminding();
    const sessionId = await create({ seats: [DOCTOR, PATIENT, { userId: 'ines', role: 'interpreter' }] });
    clock.advance(DAY - SECOND);
    await settled(sessionId);
    expect(await facts(sessionId)).toEqual([]);
    clock.advance(SECOND);
    await settled(sessionId);
    expect(await facts(sessionId)).toEqual([1440]);
    expect(box.received.map(({ to }) => to).sort()).toEqual(['ada@home.test', 'jones@clinic.test']);
    clock.advance(23 * HOUR);
    await settled(sessionId);
    expect(await facts(sessionId)).toEqual([1440, 60]);
    expect(box.received).toHaveLength(4);
    expect(await states(sessionId)).toEqual([
      '0 reminder sent',
      '0 reminder sent',
      '1 reminder sent',
      '1 reminder sent',
    ]);
    clock.advance(2 * HOUR);
    await settled(sessionId);
    expect(box.received).toHaveLength(4);
  });

  it('a reminder uses the language and time zone of the seat, with a calendar file and the right headers', async () => {
    const { clock, box, create, settled } = await reminding();
    const sessionId = await create({ options: { waitingRoom: 'off', language: 'fr' } });
    clock.advance(DAY);
    await settled(sessionId);
    const [{ mail, raw, from } = box.received[0]!] = box.to('ada@home.test');
    expect(from).toBe('no-reply@clinic.test');
    expect(mail).toMatchObject({
      from: { name: 'Clinic North', address: 'no-reply@clinic.test' },
      to: [{ name: PATIENT.displayName, address: PATIENT.email }],
      subject: 'Erinnerung: Ihr Videotermin am Mittwoch, 7. Jänner 2026 um 10:00 MEZ',
      messageId: `<${sessionId}.1.0.reminder.1440@visits.test>`,
    });
    const headers = new Map(mail.headers.map(({ key, value }) => [key, value]));
    expect(headers.get('auto-submitted')).toBe('auto-generated');
    expect(headers.get('content-language')).toBe('de-AT');
    expect(mail.text).toContain('Guten Tag Ada <b>Lovelace</b>,');
    expect(mail.text).toContain('Mittwoch, 7. Jänner 2026');
    expect(mail.text).toContain('30 Minuten');
    expect(mail.html).toContain('<html lang="de-AT" dir="ltr">');
    expect(mail.html).toContain('Ada &lt;b>Lovelace&lt;/b>');
    expect(mail.html).not.toContain('<b>');
    // The mail loads nothing, so opening it is not tracked.
    expect(mail.html).not.toMatch(/<img|<link|src=|url\(/i);
    const part = /Content-Type: text\/calendar;[^\n]*\n?[^\n]*method=(\w+)/.exec(raw);
    expect(part?.[1]).toBe('REQUEST');
    const file = mail.attachments.find(({ filename }) => filename === 'visit.ics');
    const calendar = lines(new TextDecoder().decode(file!.content as ArrayBuffer));
    expect(calendar).toEqual(
      expect.arrayContaining([
        'METHOD:REQUEST',
        `UID:${sessionId}@televisit`,
        'SEQUENCE:0',
        'DTSTART:20260107T090000Z',
        'SUMMARY:Follow-up',
        'STATUS:CONFIRMED',
      ]),
    );
    expect(calendar.find((line) => line.startsWith('ORGANIZER'))).toMatch(/mailto:no-reply@clinic\.test$/i);
    expect(calendar.filter((line) => line.startsWith('ATTENDEE'))).toEqual([
      expect.stringMatching(/mailto:ada@home\.test$/i),
    ]);
    expect(calendar.find((line) => line.startsWith('CONFERENCE'))).toContain('visits.test/join');
    // The doctor's seat has no language, so the visit's applies.
    expect(box.to('jones@clinic.test')[0]?.mail.subject).toContain('Rappel');
  });

  it('a reminder in Arabic is right to left, with a link that is not', async () => {
    const { clock, box, create, settled } = await reminding();
    const sessionId = await create({ seats: [{ ...PATIENT, language: 'ar', timeZone: 'Asia/Riyadh' }] });
    clock.advance(DAY);
    await settled(sessionId);
    const { mail } = box.received[0]!;
    expect(mail.subject).toContain('تذكير بزيارتك');
    expect(mail.html).toContain('<html lang="ar" dir="rtl">');
    expect(mail.html).toMatch(/class="link"\s+href="https:\/\/visits\.test\/join\/[^"]+"\s+dir="ltr"/);
    expect(mail.text).toContain('مرحبًا');
  });

  it('a visit that was created late skips the first reminder and gets the second', async () => {
    const { clock, box, create, facts, settled } = await reminding();
    const sessionId = await create({ scheduledAt: iso(NINE + 3 * HOUR) });
    await settled(sessionId);
    expect(box.received).toEqual([]);
    clock.advance(2 * HOUR);
    await settled(sessionId);
    expect(await facts(sessionId)).toEqual([60]);
    expect(box.received).toHaveLength(2);
  });

  it.each([
    ['within half of its lead is given late', 11 * HOUR, [1440]],
    ['after more than half of its lead is skipped', 13 * HOUR, []],
    ['together with a later one gives only the later one', 23 * HOUR + 20 * MINUTE, [60]],
    ['after the visit began is skipped', 24 * HOUR, []],
  ])('a missed reminder that comes %s', async (_, late, expected) => {
    const { clock, box, create, facts, settled } = await reminding();
    const sessionId = await create();
    // No sweep runs in between, as on a server that is down.
    clock.advance(DAY + late);
    await settled(sessionId);
    expect(await facts(sessionId)).toEqual(expected);
    expect(box.received).toHaveLength(expected.length * 2);
  });

  it('removed and erased users and seats without an address get no reminder', async () => {
    const { server, clock, box, create, settled, states } = await reminding();
    const guest = { userId: 'guest', role: 'guest', email: 'guest@home.test' } as const;
    const sessionId = await create({ seats: [DOCTOR, PATIENT, guest] });
    await server.api.removeParticipant(sessionId, 'guest');
    await server.api.eraseUser('patient');
    clock.advance(DAY);
    await settled(sessionId);
    expect(box.received.map(({ to }) => to)).toEqual(['jones@clinic.test']);
    expect(await states(sessionId)).toEqual(['0 reminder sent']);
  });

  it('no reminder is sent if REMINDER_MINUTES is empty', async () => {
    const { store, box, create, clock, facts, passUntil } = await reminding({ REMINDER_MINUTES: '' });
    const sessionId = await create();
    clock.advance(2 * DAY - MINUTE);
    await passUntil(() => clock.now() > NINE + 2 * DAY - MINUTE + 10 * SECOND);
    expect(await facts(sessionId)).toEqual([]);
    expect((await store.get(sessionId))?.remindAt).toBeNull();
    expect(box.received).toEqual([]);
  });

  it('a reminder without SMTP_URL is only recorded', async () => {
    const { clock, create, facts, settled, states } = await reminding({ SMTP_URL: '', MAIL_FROM: '' });
    const sessionId = await create();
    clock.advance(DAY);
    await settled(sessionId);
    expect(await facts(sessionId)).toEqual([1440]);
    expect(await states(sessionId)).toEqual([]);
  });
});

describe('a visit that was moved', () => {
  it('moving a visit notifies participants who were mailed, replaces their invitation and schedules new reminders', async () => {
    const { server, clock, box, create, facts, settled } = await reminding();
    const sessionId = await create();
    clock.advance(DAY);
    await settled(sessionId);
    box.received.length = 0;
    await server.api.updateSession(sessionId, { scheduledAt: iso(NINE + 5 * DAY) });
    await settled(sessionId);
    expect(box.received).toHaveLength(2);
    const { mail } = box.to('ada@home.test')[0]!;
    expect(mail.subject).toMatch(/^Neue Zeit für Ihren Videotermin: Samstag, 10. Jänner 2026/);
    const calendar = lines(new TextDecoder().decode(mail.attachments.at(-1)!.content as ArrayBuffer));
    expect(calendar).toEqual(
      expect.arrayContaining(['METHOD:REQUEST', 'SEQUENCE:1', 'DTSTART:20260110T090000Z']),
    );
    clock.advance(3 * DAY);
    await settled(sessionId);
    expect(await facts(sessionId)).toEqual([1440, 1440]);
    expect(box.received).toHaveLength(4);
  });

  it('moving a visit before the first mail notifies no one', async () => {
    const { server, clock, box, create, settled, facts } = await reminding();
    const sessionId = await create();
    await server.api.updateSession(sessionId, { scheduledAt: iso(NINE + 5 * DAY) });
    clock.advance(DAY);
    await settled(sessionId);
    expect(box.received).toEqual([]);
    expect(await facts(sessionId)).toEqual([]);
  });

  it('changing anything but the time of a visit notifies no one', async () => {
    const { server, clock, box, create, settled } = await reminding();
    const sessionId = await create();
    clock.advance(DAY);
    await settled(sessionId);
    await server.api.updateSession(sessionId, { title: 'Other', options: { chat: false } });
    await settled(sessionId);
    expect(box.received).toHaveLength(2);
  });
});

describe('a visit that was cancelled', () => {
  it('cancelling a visit withdraws the invitation of participants who were mailed', async () => {
    const { server, clock, box, create, settled } = await reminding();
    const sessionId = await create();
    clock.advance(DAY);
    await settled(sessionId);
    await server.api.removeParticipant(sessionId, 'doctor');
    await settled(sessionId);
    box.received.length = 0;
    await server.api.cancelSession(sessionId);
    await settled(sessionId);
    expect(box.received.map(({ to }) => to)).toEqual(['ada@home.test']);
    const { mail, raw } = box.received[0]!;
    expect(mail.subject).toMatch(/^Abgesagt: Ihr Videotermin am Mittwoch/);
    expect(mail.html).not.toContain('href');
    expect(raw).toContain('method=CANCEL');
    const calendar = lines(new TextDecoder().decode(mail.attachments.at(-1)!.content as ArrayBuffer));
    expect(calendar).toEqual(
      expect.arrayContaining([
        'METHOD:CANCEL',
        'SEQUENCE:1',
        'STATUS:CANCELLED',
        `UID:${sessionId}@televisit`,
      ]),
    );
    clock.advance(DAY);
    await settled(sessionId);
    expect(box.received).toHaveLength(1);
  });

  it('cancelling a visit before the first mail notifies no one', async () => {
    const { server, clock, box, create, settled } = await reminding();
    const sessionId = await create();
    await server.api.cancelSession(sessionId);
    clock.advance(DAY);
    await settled(sessionId);
    expect(box.received).toEqual([]);
  });
});
