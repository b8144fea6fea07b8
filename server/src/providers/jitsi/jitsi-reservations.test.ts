import { describe, expect, it } from 'vitest';
import { answerReservation, type ReservedMeeting } from './jitsi-reservations.ts';
import type { JitsiSettings } from './jitsi-settings.ts';

const TOKEN = 't'.repeat(32);
const settings = { reservations: true, eventsTokens: [TOKEN] } as unknown as JitsiSettings;
const MEETING: ReservedMeeting = { opensAt: 1_000_000, closesAt: 4_600_500, waitingRoom: true };
const find = (id: string) => Promise.resolve(id === 'visit_7kq' ? MEETING : null);

const ask = (
  changes: { method?: string; path?: string; form?: string; authorization?: string; now?: number } = {},
) =>
  answerReservation(
    settings,
    {
      method: changes.method ?? 'POST',
      path: changes.path ?? '/conference',
      headers: { authorization: changes.authorization ?? TOKEN },
      rawBody: Buffer.from(
        changes.form ?? 'name=visit_7kq&start_time=1970-01-01T00%3A16%3A40.000Z&mail_owner=c%40x.test',
      ),
      now: changes.now ?? MEETING.opensAt,
    },
    find,
  );

describe('answerReservation', () => {
  it('allows a room for the rest of its window, with what Prosody requires', async () => {
    expect(await ask()).toEqual({
      status: 200,
      body: {
        id: 'visit_7kq',
        name: 'visit_7kq',
        mail_owner: 'c@x.test',
        start_time: '1970-01-01T00:16:40.000Z',
        duration: 3601,
        lobby: true,
      },
    });
  });

  it('takes a name in other case and a bearer token', async () => {
    expect(await ask({ form: 'name=Visit_7Kq', authorization: `Bearer ${TOKEN}` })).toMatchObject({
      status: 200,
    });
  });

  it.each([
    ['before the window', { now: MEETING.opensAt - 60_001 }, 'This visit is not open yet.'],
    ['at the end of the window', { now: MEETING.closesAt }, 'This visit is over.'],
    ['that does not exist', { form: 'name=other' }, 'This visit does not take place.'],
    ['without a name', { form: '' }, 'This visit does not take place.'],
  ])('refuses a room %s', async (_title, changes, message) => {
    expect(await ask(changes)).toEqual({ status: 403, body: { message } });
  });

  it('describes a room, and takes note of its end', async () => {
    expect(await ask({ method: 'GET', path: '/conference/visit_7kq' })).toMatchObject({ status: 200 });
    expect(await ask({ method: 'GET', path: '/conference/%' })).toMatchObject({ status: 403 });
    expect(await ask({ method: 'DELETE', path: '/conference/visit_7kq' })).toEqual({ status: 200, body: {} });
  });

  it('refuses other methods and paths', async () => {
    expect((await ask({ method: 'GET' })).status).toBe(405);
    expect((await ask({ method: 'POST', path: '/conference/visit_7kq' })).status).toBe(405);
    expect((await ask({ path: '/elsewhere' })).status).toBe(404);
  });

  it('refuses requests without the token, and all if reservations are off', async () => {
    await expect(ask({ authorization: 'Bearer wrong' })).rejects.toMatchObject({ code: 'webhook_signature' });
    const off = { ...settings, reservations: false };
    const request = { method: 'POST', path: '/conference', headers: {}, rawBody: Buffer.alloc(0), now: 0 };
    await expect(answerReservation(off, request, find)).rejects.toMatchObject({ code: 'not_found' });
  });
});
