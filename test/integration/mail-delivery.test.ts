import { smtpServer } from '@televisit/server/mail/mail-settings';
import { SMTP_TIMES, smtpTransport, type OutgoingMail } from '@televisit/server/mail/smtp';
import { SqliteStore } from '@televisit/server/store/sqlite/sqlite-store';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Mailbox, type MailboxOptions } from '../support/infra/mailbox.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { startServer } from '../support/infra/start-server.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NINE = Date.UTC(2026, 0, 5, 9);
const PATIENT = { userId: 'patient', role: 'patient', email: 'ada@home.test' } as const;
const DOCTOR = { userId: 'doctor', role: 'doctor', email: 'jones@clinic.test' } as const;

/** Creates a visit whose reminder of one hour is due now, at a mail server that the test configures later. */
async function due(
  options: MailboxOptions = {},
  env: (box: Mailbox) => Record<string, string> = ({ env }) => env,
) {
  const clock = new ManualClock(NINE);
  const box = await Mailbox.start(options);
  const server = await startServer({ clock, env: { REMINDER_MINUTES: '60', ...env(box) } });
  const { mail } = server.televisit.store;
  const scheduledAt = new Date(NINE + HOUR + SECOND).toISOString();
  const { sessionId } = await server.createVisit('a', { scheduledAt, seats: [DOCTOR, PATIENT] });
  const mails = () => mail.ofSession(sessionId);
  const mailOf = async (seat: number) => (await mails()).find((one) => one.seat === seat);
  /** Advances the clock in steps until the mail is as expected. */
  const passUntil = async (seat: number, expected: object, step = 2 * SECOND) => {
    await expect
      .poll(
        async () => {
          clock.advance(step);
          return mailOf(seat);
        },
        { timeout: 30_000, interval: 20 },
      )
      .toMatchObject(expected);
  };
  return { server, clock, box, sessionId, mails, mailOf, passUntil };
}

describe('a mail server', () => {
  it('a mail that the server refuses for now is sent again later, with the same message id', async () => {
    const { box, passUntil } = await due();
    const asked: string[] = [];
    box.onMail = (to) => {
      asked.push(to);
      return asked.filter((one) => one === to).length < 3 ? 451 : null;
    };
    await passUntil(0, { state: 'pending', attempts: 1, error: 'EMESSAGE 451' });
    await passUntil(0, { state: 'sent', attempts: 3 }, 10 * SECOND);
    await passUntil(1, { state: 'sent', attempts: 3 }, 10 * SECOND);
    expect(asked).toHaveLength(6);
    expect(box.received).toHaveLength(2);
  });

  it('a recipient that the server refuses for good is tried once, and the others get their mail', async () => {
    const { box, clock, passUntil, mailOf } = await due();
    let asked = 0;
    box.onRecipient = (address) => {
      if (address !== PATIENT.email) return null;
      asked += 1;
      return 550;
    };
    await passUntil(1, { state: 'failed', error: 'EENVELOPE 550', dueAt: null });
    await passUntil(0, { state: 'sent' });
    clock.advance(30 * MINUTE);
    await passUntil(1, { state: 'failed', attempts: 1 });
    expect(asked).toBe(1);
    expect(box.received.map(({ to }) => to)).toEqual([DOCTOR.email]);
    // No record contains an address.
    expect(JSON.stringify(await mailOf(1))).not.toContain('home.test');
  });

  it('mails are delivered when an unavailable mail server is back', async () => {
    const { box, passUntil } = await due();
    await box.stop();
    await passUntil(0, { state: 'pending', attempts: 2, error: 'ESOCKET' }, 10 * SECOND);
    await box.start();
    await passUntil(0, { state: 'sent' }, 10 * SECOND);
    await passUntil(1, { state: 'sent' }, 10 * SECOND);
    expect(box.received.map(({ to }) => to).sort()).toEqual([PATIENT.email, DOCTOR.email]);
  });

  it('mails to a server that stays unavailable are abandoned when the visit begins', async () => {
    const { box, passUntil } = await due();
    await box.stop();
    for (const seat of [0, 1]) {
      // The next attempt finds that it is too late.
      await passUntil(seat, { state: expect.stringMatching(/^(failed|dropped)$/) as unknown }, MINUTE);
    }
    await box.start();
    for (const seat of [0, 1]) await passUntil(seat, { dueAt: null }, HOUR);
    expect(box.received).toEqual([]);
  });

  it('the password is not sent to a mail server without TLS', async () => {
    const login = { user: 'televisit', password: 'p@ss/word' };
    const { box, passUntil } = await due({ login }, ({ port, env }) => ({
      ...env,
      // Resolves to this machine, and is no loopback address.
      SMTP_URL: `smtp://televisit:p%40ss%2Fword@0.0.0.0:${port}`,
    }));
    await passUntil(0, { state: 'pending', error: expect.stringMatching(/^(ETLS|ESOCKET|EDNS)/) as unknown });
    expect(box.received).toEqual([]);
  });

  it('the password is sent to a mail server on this machine', async () => {
    const login = { user: 'televisit', password: 'p@ss/word' };
    const { box, passUntil } = await due({ login }, ({ port, env }) => ({
      ...env,
      SMTP_URL: `smtp://televisit:p%40ss%2Fword@127.0.0.1:${port}`,
    }));
    await passUntil(0, { state: 'sent' });
    expect(box.received.length).toBeGreaterThan(0);
  });

  it('a mail server that rejects the password is tried again, since the operator may fix it', async () => {
    const login = { user: 'televisit', password: 'right' };
    const { passUntil } = await due({ login }, ({ port, env }) => ({
      ...env,
      SMTP_URL: `smtp://televisit:wrong@127.0.0.1:${port}`,
    }));
    await passUntil(0, { state: 'pending', attempts: 2, error: 'EAUTH 535' }, 10 * SECOND);
  });

  it('a mail server with an untrusted certificate gets no mail', async () => {
    const { box, passUntil } = await due({ tls: true });
    await passUntil(0, { state: 'pending', error: expect.stringMatching(/^E(SOCKET|TLS)/) as unknown });
    expect(box.received).toEqual([]);
  });
});

describe('smtpTransport', () => {
  const mail: OutgoingMail = {
    to: { name: 'Ada', address: 'ada@home.test' },
    subject: 'Reminder',
    text: 'x',
    html: 'x',
    language: 'en',
    messageId: '<1@visits.test>',
    calendar: { method: 'REQUEST', content: 'BEGIN:VCALENDAR\r\nEND:VCALENDAR' },
  };
  const from = { name: null, address: 'no-reply@clinic.test' };
  const sending = (url: string, times = {}) =>
    smtpTransport(smtpServer(url)!, from, { ...SMTP_TIMES, ...times }).send(
      mail,
      new AbortController().signal,
    );

  it('the transport gives the server ten minutes to respond, less than the lease of a mail', () => {
    expect(SMTP_TIMES.answerMs).toBeGreaterThanOrEqual(10 * MINUTE);
    expect(SMTP_TIMES.deadlineMs).toBeGreaterThan(SMTP_TIMES.answerMs);
  });

  it('a mail without a response is reported as possibly delivered', async () => {
    const box = await Mailbox.start();
    box.onMail = () => new Promise(() => undefined);
    const failed = await sending(box.url, { answerMs: 300 }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'ENOANSWER', permanent: false });
    const late = await sending(box.url, { deadlineMs: 300 }).catch((error: unknown) => error);
    expect(late).toMatchObject({ code: 'EABORT', permanent: false });
  });

  it('the transport sends nothing over the network without TLS, unless the URL allows it', async () => {
    const box = await Mailbox.start();
    const url = `smtp://0.0.0.0:${box.port}`;
    await expect(sending(url)).rejects.toMatchObject({
      code: expect.stringMatching(/^ETLS/) as unknown,
      permanent: false,
    });
    expect(box.received).toEqual([]);
    await sending(`${url}?tls=optional`);
    expect(box.received).toHaveLength(1);
  });

  it.each([
    ['an unknown sender', { onSender: () => 550 }, 'EENVELOPE 550', false],
    ['a missing login', { onRecipient: () => 530 }, 'EENVELOPE 530', false],
    ['an unknown recipient', { onRecipient: () => 550 }, 'EENVELOPE 550', true],
    ['content that is refused', { onMail: () => 554 }, 'EMESSAGE 554', true],
  ])('an error %s says whether a retry may help: %s', async (_, answers, code, permanent) => {
    const box = Object.assign(await Mailbox.start(), answers);
    await expect(sending(box.url)).rejects.toMatchObject({ code, permanent });
  });
});

describe('a mail that waits', () => {
  it('a waiting mail for a cancelled visit is dropped, and no cancellation is sent', async () => {
    const { server, box, sessionId, passUntil } = await due();
    await box.stop();
    await passUntil(0, { state: 'pending', attempts: 1, error: 'ESOCKET' });
    await server.api.cancelSession(sessionId);
    await box.start();
    await expect
      .poll(async () => {
        await passUntil(0, {});
        return (await server.televisit.store.mail.ofSession(sessionId)).filter(
          ({ state, kind }) => state === 'pending' || (kind === 'reminder' && state === 'sent'),
        );
      })
      .toEqual([]);
    expect(box.received.every(({ mail }) => mail.subject?.startsWith('Cancelled'))).toBe(true);
  });

  it('a waiting mail to an erased user is deleted and never sent', async () => {
    const { server, box, sessionId, passUntil, mails } = await due();
    box.onRecipient = () => 451;
    await passUntil(1, { state: 'pending', attempts: 1, error: 'EENVELOPE 451' });
    await server.api.eraseUser('patient');
    expect((await mails()).map(({ seat }) => seat)).toEqual([0]);
    box.onRecipient = () => null;
    await passUntil(0, { state: 'sent' }, 10 * SECOND);
    expect(box.received.map(({ to }) => to)).toEqual([DOCTOR.email]);
    expect(JSON.stringify(await server.api.getSession(sessionId))).not.toContain('home.test');
  });

  it('a mail in progress is completed and recorded when the server closes', async () => {
    const folder = temporaryFolder();
    const { server, sessionId, box, passUntil } = await due({}, ({ env }) => ({ ...env, DATA_DIR: folder }));
    const answer = Promise.withResolvers<null>();
    let waiting = 0;
    box.onMail = () => {
      waiting += 1;
      return answer.promise;
    };
    await passUntil(0, { attempts: 1 });
    await expect.poll(() => waiting).toBe(2);
    const closed = server.televisit.close();
    answer.resolve(null);
    await closed;
    expect(box.received).toHaveLength(2);
    const store = SqliteStore.open(folder);
    onTestFinished(() => store.close());
    expect((await store.mail.ofSession(sessionId)).map(({ state }) => state)).toEqual(['sent', 'sent']);
  });

  it('a mail at an unresponsive mail server is aborted when the server closes, and stays to be sent later', async () => {
    const folder = temporaryFolder();
    const { server, clock, sessionId, box, passUntil } = await due({}, ({ env }) => ({
      ...env,
      DATA_DIR: folder,
    }));
    box.onMail = () => new Promise(() => undefined);
    await passUntil(0, { attempts: 1 });
    await server.televisit.close();
    const store = SqliteStore.open(folder);
    onTestFinished(() => store.close());
    const [mail] = await store.mail.ofSession(sessionId);
    expect(mail).toMatchObject({ state: 'pending', error: 'EABORT' });
    // The mail server may be about to accept it.
    expect(mail?.dueAt).toBeGreaterThan(clock.now() + 20 * SECOND);
  });
});

describe('GET /users/:userId/data', () => {
  it('the export contains the mails that were sent to the user', async () => {
    const { server, passUntil } = await due();
    await passUntil(1, { state: 'sent' });
    const { sessions } = await server.api.exportUser('patient');
    expect(sessions[0]).toMatchObject({
      email: PATIENT.email,
      language: null,
      timeZone: null,
      mails: [{ kind: 'reminder', sentAt: expect.stringMatching(/^2026-01-05T09:/) as unknown }],
    });
  });
});
