import { permissionsOf } from '@televisit/shared/vocabulary';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { Mailbox } from '../support/infra/mailbox.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NINE = Date.UTC(2026, 0, 5, 9);
const PATIENT = { userId: 'patient', role: 'patient', email: 'ada@home.test', language: 'de' } as const;

let server: TestServer;
let clock: ManualClock;
let sessionId: string;
let link: string;

/** Creates a visit in 24 hours whose patient has received a link by e-mail. */
beforeEach(async () => {
  clock = new ManualClock(NINE);
  const box = await Mailbox.start();
  server = await startServer({ clock, env: { ...box.env } });
  const scheduledAt = new Date(NINE + DAY + MINUTE).toISOString();
  ({ sessionId } = await server.createVisit('a', { scheduledAt, seats: [PATIENT] }));
  clock.advance(MINUTE);
  await expect
    .poll(() => {
      clock.advance(2000);
      return box.received.length;
    })
    .toBe(1);
  link = /http:\/\/localhost:\d+\/join\/\S+/.exec(box.received[0]?.mail.text ?? '')?.[0] ?? '';
});

const open = (address: string) => fetch(address, { redirect: 'manual' });
/** Advances the clock to the time of the visit, less some milliseconds. */
const before = (ms: number) => clock.advance(NINE + DAY + MINUTE - ms - clock.now());
const visitWith = async (token = '') =>
  (
    await server.call('GET', `/api/v1/visits/${sessionId}`, undefined, {
      Authorization: `Bearer ${token}`,
      'X-Internal-Secret': '',
    })
  ).body;
const tokenIn = (location: string | null) => new URL(location ?? '').searchParams.get('token') ?? undefined;

describe('the link in a mail', () => {
  it('the link shows in the participant’s language when the visit opens, long before that, and then continues by itself', async () => {
    const answer = await open(link);
    const page = await answer.text();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(page).toContain('<html lang="de" dir="ltr">');
    expect(page).toContain('Ihr Termin ist noch nicht geöffnet');
    expect(page).toContain('08:46');
    expect(answer.headers.get('refresh')).toBe('3600');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    before(60 * MINUTE);
    expect((await open(link)).headers.get('refresh')).toBe(String(15 * 60));
  });

  it('shortly before the visit the link leads to the join page, which counts down, with a fresh token', async () => {
    before(45 * MINUTE);
    const answer = await open(link);
    expect(answer.status).toBe(303);
    const location = answer.headers.get('location');
    expect(location).toMatch(new RegExp(`^http://localhost:\\d+/join/${sessionId}\\?token=`));
    const claims = server.tokens.verify(tokenIn(location), sessionId);
    expect(claims).toMatchObject({ sub: 'patient', role: 'patient', permissions: permissionsOf('patient') });
    expect(await visitWith(tokenIn(location))).toMatchObject({ code: 'not_open_yet' });
  });

  it('the link works repeatedly while the visit is open, and each token admits its participant', async () => {
    before(0);
    for (let times = 0; times < 2; times++) {
      const location = (await open(link)).headers.get('location');
      expect(server.tokens.verify(tokenIn(location), sessionId).sub).toBe('patient');
    }
    const token = tokenIn((await open(link)).headers.get('location'));
    const person = await ProtocolClient.connectWith(server, token ?? '', sessionId);
    onTestFinished(() => void person.socket.disconnect());
    expect(person.socket.connected).toBe(true);
    const { entries } = await server.api.getAudit(sessionId);
    expect(entries).toContainEqual(
      expect.objectContaining({
        action: 'link.issued',
        userId: 'patient',
        actor: { type: 'participant', userId: 'patient' },
      }),
    );
  });

  it('the audit log records the link at most once an hour, however often it is opened', async () => {
    const notes = async () =>
      (await server.api.getAudit(sessionId)).entries.filter(({ action }) => action === 'link.issued').length;
    before(15 * MINUTE);
    for (let times = 0; times < 3; times++) await open(link);
    expect(await notes()).toBe(1);
    clock.advance(60 * MINUTE + 1);
    await open(link);
    expect(await notes()).toBe(2);
  });

  it('a HEAD request for the link issues no token and leaves no trace', async () => {
    before(0);
    const answer = await fetch(link, { method: 'HEAD', redirect: 'manual' });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toMatch(/\/join\/sess_[0-9a-f]+$/);
    const { entries } = await server.api.getAudit(sessionId);
    expect(entries.map(({ action }) => action)).not.toContain('link.issued');
  });

  it('the audit log does not record the link of a participant who may no longer come', async () => {
    await server.api.removeParticipant(sessionId, 'patient');
    before(0);
    await open(link);
    await server.api.endSession(sessionId);
    await open(link);
    const { entries } = await server.api.getAudit(sessionId);
    expect(entries.map(({ action }) => action)).not.toContain('link.issued');
  });

  it('after the visit the link leads to the page that says so', async () => {
    await server.api.endSession(sessionId);
    const token = tokenIn((await open(link)).headers.get('location'));
    expect(await visitWith(token)).toMatchObject({ code: 'session_over' });
  });

  it('the link of a removed participant leads to the page that says so', async () => {
    await server.api.removeParticipant(sessionId, 'patient');
    before(0);
    expect(await visitWith(tokenIn((await open(link)).headers.get('location')))).toMatchObject({
      code: 'removed',
    });
  });

  it.each([
    ['another signature', () => link.replace(/\/1\.(.)/, (_, first) => `/1.${first === 'A' ? 'B' : 'A'}`)],
    ['another seat', () => link.replace(/\/1\./, '/0.')],
    [
      'another visit',
      async () => link.replace(sessionId, (await server.createVisit('b', { seats: [PATIENT] })).sessionId),
    ],
    ['no seat', () => link.replace(/\/1\..*/, '/x')],
  ])('a link with %s leads to the page without a token', async (_, change) => {
    before(0);
    const answer = await open(await change());
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toMatch(/\/join\/sess_[0-9a-f]+$/);
  });

  it('the link of an erased user issues no token', async () => {
    await server.api.eraseUser('patient');
    before(0);
    expect((await open(link)).headers.get('location')).toMatch(/\/join\/sess_[0-9a-f]+$/);
  });

  it('the link of a deleted visit issues no token', async () => {
    await server.api.endSession(sessionId);
    await server.televisit.store.purge(clock.now() + 1, 10);
    expect((await open(link)).headers.get('location')).toMatch(/\/join\/sess_[0-9a-f]+$/);
  });
});
