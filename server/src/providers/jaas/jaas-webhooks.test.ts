import { createHmac } from 'node:crypto';
import type { TelevisitError } from '@televisit/shared/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WebhookRequest } from '../meeting-provider.ts';
import type { JaasSettings } from './jaas-settings.ts';
import { jaasReceipt, type WaitingRoomOf } from './jaas-webhooks.ts';

/** The worked example of developer.8x8.com/jaas, "Check the webhook signatures". */
const EXAMPLE = {
  secret: 'whsec_9635df66714a4cf088ee9d0979dd3bf6',
  header: 't=1632490060,v1=xlzqEojlh4qb21sQpXYsWgyK8x9HVpz+RQldsv18rV0=',
  body:
    '{"eventType":"PARTICIPANT_JOINED","sessionId":"9a441d60-ceaf-4eba-b0a8-a7d940a76e1b","timestamp":1632490058278,' +
    '"fqn":"vpaas-magic-cookie-96f0941768964ab380ed0fbada7a502f/sampleappromanticshiftsstripas",' +
    '"idempotencyKey":"9e9e7420-562d-4659-8e22-44b9b22aaa49","customerId":"96f0941768964ab380ed0fbada7a502f",' +
    '"appId":"vpaas-magic-cookie-96f0941768964ab380ed0fbada7a502f","data":{"avatar":"","name":"Test User",' +
    '"id":"auth0|5f903d7a77f3b4006eb8e67d","participantJid":"fc1ea14a-9bca-4218-a563-8c627e803d56@8x8.vc",' +
    '"moderator":true,"email":"test.user@company.com"}}',
};
const APP_ID = 'vpaas-magic-cookie-96f0941768964ab380ed0fbada7a502f';
const NOW = 1_632_490_061_000;

const settings = (changes: Partial<JaasSettings> = {}) =>
  ({ appId: APP_ID, webhookSecrets: [EXAMPLE.secret], ...changes }) as JaasSettings;
const request = (
  header: string | undefined = EXAMPLE.header,
  body = EXAMPLE.body,
  now = NOW,
): WebhookRequest => ({
  path: '',
  headers: { 'x-jaas-signature': header },
  rawBody: Buffer.from(body),
  now,
});
const read = (
  one: WebhookRequest,
  changes: Partial<JaasSettings> = {},
  waitingRoomOf: WaitingRoomOf = unasked,
) => jaasReceipt(settings(changes), one, waitingRoomOf);
const unasked: WaitingRoomOf = () => Promise.reject(new Error('asked for a waiting room'));
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => null,
    (error: unknown) => (error as TelevisitError).code,
  );
const sign = (body: string, secret = EXAMPLE.secret, seconds = NOW / 1000) =>
  `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('base64')}`;
const event = (changes: object) => JSON.stringify({ ...(JSON.parse(EXAMPLE.body) as object), ...changes });
const signed = (changes: object) => {
  const body = event(changes);
  return request(sign(body), body);
};

describe('jaasReceipt', () => {
  it('accepts the example of the documentation', async () => {
    expect(await read(request())).toEqual({
      events: [
        {
          key: '9e9e7420-562d-4659-8e22-44b9b22aaa49',
          meetingId: 'sampleappromanticshiftsstripas',
          at: 1_632_490_058_278,
          type: 'joined',
          stay: {
            id: '9a441d60-ceaf-4eba-b0a8-a7d940a76e1b:fc1ea14a-9bca-4218-a563-8c627e803d56@8x8.vc',
            person: {
              userId: 'auth0|5f903d7a77f3b4006eb8e67d',
              email: 'test.user@company.com',
              name: 'Test User',
            },
          },
        },
      ],
    });
  });

  it('accepts several signatures of which one is right, and the previous secret', async () => {
    const [time = '', right = ''] = EXAMPLE.header.split(',');
    expect((await read(request(`${time},v1=AAAA,${right}`))).events).toHaveLength(1);
    const rotated = { webhookSecrets: ['whsec_new', EXAMPLE.secret] };
    expect((await read(request(), rotated)).events).toHaveLength(1);
  });

  it.each([
    ['no signature', undefined],
    ['an empty signature', ''],
    ['another scheme', EXAMPLE.header.replace('v1=', 'v0=')],
    ['another time', EXAMPLE.header.replace('1632490060', '1632490059')],
    ['no time', EXAMPLE.header.replace('t=1632490060,', '')],
    ['a time in other digits', EXAMPLE.header.replace('1632490060', '01632490060')],
    ['a signature without its padding cut at each =', 't=1632490060,v1'],
    ['a shorter signature', EXAMPLE.header.slice(0, -4)],
  ])('refuses %s', async (_title, header) => {
    const one = header === undefined ? { ...request(), headers: {} } : request(header);
    expect(await codeOf(read(one))).toBe('webhook_signature');
  });

  it('refuses every changed body', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: EXAMPLE.body.length - 1 }), async (at) => {
        const body = `${EXAMPLE.body.slice(0, at)}${EXAMPLE.body[at] === 'x' ? 'y' : 'x'}${EXAMPLE.body.slice(at + 1)}`;
        expect(await codeOf(read(request(EXAMPLE.header, body)))).toBe('webhook_signature');
      }),
    );
  });

  it('refuses a signature of more than two hours ago or ahead', async () => {
    const at = (now: number) => codeOf(read(request(EXAMPLE.header, EXAMPLE.body, now)));
    const signedAt = 1_632_490_060_000;
    expect(await at(signedAt + 7_200_000)).toBeNull();
    expect(await at(signedAt + 7_201_000)).toBe('webhook_expired');
    const late = read(request(EXAMPLE.header, EXAMPLE.body, signedAt + 7_201_000));
    await expect(late).rejects.toThrow('JaaS signed the event more than 120 minutes ago');
    expect(await at(signedAt - 7_201_000)).toBe('webhook_expired');
  });

  it('refuses events of another app, and all events without a secret', async () => {
    expect(await codeOf(read(signed({ fqn: 'vpaas-magic-cookie-other/room' })))).toBe('webhook_signature');
    expect(await codeOf(read(signed({ fqn: `${APP_ID}x/room` })))).toBe('webhook_signature');
    expect(await codeOf(read(request(), { webhookSecrets: [] }))).toBe('meeting_events_off');
  });

  it('reads the beginning and the end of a room', async () => {
    const type = async (eventType: string, data: object = {}) =>
      (await read(signed({ eventType, data }))).events.map((one) => one.type);
    expect(await type('ROOM_CREATED')).toEqual(['started']);
    expect(await type('ROOM_DESTROYED')).toEqual(['emptied']);
    expect(await type('ROOM_CREATED', { isBreakout: true })).toEqual([]);
    expect(await type('ROOM_DESTROYED', { isBreakout: 'true' })).toEqual([]);
  });

  it('ignores events that say nothing about who is in', async () => {
    for (const eventType of [
      'PARTICIPANT_JOINED_LOBBY',
      'RECORDING_STARTED',
      'POLL_CREATED',
      'SOMETHING_NEW',
    ]) {
      expect((await read(signed({ eventType }))).events).toEqual([]);
    }
  });

  it('reads people without an id, such as callers by phone', async () => {
    const data = { name: 'Caller', participantJid: 'x@8x8.vc', moderator: 'false' };
    expect((await read(signed({ data }))).events).toMatchObject([{ stay: { person: { name: 'Caller' } } }]);
  });

  it('counts leaving from a breakout room, but not moving there', async () => {
    const left = async (data: object) =>
      (await read(signed({ eventType: 'PARTICIPANT_LEFT', data: { id: 'p', ...data } }))).events.length;
    expect(await left({ disconnectReason: 'left', isBreakout: true })).toBe(1);
    expect(await left({ disconnectReason: 'switch_room' })).toBe(0);
  });

  it('refuses signed bodies that are no events', async () => {
    expect(await codeOf(read(request(sign('{'), '{')))).toBe('bad_json');
    expect(await codeOf(read(signed({ timestamp: 'now' })))).toBe('validation_failed');
    expect(await codeOf(read(signed({ idempotencyKey: undefined })))).toBe('validation_failed');
  });
});

describe('SETTINGS_PROVISIONING', () => {
  const ask = (waitingRoom: boolean | null, header?: string) => {
    const body = JSON.stringify({ fqn: `${APP_ID}/Visit_7Kq` });
    const asked: string[] = [];
    const headers =
      header === undefined ? {} : { 'x-jaas-signature': header === 'right' ? sign(body) : header };
    const answer = read({ path: '', headers, rawBody: Buffer.from(body), now: NOW }, {}, (meetingId) => {
      asked.push(meetingId);
      return Promise.resolve(waitingRoom);
    });
    return { answer, asked };
  };

  it('is answered by the plan of the visit, signed or not', async () => {
    const { answer, asked } = ask(true);
    expect((await answer).reply).toEqual({ lobbyEnabled: true, lobbyType: 'WAIT_FOR_APPROVAL' });
    expect(asked).toEqual(['visit_7kq']);
    expect((await ask(false, 'right').answer).reply).toEqual({ lobbyEnabled: false });
  });

  it('closes a room that does not take place, with a code that changes', async () => {
    const codes = await Promise.all([0, 1].map(async () => (await ask(null).answer).reply?.passcode));
    expect(codes[0]).toMatch(/^\d{12}$/);
    expect(codes[0]).not.toBe(codes[1]);
  });

  it('is refused with a wrong signature', async () => {
    expect(await codeOf(ask(true, 't=1,v1=AAAA').answer)).toBe('webhook_signature');
  });
});
