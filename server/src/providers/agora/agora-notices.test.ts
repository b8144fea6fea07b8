import { createHmac } from 'node:crypto';
import type { TelevisitError } from '@televisit/shared/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WebhookRequest } from '../meeting-provider.ts';
import { agoraReceipt } from './agora-notices.ts';
import type { AgoraSettings } from './agora-settings.ts';

const SECRET = 'console-secret';
const NOW = 1_770_000_000_000;
const settings = (webhookSecrets = [SECRET]) => ({ webhookSecrets }) as unknown as AgoraSettings;

function notice(eventType: number, payload: object, changes: object = {}): WebhookRequest {
  const body = {
    noticeId: `n:${eventType}`,
    productId: 1,
    eventType,
    notifyMs: NOW,
    sid: 's1',
    payload,
    ...changes,
  };
  return signed(JSON.stringify(body));
}

function signed(body: string, secret = SECRET): WebhookRequest {
  const rawBody = Buffer.from(body);
  const signature = createHmac('sha256', secret).update(rawBody).digest('hex');
  return { path: '', headers: { 'agora-signature-v2': signature }, rawBody, now: NOW };
}

const read = (request: WebhookRequest, secrets = [SECRET]) => agoraReceipt(settings(secrets), request);
const codeOf = (request: WebhookRequest, secrets = [SECRET]) => {
  try {
    read(request, secrets);
    return null;
  } catch (error) {
    return (error as TelevisitError).code;
  }
};
const PAT = {
  channelName: 'visit_7Kq',
  ts: 1_769_999_990,
  uid: 7,
  account: 'p-1',
  clientSeq: 3,
  platform: 7,
};

describe('agoraReceipt', () => {
  it.each([
    [101, 'started'],
    [102, 'emptied'],
    [103, 'joined'],
    [104, 'left'],
    [105, 'joined'],
    [106, 'left'],
    [107, 'joined'],
    [108, 'left'],
  ])('reads event %i as %s, and answers with JSON', (eventType, type) => {
    const { events, reply } = read(notice(eventType, PAT));
    expect(reply).toEqual({});
    expect(events).toMatchObject([{ type, key: `n:${eventType}`, meetingId: 'visit_7Kq' }]);
  });

  it('knows a person by the account', () => {
    expect(read(notice(107, PAT)).events).toEqual([
      {
        key: 'n:107',
        meetingId: 'visit_7Kq',
        at: 1_769_999_990_003,
        type: 'joined',
        stay: { id: 'visit_7Kq:p-1:s1', person: { userId: 'p-1' } },
      },
    ]);
    const alias = read(notice(107, { ...PAT, account: '~seat-41aa' })).events;
    expect(alias).toMatchObject([{ stay: { person: { reference: '~seat-41aa' } } }]);
  });

  it('does not know a person without an account', () => {
    const { events } = read(notice(107, { channelName: 'c', ts: 1, uid: 7 }));
    expect(events).toMatchObject([{ stay: { id: 'c:7:s1', person: {} } }]);
  });

  it('orders the events of a person within a second by their sequence number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 998 }), fc.nat(1_000_000), (count, thousands) => {
        const at = (clientSeq: number) => read(notice(107, { ...PAT, clientSeq })).events[0]?.at ?? 0;
        const clientSeq = thousands * 1000 + count;
        expect(at(clientSeq)).toBeLessThan(at(clientSeq + 1));
        expect(Math.floor(at(clientSeq) / 1000)).toBe(PAT.ts);
      }),
    );
  });

  it('has the same key for a resent notice, whose time is new', () => {
    const keys = [0, 60_000].map((later) => read(notice(107, PAT, { notifyMs: NOW + later })).events[0]?.key);
    expect(keys[0]).toBe(keys[1]);
  });

  it('ignores changes of roles, other products and unknown events', () => {
    expect(read(notice(111, PAT)).events).toEqual([]);
    expect(read(notice(112, PAT)).events).toEqual([]);
    expect(read(notice(999, {})).events).toEqual([]);
    expect(read(notice(103, { text: 'recording' }, { productId: 3 })).events).toEqual([]);
  });

  it('accepts the previous secret', () => {
    expect(read(notice(107, PAT), ['new', SECRET]).events).toHaveLength(1);
  });

  it('refuses notices that are not signed with SHA-256 and one of the secrets', () => {
    const request = notice(107, PAT);
    const sha1 = createHmac('sha1', SECRET).update(request.rawBody).digest('hex');
    expect(codeOf({ ...request, headers: {} })).toBe('webhook_signature');
    expect(codeOf({ ...request, headers: { 'agora-signature': sha1 } })).toBe('webhook_signature');
    expect(codeOf({ ...request, headers: { 'agora-signature-v2': sha1 } })).toBe('webhook_signature');
    expect(codeOf(request, ['other'])).toBe('webhook_signature');
    expect(() => read(request, ['other'])).toThrow('compare AGORA_WEBHOOK_SECRET with');
    expect(codeOf({ ...request, rawBody: Buffer.from(`${Buffer.from(request.rawBody).toString()} `) })).toBe(
      'webhook_signature',
    );
    expect(codeOf(request, [])).toBe('meeting_events_off');
  });

  it('refuses a notice that was sent more than an hour ago', () => {
    const at = (now: number) => codeOf({ ...notice(107, PAT), now });
    expect(at(NOW + 3_600_000)).toBeNull();
    expect(at(NOW + 3_600_001)).toBe('webhook_expired');
    expect(() => read({ ...notice(107, PAT), now: NOW + 3_600_001 })).toThrow('more than 60 minutes ago');
  });

  it('refuses signed bodies that are no notices', () => {
    expect(codeOf(signed('{'))).toBe('bad_json');
    expect(codeOf(signed('{}'))).toBe('validation_failed');
    expect(codeOf(notice(107, { ts: 1 }))).toBe('validation_failed');
    expect(codeOf(notice(101, { channelName: 'c', ts: 'now' }))).toBe('validation_failed');
  });
});
