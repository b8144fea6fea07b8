import { Invitations, LinkSignatures } from '@televisit/server/access/link-signature';
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
import { Mailbox } from '../support/infra/mailbox.ts';
import { SECRETS } from '../support/infra/settings.ts';

/** Signs as the servers of tests do. */
const invitations = new Invitations(new LinkSignatures(SECRETS.tokens));
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

/** Books a visit tomorrow, and finds the page on which the patient chooses messages, as they do: behind their link. */
async function started(seat: object = {}, env: Record<string, string> = {}) {
  const setting = await startMessaging({ REMINDER_MINUTES: '120,60', ...env });
  const { server, create, base } = setting;
  const seats = [{ ...PATIENT, displayName: 'Ada Lovelace', ...seat }];
  const sessionId = await create({ scheduledAt: at(NINE + 3 * HOUR), seats, title: 'Diabetes' });
  const session = await server.televisit.sessions.get(sessionId);
  const place = session.seats.findIndex(({ userId }) => userId === 'patient');
  const early = await (await fetch(`${base}/j/${invitations.issueCode(session, place)}`)).text();
  const link = new RegExp(`${base}/m/[\\w-]+`).exec(early)?.[0] ?? '';
  const choose = (channel: string, wanted: string, address = link) =>
    fetch(address, {
      method: 'POST',
      headers: FORM,
      body: new URLSearchParams({ channel, wanted }).toString(),
      redirect: 'manual',
    });
  const page = async (address = link) => {
    const response = await fetch(address, { redirect: 'manual' });
    return { response, text: await response.text() };
  };
  const seatOf = async () =>
    (await server.api.getSession(sessionId)).seats.find(({ userId }) => userId === 'patient');
  return { ...setting, sessionId, session, place, link, choose, page, seatOf };
}

describe('the page of messages', () => {
  it('stops and restarts text messages, which the backend sees', async () => {
    const { server, sessionId, link, choose, page, seatOf, passUntil, twilio, clock, list } = await started();
    const first = await page();
    expect(first.response.headers.get('content-security-policy')).toContain("form-action 'self'");
    expect(first.response.headers.get('cache-control')).toBe('no-store');
    expect(first.text).toContain('Stop text messages');
    expect(first.text).toContain(`ends in ${NUMBER.slice(-2)}`);
    const stopped = await choose('sms', 'false');
    expect([stopped.status, stopped.headers.get('location')]).toEqual([303, link]);
    expect((await page()).text).toContain('Get text messages again');
    expect(await seatOf()).toMatchObject({ smsOptOut: true, pushOptOut: false });
    const { entries } = await server.api.getAudit(sessionId);
    expect(entries.at(-1)).toMatchObject({
      action: 'participant.updated',
      userId: 'patient',
      details: { fields: ['smsOptOut'] },
    });
    await choose('sms', 'false');
    const reminded = async () => {
      clock.advance(MINUTE);
      return (await server.televisit.sessions.get(sessionId)).reminded;
    };
    await expect.poll(reminded, { timeout: 15_000, interval: 20 }).toBe(120);
    expect(await list(sessionId)).toEqual([]);
    await choose('sms', 'true');
    expect(await seatOf()).toMatchObject({ smsOptOut: false });
    await passUntil(sessionId, [{ minutesBefore: 60, channel: 'sms', state: 'sent' }], MINUTE);
    expect(twilio.messages).toHaveLength(1);
  });

  it('stops push messages to all browsers, and a new subscription starts them', async () => {
    const { server, sessionId, choose, page, seatOf, push, visits, bearer, clock } = await started();
    expect((await page()).text).not.toContain('Stop notifications');
    clock.advance(2 * HOUR + 50 * MINUTE);
    const headers = await bearer(sessionId);
    const browser = push.subscribe();
    await server.call('PUT', `${visits(sessionId)}/push`, browser, headers);
    expect((await page()).text).toContain('Stop notifications');
    expect((await choose('push', 'false')).status).toBe(303);
    expect(await seatOf()).toMatchObject({ pushOptOut: true });
    await server.televisit.sessions.enter(sessionId, 'doctor');
    await expect.poll(async () => (await server.televisit.sessions.get(sessionId)).hostEntered).toBeNull();
    expect(push.to(browser)).toEqual([]);
    await server.call('PUT', `${visits(sessionId)}/push`, browser, headers);
    expect(await seatOf()).toMatchObject({ pushOptOut: false });
  });

  it('a mail has a link to the page, without personal data in its address', async () => {
    const mailbox = await Mailbox.start();
    const { clock, link, sessionId } = await started(
      { email: 'ada@home.test', language: 'de' },
      { ...mailbox.env, REMINDER_MINUTES: '170' },
    );
    await expect
      .poll(
        () => {
          clock.advance(10 * SECOND);
          return mailbox.received.length;
        },
        { timeout: 15_000 },
      )
      .toBe(1);
    const { text = '', html = '' } = mailbox.received[0]!.mail;
    expect(text).toContain(`Nachrichten zu diesem Termin abbestellen oder ändern: ${link}`);
    expect(html).toContain(link);
    expect(link.replace(/^.*\/m\//, '')).toMatch(/^[\w-]{45}$/);
    expect(link).not.toMatch(new RegExp(`patient|${sessionId.slice(5)}`));
  });

  it.each(['en', 'es', 'de', 'fr', 'pt', 'ar'])('speaks %s', async (language) => {
    const { page } = await started({ language, email: 'ada@home.test' });
    const { text } = await page();
    expect(text).toContain(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`);
    expect(text).not.toMatch(/messages\.|\{\w+\}|Lovelace|Diabetes|ada@|patient/);
  });

  it('changes nothing when it is only opened, also by HEAD', async () => {
    const { link, seatOf, page } = await started();
    await fetch(link, { method: 'HEAD' });
    await page();
    expect(await seatOf()).toMatchObject({ smsOptOut: false });
  });

  it('the page refuses links for another purpose, revoked links, and forms with other fields', async () => {
    const { server, base, link, choose, page, seatOf, sessionId, session, place } = await started();
    const visitLink = `${base}/m/${invitations.issueCode(session, place)}`;
    const other = `${link.slice(0, -2)}${link.at(-2) === 'A' ? 'B' : 'A'}${link.at(-1)}`;
    const neighbour = `${link.slice(0, -1)}${place === 0 ? 1 : 0}`;
    for (const address of [visitLink, other, neighbour, `${base}/m/x`]) {
      expect((await page(address)).response.headers.get('location')).toContain('/join/');
      expect((await choose('sms', 'false', address)).headers.get('location')).toContain('/join/');
    }
    // A link to the page does not open the visit.
    const joined = await fetch(link.replace('/m/', '/j/'), { redirect: 'manual' });
    expect(joined.headers.get('location')).not.toContain('token');
    for (const [channel, wanted] of [
      ['mail', 'false'],
      ['sms', 'maybe'],
    ] as const) {
      expect((await choose(channel, wanted)).status).toBe(400);
    }
    const json = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' };
    expect((await fetch(link, json)).status).toBe(415);
    await server.api.revokeLinks(sessionId, 'patient');
    expect((await choose('sms', 'false')).headers.get('location')).toContain('/join/');
    expect(await seatOf()).toMatchObject({ smsOptOut: false });
  });

  it('says so when the visit is over or cancelled, and has nothing to choose', async () => {
    const { server, page, sessionId, choose } = await started();
    await server.api.cancelSession(sessionId);
    const { text } = await page();
    expect(text).toContain('You get no more messages about this visit.');
    expect(text).not.toContain('<button');
    expect((await choose('sms', 'false')).status).toBe(303);
  });
});
