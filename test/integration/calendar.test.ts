import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { LinkSignatures } from '@televisit/server/access/link-signature';
import { TOKEN_SECRET } from '../support/infra/settings.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

const clock = new ManualClock();
let server: TestServer;
let unique = 0;

beforeAll(async () => {
  server = await startServer({
    closedBy: 'caller',
    clock,
    env: { CLIENT_BASE_URL: 'https://visits.test' },
  });
});
afterAll(() => server.close());

async function visit(changes: object = {}) {
  unique += 1;
  const { sessionId } = await server.api.createSession({
    appointmentId: `appointment-${unique}`,
    doctorId: 'dr-jones',
    patientId: `patient-${unique}`,
    title: 'Follow-up',
    description: 'Private words',
    scheduledAt: '2026-07-01T10:00:00+02:00',
    durationMinutes: 45,
    seats: [
      { userId: `patient-${unique}`, role: 'patient', displayName: 'Ada Lovelace', email: 'ada@example.org' },
    ],
    ...changes,
  });
  return { sessionId, userId: `patient-${unique}` };
}

/** Returns the lines of a calendar, unfolded (RFC 5545, 3.1). */
const lines = (text: string) => text.replaceAll('\r\n ', '').split('\r\n');

describe('GET /sessions/:sessionId/calendar.ics', () => {
  it('the calendar file has the event at the right time, with alarms and without personal data', async () => {
    const { sessionId } = await visit();
    const answer = await server.call<string>('GET', `/sessions/${sessionId}/calendar.ics`);
    expect(answer.headers.get('content-type')).toContain('text/calendar');
    expect(lines(answer.body)).toEqual(
      expect.arrayContaining([
        'METHOD:PUBLISH',
        `UID:${sessionId}@televisit`,
        'SEQUENCE:0',
        'DTSTART:20260701T080000Z',
        'DTEND:20260701T084500Z',
        'SUMMARY:Follow-up',
        'STATUS:CONFIRMED',
      ]),
    );
    expect(answer.body.match(/BEGIN:VALARM/g)).toHaveLength(2);
    for (const secret of ['Ada', 'ada@', 'Private', 'token', 'https://visits.test']) {
      expect(answer.body).not.toContain(secret);
    }
  });

  it('the calendar file contains the join address only if asked for', async () => {
    const { sessionId } = await visit();
    const text = await server.api.getCalendarFile(sessionId, { link: true });
    expect(lines(text)).toContain(`URL;VALUE=URI:https://visits.test/join/${sessionId}`);
  });

  it('the calendar file and the feed name the configured sender of mail as organizer', async () => {
    const sender = await startServer({
      env: {
        CLIENT_BASE_URL: 'https://visits.test',
        SMTP_URL: 'smtp://127.0.0.1:9',
        MAIL_FROM: 'Clinic North <no-reply@clinic.test>',
      },
    });
    const seats = [{ userId: 'p', role: 'patient' as const }];
    const { sessionId } = await sender.createVisit('of-mail', { seats });
    const { pathname, search } = new URL((await sender.api.getCalendarLink('p')).url);
    const feed = await sender.call<string>('GET', pathname + search, undefined, { 'X-Internal-Secret': '' });
    for (const text of [await sender.api.getCalendarFile(sessionId), feed.body]) {
      expect(lines(text)).toContain('ORGANIZER;CN="Clinic North":mailto:no-reply@clinic.test');
    }
  });

  it('the event keeps its UID and counts up when the visit moves, and is withdrawn when the visit is cancelled', async () => {
    const { sessionId } = await visit();
    await server.api.updateSession(sessionId, { scheduledAt: '2026-07-02T10:00:00+02:00' });
    const moved = lines(await server.api.getCalendarFile(sessionId));
    expect(moved).toEqual(
      expect.arrayContaining([`UID:${sessionId}@televisit`, 'SEQUENCE:1', 'DTSTART:20260702T080000Z']),
    );
    await server.api.cancelSession(sessionId);
    const cancelled = lines(await server.api.getCalendarFile(sessionId));
    expect(cancelled).toEqual(
      expect.arrayContaining([
        `UID:${sessionId}@televisit`,
        'SEQUENCE:2',
        'METHOD:CANCEL',
        'STATUS:CANCELLED',
      ]),
    );
  });
});

describe('GET /users/:userId/calendar.ics', () => {
  const feed = async (url: string) => {
    const { pathname, search } = new URL(url);
    return server.call<string>('GET', pathname + search, undefined, { 'X-Internal-Secret': '' });
  };

  it('the signed feed shows only the visits of its user', async () => {
    const { sessionId, userId } = await visit();
    const other = await visit();
    const { url } = await server.api.getCalendarLink(userId);
    expect(url).toMatch(/^https:\/\/visits\.test\/api\/v1\/users\/patient-\d+\/calendar\.ics\?/);
    const answer = await feed(url);
    expect(answer.status).toBe(200);
    expect(answer.body).toContain(sessionId);
    expect(answer.body).not.toContain(other.sessionId);
    expect(answer.body).not.toContain('https://visits.test/join');
    expect(
      (await feed((await server.api.getCalendarLink(userId, { link: true })).url)).body.replaceAll(
        '\r\n ',
        '',
      ),
    ).toContain(`https://visits.test/join/${sessionId}`);
  });

  it('the feed shows cancelled visits as cancelled, and no visit that the user was removed from', async () => {
    const { sessionId, userId } = await visit();
    await server.api.cancelSession(sessionId);
    const { url } = await server.api.getCalendarLink(userId);
    expect((await feed(url)).body).toContain('STATUS:CANCELLED');
    const second = await visit({ appointmentId: 'removed-from', patientId: userId, seats: [] });
    await server.api.removeParticipant(second.sessionId, userId);
    expect((await feed(url)).body).not.toContain(second.sessionId);
  });

  it('the feed has no personal links, unless its address was created with them', async () => {
    const { sessionId, userId } = await visit({ seats: [] });
    for (const options of [{}, { link: true }]) {
      const { body } = await feed((await server.api.getCalendarLink(userId, options)).url);
      expect(body).not.toMatch(/LOCATION|DESCRIPTION:http|CONFERENCE/);
    }
    const { url } = await server.api.getCalendarLink(userId, { personal: true });
    const event = lines((await feed(url)).body);
    const links = [
      'URL;VALUE=URI:',
      'LOCATION:',
      'DESCRIPTION:',
      'CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO:',
    ].map((name) => event.find((line) => line.startsWith(name))?.slice(name.length));
    expect(links[0]).toMatch(new RegExp(`^https://visits\\.test/join/${sessionId}/1\\.[\\w-]+\\.[\\w-]+$`));
    expect(new Set(links).size).toBe(1);
    await server.api.cancelSession(sessionId);
    expect((await feed(url)).body).not.toContain('/join/');
  });

  it('a personal link in a feed admits the person without an e-mail address, until the feed is revoked', async () => {
    const { sessionId, userId } = await visit({
      seats: [],
      scheduledAt: new Date(clock.now()).toISOString(),
    });
    const opened = async (link: string) => {
      const { headers } = await fetch(server.url + new URL(link).pathname, { redirect: 'manual' });
      return new URL(headers.get('location') ?? '').searchParams.get('token');
    };
    const linkIn = async () => {
      const { body } = await feed((await server.api.getCalendarLink(userId, { personal: true })).url);
      return /^LOCATION:(.+)$/m.exec(lines(body).join('\n'))?.[1] ?? '';
    };
    const former = await linkIn();
    expect(server.tokens.verify((await opened(former)) ?? '', sessionId)).toMatchObject({ sub: userId });
    await server.api.revokeCalendarLink(userId);
    expect(await opened(former)).toBeNull();
    const next = await linkIn();
    expect(server.tokens.verify((await opened(next)) ?? '', sessionId)).toMatchObject({ sub: userId });
    await server.api.eraseUser(userId);
    expect(await opened(next)).toBeNull();
  });

  it('a revoked address is gone at once, a new one works, and the visits’ audit logs say so', async () => {
    const { sessionId, userId } = await visit();
    const other = await visit();
    const former = (await server.api.getCalendarLink(userId)).url;
    const spare = (await server.api.getCalendarLink(userId, { link: true })).url;
    const ofOther = (await server.api.getCalendarLink(other.userId)).url;
    expect((await server.api.getCalendarLink(userId)).url).toBe(former);
    expect(await server.api.revokeCalendarLink(userId)).toEqual({ visits: 1 });
    for (const url of [former, spare]) {
      const answer = await feed(url);
      expect(answer.status).toBe(410);
      expect(answer.body).toMatchObject({ code: 'calendar_revoked' });
    }
    expect((await feed((await server.api.getCalendarLink(userId)).url)).status).toBe(200);
    expect((await feed(ofOther)).status).toBe(200);
    const { entries } = await server.api.getAudit(sessionId);
    expect(entries.at(-1)).toMatchObject({ action: 'calendar.revoked', userId, actor: { type: 'backend' } });
    expect((await server.api.exportUser(userId)).calendarFeed).toBe(true);
  });

  it('an address of an earlier release works until it is revoked', async () => {
    const { userId } = await visit();
    const signature = new LinkSignatures([TOKEN_SECRET]).sign('calendar', userId, '1');
    const url = `https://visits.test/api/v1/users/${userId}/calendar.ics?link=1&signature=${signature}`;
    expect((await feed(url)).status).toBe(200);
    await server.api.getCalendarLink(userId);
    expect((await feed(url)).status).toBe(200);
    // The earlier signature does not cover this flag.
    expect((await feed(`${url}&personal=1`)).body).not.toContain('LOCATION');
    await server.api.revokeCalendarLink(userId);
    expect((await feed(url)).status).toBe(410);
  });

  it('an erasure leaves nothing of the feed', async () => {
    const { userId } = await visit();
    const { url } = await server.api.getCalendarLink(userId);
    await server.api.eraseUser(userId);
    expect((await feed(url)).status).toBe(410);
    expect(await server.televisit.store.calendarFeeds.find(userId)).toBeUndefined();
    expect(await server.api.exportUser(userId)).toMatchObject({ calendarFeed: false, sessions: [] });
  });

  it.each([
    ['no signature', (url: string) => url.replace(/&signature=.*/, '')],
    ['another signature', (url: string) => url.replace(/signature=./, 'signature=_')],
    ['another person', (url: string) => url.replace('/users/', '/users/x')],
    ['the link switched on', (url: string) => url.replace('link=0', 'link=1')],
    ['personal links switched on', (url: string) => `${url}&personal=1`],
    ['another feed', (url: string) => url.replace(/feed=./, 'feed=_')],
    ['no feed', (url: string) => url.replace(/&feed=[^&]+/, '')],
  ])('the feed with %s is refused with 403', async (_, change) => {
    const { userId } = await visit();
    const answer = await feed(change((await server.api.getCalendarLink(userId)).url));
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ code: 'link_signature' });
  });
});
