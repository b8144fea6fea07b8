import { createHmac } from 'node:crypto';
import type { TelevisitError } from '@televisit/shared/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MeetingEvent, WebhookRequest } from '../meeting-provider.ts';
import { receiveZoom } from './zoom-webhook.ts';

const NOW = Date.UTC(2026, 0, 5, 9, 0, 0);
const MINUTE = 60_000;
const CURRENT = 'current-secret';
const PREVIOUS = 'previous-secret';
const SECRETS = [CURRENT, PREVIOUS] as const;

/** Returns a webhook as Zoom signs it. */
function signed(body: unknown, { secret = CURRENT, at = NOW, now = NOW } = {}): WebhookRequest {
  const rawBody = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const timestamp = String(Math.floor(at / 1000));
  const hmac = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(rawBody).digest('hex');
  const headers = { 'x-zm-request-timestamp': timestamp, 'x-zm-signature': `v0=${hmac}` };
  return { path: '', headers, rawBody, now };
}

const iso = (at: number) => new Date(at).toISOString().replace('.000Z', 'Z');

/** One event of a participant who joins as many times as `stay` says. */
interface Step {
  readonly type: 'joined' | 'left';
  readonly person: number;
  readonly stay: number;
  readonly at: number;
}

function bodyOf({ type, person, stay, at }: Step, uuid = '/run//1==') {
  const participant = {
    user_id: String(person * 1000 + stay),
    participant_uuid: `P-${person}-${stay}`,
    id: '',
    registrant_id: `registrant-${person}`,
    email: '',
    user_name: 'Guest',
    [type === 'joined' ? 'join_time' : 'leave_time']: iso(at),
  };
  const object = { id: '85000007919', uuid, host_id: 'host-1', participant };
  return { event: `meeting.participant_${type}`, event_ts: at + 400, payload: { account_id: 'a', object } };
}

const JOINED = bodyOf({ type: 'joined', person: 1, stay: 1, at: NOW - MINUTE });
const received = (request: WebhookRequest) => receiveZoom(SECRETS, request);

function refusal(request: WebhookRequest): string | null {
  try {
    received(request);
    return null;
  } catch (error) {
    return (error as TelevisitError).code;
  }
}

describe('receiveZoom', () => {
  it('reads who joined, when, and in which stay', () => {
    const [event] = received(signed(JOINED)).events;
    expect(event).toMatchObject({
      type: 'joined',
      meetingId: '85000007919',
      at: NOW - MINUTE,
      stay: { id: '/run//1==/1001', person: { reference: 'registrant-1', name: 'Guest' } },
    });
  });

  it('names a host by the id of the Zoom user', () => {
    const body = structuredClone(JOINED);
    Object.assign(body.payload.object.participant, {
      id: 'host-1',
      registrant_id: undefined,
      email: 'd@c.example',
    });
    const [event] = received(signed(body)).events;
    expect(event).toMatchObject({ stay: { person: { reference: 'host-1', email: 'd@c.example' } } });
  });

  it('takes ids that are numbers, and the time of the event if the object has none', () => {
    const object = { id: 85_000_007_919, uuid: 'u' };
    const body = { event: 'meeting.ended', event_ts: NOW, payload: { account_id: 'a', object } };
    expect(received(signed(body)).events).toMatchObject([
      { type: 'emptied', meetingId: '85000007919', at: NOW },
    ]);
  });

  it.each([
    ['an event of another kind', { ...JOINED, event: 'meeting.participant_joined_waiting_room' }],
    ['an event without a meeting', { event: 'user.created', event_ts: NOW, payload: { object: {} } }],
    ['a body that is not JSON', 'Grüße'],
  ])('returns no events for %s', (_, body) => {
    expect(received(signed(body))).toEqual({ events: [] });
  });

  it('takes the previous secret', () => {
    expect(received(signed(JOINED, { secret: PREVIOUS })).events).toHaveLength(1);
  });

  it('takes a repeated delivery with the first signature for two hours', () => {
    const delivery = (age: number) => signed(JOINED, { at: NOW - age, now: NOW });
    expect(refusal(delivery(85 * MINUTE))).toBeNull();
    expect(refusal(delivery(120 * MINUTE))).toBeNull();
    expect(refusal(delivery(121 * MINUTE))).toBe('webhook_expired');
    expect(refusal(delivery(-6 * MINUTE))).toBe('webhook_expired');
    expect(() => receiveZoom(SECRETS, delivery(121 * MINUTE))).toThrow(
      'Zoom signed the event more than 120 minutes ago, or by a clock that is more than 5 minutes ahead.',
    );
  });

  it('refuses every other signature', () => {
    const request = signed(JOINED);
    const { 'x-zm-signature': signature, 'x-zm-request-timestamp': timestamp } = request.headers;
    for (const headers of [
      {},
      { 'x-zm-signature': signature },
      { 'x-zm-request-timestamp': timestamp },
      { 'x-zm-signature': signature?.slice(0, -1), 'x-zm-request-timestamp': timestamp },
      { 'x-zm-signature': `${signature}0`, 'x-zm-request-timestamp': timestamp },
      { 'x-zm-signature': signature, 'x-zm-request-timestamp': `0${timestamp}` },
      { 'x-zm-signature': signature, 'x-zm-request-timestamp': String(Number(timestamp) + 1) },
    ]) {
      expect(refusal({ ...request, headers })).toBe('webhook_signature');
    }
    expect(refusal(signed(JOINED, { secret: 'another' }))).toBe('webhook_signature');
  });
});

describe('receiveZoom at the validation of the address', () => {
  const validation = (plainToken: string) => ({
    event: 'endpoint.url_validation',
    event_ts: NOW,
    payload: { plainToken },
  });
  const proof = (secret: string, plainToken: string) =>
    createHmac('sha256', secret).update(plainToken).digest('hex');
  const plainToken = 'qgg8vlvZRS6UYooatFL8Aw';

  it.each(SECRETS)('proves that the server knows the secret that signed: %s', (secret) => {
    expect(received(signed(validation(plainToken), { secret }))).toEqual({
      events: [],
      reply: { plainToken, encryptedToken: proof(secret, plainToken) },
    });
  });

  it('answers a request without a signature with the current secret', () => {
    const { rawBody, now } = signed(validation(plainToken));
    expect(received({ path: '', headers: {}, rawBody, now }).reply).toEqual({
      plainToken,
      encryptedToken: proof(CURRENT, plainToken),
    });
  });

  it('signs nothing that would prove an event', () => {
    const { rawBody, now } = signed(validation(`v0:${NOW / 1000}:{}`));
    expect(refusal({ path: '', headers: {}, rawBody, now })).toBe('webhook_signature');
  });
});

/** Returns whether each stay is present, by the times within the events. */
function presence(events: readonly MeetingEvent[]): Record<string, boolean> {
  const stays: Record<string, { joined?: number; left?: number }> = {};
  for (const event of events) {
    if ('stay' in event) (stays[event.stay.id] ??= {})[event.type] = event.at;
  }
  return Object.fromEntries(
    Object.entries(stays)
      .map(([id, { joined, left }]) => [id, joined !== undefined && (left ?? -1) < joined] as const)
      .sort(),
  );
}

/** People who come and go, several at the same second; some are still there. */
const visits = fc
  .array(
    fc.record({
      person: fc.nat(3),
      slot: fc.nat(3),
      minutes: fc.integer({ min: 1, max: 9 }),
      leaves: fc.boolean(),
    }),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((list) =>
    list.flatMap(({ person, slot, minutes, leaves }, stay): Step[] => {
      const at = NOW - 90 * MINUTE + slot * 10 * MINUTE;
      const joined: Step = { type: 'joined', person, stay, at };
      return leaves ? [joined, { ...joined, type: 'left', at: at + minutes * MINUTE }] : [joined];
    }),
  );

describe('receiveZoom with webhooks in any order', () => {
  it('returns each event once by its key, however often and late Zoom delivers it', () => {
    const deliveries = visits.chain((steps) =>
      fc.tuple(
        fc.constant(steps),
        fc.array(fc.record({ step: fc.nat(steps.length - 1), delay: fc.constantFrom(0, 5, 20, 60, 85) }), {
          maxLength: 20,
        }),
        fc.integer(),
      ),
    );
    fc.assert(
      fc.property(deliveries, ([steps, repeated, seed]) => {
        const once = steps.map((step) => received(signed(bodyOf(step))).events[0]!);
        expect(new Set(once.map(({ key }) => key)).size).toBe(steps.length);
        const arrivals = [
          ...steps.map((step) => ({ step, delay: 0 })),
          ...repeated.map(({ step, delay }) => ({ step: steps[step]!, delay })),
        ].sort((a, b) => order(a.step.at, seed) - order(b.step.at, seed));
        const byKey = new Map<string, MeetingEvent>();
        for (const { step, delay } of arrivals) {
          for (const event of received(signed(bodyOf(step), { at: NOW - delay * MINUTE })).events) {
            byKey.set(event.key, event);
          }
        }
        expect([...byKey.values()].sort(byId)).toEqual([...once].sort(byId));
        expect(presence([...byKey.values()])).toEqual(presence(once));
      }),
    );
  });

  it('never fails with anything but a refusal, whatever a signed or unsigned body holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (body, isSigned) => {
        const request = signed(body);
        const code = refusal(isSigned ? request : { ...request, headers: {} });
        expect(code).toBe(isSigned ? null : 'webhook_signature');
      }),
    );
  });

  it('keeps stays of another run apart', () => {
    const step: Step = { type: 'joined', person: 1, stay: 1, at: NOW };
    const [one, other] = ['run-1', 'run-2'].map((uuid) => received(signed(bodyOf(step, uuid))).events[0]!);
    expect(one!.key).not.toBe(other!.key);
    expect('stay' in one! && 'stay' in other! && one.stay.id !== other.stay.id).toBe(true);
  });
});

const byId = (a: MeetingEvent, b: MeetingEvent) => (a.key < b.key ? -1 : 1);
/** A number for an order that depends on the seed. */
const order = (at: number, seed: number) => Math.imul(at ^ seed, 0x9e3779b1) >>> 0;
