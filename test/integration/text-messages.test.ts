import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { newSecret, signedHeaders } from '@televisit/server/webhooks/signature';
import { describe, expect, it } from 'vitest';
import {
  at,
  HOUR,
  MINUTE,
  NINE,
  NUMBER,
  PATIENT,
  SECOND,
  startMessaging,
} from '../support/fixtures/messaging.ts';
import { SmsGatewayDouble } from '../support/infra/sms-gateway-double.ts';
import { startServer } from '../support/infra/start-server.ts';
import { AUTH_TOKEN } from '../support/infra/twilio-double.ts';

describe('text messages by Twilio', () => {
  it('a reminder reaches the number of a seat, with the time where the person is and a link that leads to the visit', async () => {
    const { server, clock, twilio, base, create, passUntil } = await startMessaging();
    const seats = [{ ...PATIENT, language: 'de', timeZone: 'Europe/Berlin', displayName: 'Ada Lovelace' }];
    const sessionId = await create({ scheduledAt: at(NINE + HOUR + SECOND), title: 'Diabetes', seats });
    const [sent] = await passUntil(sessionId, [
      { userId: 'patient', channel: 'sms', kind: 'reminder', minutesBefore: 60, state: 'sent', error: null },
    ]);
    expect(sent?.attempts).toBe(1);
    const [text = ''] = twilio.to(NUMBER);
    expect(text).toMatch(/^Erinnerung: Sie haben einen Videotermin am 5\. Jan\., 11:00 MEZ\. http/);
    expect(text).not.toMatch(/Ada|Lovelace|Diabetes/);
    const link = text.slice(text.indexOf('http'));
    expect(link.length).toBe(base.length + '/j/'.length + 45);
    clock.advance(50 * MINUTE);
    const { headers, status } = await fetch(link, { redirect: 'manual' });
    expect(status).toBe(303);
    expect(headers.get('location')).toMatch(new RegExp(`^${base}/join/${sessionId}\\?token=`));
    const { entries } = await server.api.getAudit(sessionId);
    expect(entries).toContainEqual(
      expect.objectContaining({
        action: 'notification.sent',
        userId: 'patient',
        details: { kind: 'reminder', channel: 'sms' },
      }),
    );
    // Too late for the phone network, so that it does not arrive after the visit has begun.
    expect(twilio.messages[0]?.validityPeriod).toBeLessThanOrEqual(3600);
    const forged = `${link.slice(0, -2)}${link.at(-2) === 'A' ? 'B' : 'A'}${link.at(-1)}`;
    expect((await fetch(forged, { redirect: 'manual' })).headers.get('location')).not.toContain('token');
  });

  it('a person without a number, and one who wants no text messages, get none', async () => {
    const { twilio, create, passUntil, server } = await startMessaging();
    const seats = [
      { ...PATIENT, smsOptOut: true },
      { userId: 'guest', role: 'guest', phone: '+15005550002' } as const,
    ];
    const sessionId = await create({ scheduledAt: at(NINE + HOUR + SECOND), seats });
    await passUntil(sessionId, [{ userId: 'guest', state: 'sent' }]);
    expect(twilio.messages.map(({ to }) => to)).toEqual(['+15005550002']);
    const { seats: shown } = await server.api.getSession(sessionId);
    expect(shown.find(({ userId }) => userId === 'patient')).toMatchObject({
      phone: NUMBER,
      smsOptOut: true,
    });
  });

  it('a new time and a cancellation are announced to those who were reminded', async () => {
    const { server, twilio, create, passUntil } = await startMessaging();
    const sessionId = await create({ scheduledAt: at(NINE + HOUR + SECOND) });
    await passUntil(sessionId, [{ kind: 'reminder', state: 'sent' }]);
    await server.api.updateSession(sessionId, { scheduledAt: at(NINE + 30 * MINUTE) });
    await passUntil(sessionId, [{ kind: 'reminder' }, { kind: 'moved', state: 'sent' }]);
    await server.api.cancelSession(sessionId);
    await passUntil(sessionId, [
      { kind: 'reminder' },
      { kind: 'moved' },
      { kind: 'cancelled', state: 'sent' },
    ]);
    const texts = twilio.to(NUMBER);
    expect(texts[1]).toMatch(/^Your video appointment has a new time: Jan 5, 9:30 AM UTC\. http/);
    expect(texts[2]).toBe('Your video appointment on Jan 5, 9:30 AM UTC is cancelled.');
  });

  it('a person who is added is invited, and told when they are removed', async () => {
    const { server, twilio, create, passUntil } = await startMessaging();
    const sessionId = await create({ scheduledAt: at(NINE + 5 * HOUR), seats: [] });
    await server.api.putParticipant(sessionId, 'guest', { role: 'guest', phone: NUMBER });
    await passUntil(sessionId, [{ kind: 'invited', userId: 'guest', state: 'sent' }]);
    const former = twilio.to(NUMBER)[0]!.replace(/^.* http/, 'http');
    await server.api.putParticipant(sessionId, 'guest', { role: 'guest', phone: '+15005550009' });
    await expect.poll(() => twilio.to('+15005550009').length).toBe(1);
    // The former number may be that of another person.
    expect((await fetch(former, { redirect: 'manual' })).headers.get('location')).not.toContain('token');
    await server.api.removeParticipant(sessionId, 'guest');
    await passUntil(sessionId, [
      { kind: 'invited' },
      { kind: 'invited' },
      { kind: 'withdrawn', state: 'sent' },
    ]);
    expect(twilio.to('+15005550009').at(-1)).toMatch(/^You no longer take part in the video appointment/);
  });

  it('an error is tried again unless it concerns the message, and a STOP is recorded in the seat', async () => {
    const { server, twilio, create, passUntil } = await startMessaging();
    const replies = [{ status: 401, code: 20_003 } as const, { status: 403, code: 20_403 } as const];
    twilio.onMessage = () => replies.shift() ?? 'accept';
    const [bad, stopped] = ['+15005550002', '+15005550003'];
    twilio.stopped.add(stopped);
    const seats = [
      PATIENT,
      { userId: 'bad', role: 'guest', phone: bad } as const,
      { userId: 'stopped', role: 'guest', phone: stopped } as const,
    ];
    const sessionId = await create({ scheduledAt: at(NINE + HOUR + SECOND), seats: seats.slice(0, 1) });
    await passUntil(sessionId, [{ state: 'sent', attempts: 3 }], 10 * SECOND);
    expect(twilio.to(NUMBER)).toHaveLength(1);
    twilio.onMessage = (form) => (form.get('To') === bad ? { status: 400, code: 21_211 } : 'accept');
    for (const { userId, role, phone } of seats.slice(1))
      await server.api.putParticipant(sessionId, userId, { role, phone });
    await passUntil(sessionId, [
      { state: 'sent' },
      { userId: 'bad', state: 'failed', error: '21211', attempts: 1 },
      { userId: 'stopped', state: 'failed', error: 'opted_out', attempts: 1 },
    ]);
    const { seats: shown } = await server.api.getSession(sessionId);
    expect(shown.map(({ userId, smsOptOut }) => [userId, smsOptOut])).toEqual([
      ['doctor', false],
      ['patient', false],
      ['bad', false],
      ['stopped', true],
    ]);
    await server.api.updateSession(sessionId, { scheduledAt: at(NINE + 2 * HOUR) });
    await passUntil(sessionId, [{}, {}, {}, { userId: 'patient', kind: 'moved', state: 'sent' }]);
  });

  it('reports of Twilio change the state, whatever their order, and only with a valid signature', async () => {
    const { server, twilio, create, passUntil, list } = await startMessaging({
      TWILIO_AUTH_TOKEN: 'a-new-auth-token',
      TWILIO_AUTH_TOKEN_PREVIOUS: AUTH_TOKEN,
    });
    twilio.authToken = 'a-new-auth-token';
    const sessionId = await create({ scheduledAt: at(NINE + HOUR + SECOND) });
    await passUntil(sessionId, [{ state: 'sent' }]);
    const [message] = twilio.messages;
    expect(await twilio.report(message!, 'delivered', { authToken: 'forged' })).toBe(401);
    expect((await list(sessionId))[0]?.state).toBe('sent');
    expect(await twilio.report(message!, 'undelivered', { errorCode: '30003', authToken: AUTH_TOKEN })).toBe(
      204,
    );
    expect((await list(sessionId))[0]).toMatchObject({ state: 'failed', error: '30003' });
    // Twilio may leave the port out of the URL that it signs.
    const signedUrl = (url: string) => url.replace(/:\d+\//, '/');
    expect(await twilio.report(message!, 'delivered', { signedUrl })).toBe(204);
    expect(await twilio.report(message!, 'sent')).toBe(204);
    expect((await list(sessionId))[0]).toMatchObject({ state: 'delivered', error: null });
    const { entries } = await server.api.getAudit(sessionId);
    expect(entries.map(({ action }) => action).filter((action) => action.startsWith('notification'))).toEqual(
      ['notification.sent', 'notification.failed', 'notification.delivered'],
    );
  });
});

describe('quiet hours', () => {
  const NIGHT = Date.UTC(2026, 0, 5, 22);

  it('a reminder in the night is sent in the morning where the person is, or dropped if that is too late', async () => {
    const { twilio, create, passUntil, clock } = await startMessaging({ REMINDER_MINUTES: '600' }, NIGHT);
    const seats = [
      { ...PATIENT, timeZone: 'UTC' },
      { userId: 'away', role: 'guest', phone: '+15005550002', timeZone: 'Asia/Tokyo' } as const,
      { userId: 'late', role: 'guest', phone: '+15005550003', timeZone: 'America/Los_Angeles' } as const,
      { userId: 'too-late', role: 'guest', phone: '+15005550004', timeZone: 'Atlantic/Azores' } as const,
    ];
    const scheduledAt = NIGHT + 600 * MINUTE + 30 * MINUTE;
    const sessionId = await create({ scheduledAt: at(scheduledAt), seats });
    clock.advance(30 * MINUTE);
    // 7:30 in Tokyo, 14:30 in Los Angeles, 21:30 on the Azores, where 8:00 is after the start at 7:30.
    await passUntil(sessionId, [
      { userId: 'patient', state: 'pending', dueAt: at(Date.UTC(2026, 0, 6, 8)) },
      { userId: 'away', state: 'pending', dueAt: at(Date.UTC(2026, 0, 5, 23)) },
      { userId: 'late', state: 'sent' },
      { userId: 'too-late', state: 'dropped', error: 'quiet_hours' },
    ]);
    await passUntil(sessionId, [{ state: 'sent' }, { state: 'sent' }, { state: 'sent' }, {}], 10 * MINUTE);
    expect(twilio.messages).toHaveLength(3);
  });

  it('QUIET_HOURS may be empty', async () => {
    const { create, passUntil } = await startMessaging({ QUIET_HOURS: '' }, NIGHT);
    const sessionId = await create({ scheduledAt: at(NIGHT + HOUR + SECOND) });
    await passUntil(sessionId, [{ state: 'sent' }]);
  });

  it('a cancellation of a visit that begins in the night is not held back', async () => {
    const { server, clock, create, passUntil } = await startMessaging({}, NIGHT - 70 * MINUTE);
    const sessionId = await create({ scheduledAt: at(NIGHT - 5 * MINUTE) });
    await passUntil(sessionId, [{ kind: 'reminder', state: 'sent' }], 30 * SECOND);
    clock.advance(15 * MINUTE);
    await server.api.cancelSession(sessionId);
    await passUntil(sessionId, [{}, { kind: 'cancelled', state: 'sent' }]);
  });
});

describe('a host who enters', () => {
  it('a person who is absent gets one text message, after the time of the visit and while the host is there', async () => {
    const { server, twilio, create, passUntil, clock, list } = await startMessaging({ REMINDER_MINUTES: '' });
    const { sessions } = server.televisit;
    const sessionId = await create({ scheduledAt: at(NINE + 10 * MINUTE) });
    await sessions.enter(sessionId, 'doctor');
    await passUntil(sessionId, [{ kind: 'host_waiting', state: 'pending', dueAt: at(NINE + 10 * MINUTE) }]);
    expect(twilio.messages).toEqual([]);
    const left = { at: clock.now(), reason: 'left' } as const;
    await sessions.leave(await sessions.get(sessionId), 'doctor', left);
    clock.advance(10 * MINUTE);
    await passUntil(sessionId, [{ state: 'pending' }]);
    expect(twilio.messages).toEqual([]);
    await sessions.enter(sessionId, 'doctor');
    await passUntil(sessionId, [{ state: 'sent' }], 10 * SECOND);
    await sessions.leave(await sessions.get(sessionId), 'doctor', { ...left, at: clock.now() });
    await sessions.enter(sessionId, 'doctor');
    await expect.poll(async () => (await sessions.get(sessionId)).hostEntered).toBeNull();
    expect(await list(sessionId)).toHaveLength(1);
    expect(twilio.to(NUMBER)).toEqual([
      expect.stringMatching(/^You are expected in your video appointment now\. http/),
    ]);
  });

  it('a person who comes in time gets no text message', async () => {
    const { server, twilio, create, passUntil } = await startMessaging({ REMINDER_MINUTES: '' });
    const sessionId = await create();
    await server.televisit.sessions.enter(sessionId, 'doctor');
    await passUntil(sessionId, [{ kind: 'host_waiting', state: 'pending' }]);
    await server.televisit.sessions.enter(sessionId, 'patient');
    await passUntil(sessionId, [{ state: 'dropped', error: 'present' }], 5 * SECOND);
    expect(twilio.messages).toEqual([]);
  });

  it('a message at night is not held back', async () => {
    const { server, create, passUntil } = await startMessaging({}, Date.UTC(2026, 0, 5, 23));
    const sessionId = await create();
    await server.televisit.sessions.enter(sessionId, 'doctor');
    await passUntil(sessionId, [{ kind: 'host_waiting', state: 'sent' }], 5 * SECOND);
  });
});

describe('an SMS gateway', () => {
  it('the gateway receives signed messages with the same id in every attempt, and reports what became of them', async () => {
    const gateway = await SmsGatewayDouble.start();
    const clock = new ManualClock(Date.now());
    const server = await startServer({
      clock,
      env: { REMINDER_MINUTES: '60', QUIET_HOURS: '', ...gateway.env },
    });
    const statuses = [503, 202];
    gateway.onRequest = () => ({ status: statuses.shift() ?? 200, body: { id: '7' } });
    const scheduledAt = at(clock.now() + HOUR + SECOND);
    const { sessionId } = await server.createVisit(undefined, { scheduledAt, seats: [PATIENT] });
    const list = async () => (await server.api.listNotifications(sessionId)).notifications;
    await expect
      .poll(
        async () => {
          clock.advance(5 * SECOND);
          return list();
        },
        { timeout: 20_000, interval: 20 },
      )
      .toMatchObject([{ state: 'sent', attempts: 2 }]);
    const { notificationId } = (await list())[0]!;
    expect(gateway.requests.map(({ id }) => id)).toEqual([notificationId, notificationId]);
    expect(gateway.requests[0]?.body).toMatchObject({
      type: 'sms.send',
      to: NUMBER,
      text: expect.stringMatching(/^Reminder: .* http/) as unknown,
      expiresAt: scheduledAt,
    });
    const report = (body: object, secret = gateway.secret) => {
      const text = JSON.stringify(body);
      const headers = signedHeaders([secret], 'msg_1', clock.now(), text);
      return server.call('POST', '/webhooks/sms/gateway', text, headers);
    };
    const failed = { notificationId, status: 'failed', code: 'opted_out' };
    expect(await report(failed, newSecret())).toMatchObject({
      status: 401,
      body: { code: 'webhook_signature' },
    });
    expect(await report({ ...failed, notificationId: 'other.sms' })).toMatchObject({
      body: { result: 'known' },
    });
    expect(await report(failed)).toMatchObject({ status: 200, body: { result: 'applied' } });
    expect(await report(failed)).toMatchObject({ status: 200, body: { result: 'known' } });
    expect(await list()).toMatchObject([{ state: 'failed', error: 'opted_out' }]);
    const { seats } = await server.api.getSession(sessionId);
    expect(seats.find(({ userId }) => userId === 'patient')?.smsOptOut).toBe(true);
  });

  it('reports are refused by a server without a gateway', async () => {
    const server = await startServer();
    const text = JSON.stringify({ notificationId: 'x.sms', status: 'delivered' });
    const headers = signedHeaders([newSecret()], 'msg_1', Date.now(), text);
    expect(await server.call('POST', '/webhooks/sms/gateway', text, headers)).toMatchObject({
      status: 403,
      body: { code: 'sms_reports_off' },
    });
  });
});
