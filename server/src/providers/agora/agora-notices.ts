import { TelevisitError } from '@televisit/shared/errors';
import { z } from 'zod';
import type { MeetingEvent, WebhookReceipt, WebhookRequest } from '../meeting-provider.ts';
import { expiredWebhook, forgedWebhook, isSigned, webhookBody } from '../webhook-proof.ts';
import { personOf } from './agora-account.ts';
import type { AgoraSettings } from './agora-settings.ts';

/** Real-time communication; other products of the project may report to the same address. */
const RTC = 1;
/** `notifyMs` is new at each attempt, so an older request is a repetition by another party; in milliseconds. */
const TOLERANCE_MS = 60 * 60_000;

const notice = z.object({
  noticeId: z.string().min(1),
  productId: z.number(),
  eventType: z.number(),
  notifyMs: z.number(),
});

const channelEvent = z.object({ payload: z.object({ channelName: z.string(), ts: z.number() }) });

const personEvent = z.object({
  /** The session of a person from joining to leaving. */
  sid: z.string().nullish(),
  payload: z.object({
    channelName: z.string(),
    /** When it happened, in seconds. */
    ts: z.number(),
    uid: z.union([z.number(), z.string()]).nullish(),
    account: z.string().nullish(),
    /** Increases with the events of a person. */
    clientSeq: z.number().nullish(),
  }),
});

const CREATED = 101;
const DESTROYED = 102;
/** As host, audience and in communication mode. */
const JOINED = [103, 105, 107];
const LEFT = [104, 106, 108];

/**
 * Reads a request of Agora Notifications ("Channel event types").
 * @throws {TelevisitError} `meeting_events_off`, `webhook_signature`, `webhook_expired`, and those of `webhookBody`
 */
export function agoraReceipt({ webhookSecrets }: AgoraSettings, request: WebhookRequest): WebhookReceipt {
  const { headers, rawBody, now } = request;
  if (webhookSecrets.length === 0) throw new TelevisitError('meeting_events_off');
  // The first version of the signature is SHA-1.
  const signature = Buffer.from(headers['agora-signature-v2'] ?? '', 'hex');
  if (!isSigned([signature], webhookSecrets, rawBody)) {
    throw forgedWebhook('Agora-Signature-V2', 'AGORA_WEBHOOK_SECRET');
  }
  const { productId, eventType, noticeId, notifyMs } = webhookBody(rawBody, notice);
  if (Math.abs(now - notifyMs) > TOLERANCE_MS) throw expiredWebhook('Agora', TOLERANCE_MS);
  // The answer must be JSON.
  return { reply: {}, events: productId === RTC ? eventsOf(noticeId, eventType, rawBody) : [] };
}

function eventsOf(key: string, eventType: number, rawBody: Uint8Array): readonly MeetingEvent[] {
  if (eventType === CREATED || eventType === DESTROYED) {
    const { payload } = webhookBody(rawBody, channelEvent);
    const { channelName: meetingId, ts } = payload;
    return [{ key, meetingId, at: ts * 1000, type: eventType === CREATED ? 'started' : 'emptied' }];
  }
  const isJoin = JOINED.includes(eventType);
  if (!isJoin && !LEFT.includes(eventType)) return [];
  const { sid, payload } = webhookBody(rawBody, personEvent);
  const { channelName: meetingId, uid } = payload;
  // Empty for people who joined by a number.
  const account = payload.account === '' ? null : payload.account;
  const stay = {
    id: [meetingId, account ?? uid ?? '', sid ?? ''].join(':'),
    person: typeof account === 'string' ? personOf(account) : {},
  };
  return [{ key, meetingId, at: timeOf(payload), type: isJoin ? 'joined' : 'left', stay }];
}

/** Returns the time of an event in milliseconds; within a second, the sequence number orders the events of a person. */
function timeOf({ ts, clientSeq }: z.output<typeof personEvent>['payload']): number {
  const order = typeof clientSeq === 'number' && Number.isSafeInteger(clientSeq) ? clientSeq % 1000 : 0;
  return ts * 1000 + order;
}
