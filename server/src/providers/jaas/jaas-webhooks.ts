import { randomInt } from 'node:crypto';
import { TelevisitError } from '@televisit/shared/errors';
import { z } from 'zod';
import type { MeetingEvent, WebhookReceipt, WebhookRequest } from '../meeting-provider.ts';
import { expiredWebhook, forgedWebhook, isSigned, webhookBody } from '../webhook-proof.ts';
import type { JaasSettings } from './jaas-settings.ts';

/** Returns whether a meeting has a waiting room; null if there is no such meeting, or it is cancelled or ended. */
export type WaitingRoomOf = (meetingId: string) => Promise<boolean | null>;

/** JaaS does not say whether a retry is signed anew, so the time may be that of the first attempt; in seconds. */
const TOLERANCE_SECONDS = 2 * 60 * 60;
/** A sender has only a few secrets at once. */
const MAX_SIGNATURES = 16;
const PASSCODE_DIGITS = 12;

/** `SETTINGS_PROVISIONING` has the name of the meeting only. */
const body = z.object({
  fqn: z.string(),
  eventType: z.string().optional(),
  idempotencyKey: z.string().min(1).optional(),
  sessionId: z.string().nullish(),
  timestamp: z.number().optional(),
  data: z.record(z.string(), z.unknown()).nullish(),
});

const event = body.required({ eventType: true, idempotencyKey: true, timestamp: true });
type JaasEvent = z.output<typeof event>;

/**
 * Reads a webhook (developer.8x8.com/jaas, "Payload structure").
 * @throws {TelevisitError} `meeting_events_off`, `webhook_signature`, `webhook_expired`, and those of `webhookBody`
 */
export async function jaasReceipt(
  { appId, webhookSecrets }: JaasSettings,
  request: WebhookRequest,
  waitingRoomOf: WaitingRoomOf,
): Promise<WebhookReceipt> {
  if (webhookSecrets.length === 0) throw new TelevisitError('meeting_events_off');
  const signature = request.headers['x-jaas-signature'];
  if (signature !== undefined) requireSignature(webhookSecrets, signature, request);
  const received = webhookBody(request.rawBody, body);
  const meetingId = meetingIdOf(appId, received.fqn);
  if (received.eventType === undefined || received.eventType === 'SETTINGS_PROVISIONING') {
    // Not documented as signed. The answer says only what a person who knows the room sees on entering.
    return { events: [], reply: roomSettings(await waitingRoomOf(meetingId)) };
  }
  if (signature === undefined) throw forged();
  return { events: eventsOf(meetingId, webhookBody(request.rawBody, event)) };
}

/** Checks `t=<seconds>,v1=<base64>,…`; schemes other than v1 do not count, against downgrades. */
function requireSignature(
  secrets: readonly string[],
  header: string,
  { rawBody, now }: WebhookRequest,
): void {
  // A value is what follows the first `=`, as base64 ends in some.
  const fields = header.split(',').map((field) => {
    const at = field.indexOf('=');
    return at === -1 ? ['', ''] : [field.slice(0, at).trim(), field.slice(at + 1).trim()];
  });
  const timestamp = fields.find(([name]) => name === 't')?.[1] ?? '';
  const signatures = fields
    .filter(([name]) => name === 'v1')
    .slice(0, MAX_SIGNATURES)
    .map(([, value = '']) => Buffer.from(value, 'base64'));
  const isValid = /^\d{1,12}$/.test(timestamp) && isSigned(signatures, secrets, `${timestamp}.`, rawBody);
  if (!isValid) throw forged();
  if (Math.abs(now / 1000 - Number(timestamp)) > TOLERANCE_SECONDS)
    throw expiredWebhook('JaaS', TOLERANCE_SECONDS * 1000);
}

function forged(): TelevisitError {
  return forgedWebhook('X-Jaas-Signature', 'JAAS_WEBHOOK_SECRET');
}

/** Secrets belong to endpoints, not to apps. @throws {TelevisitError} `webhook_signature` for another app */
function meetingIdOf(appId: string, fqn: string): string {
  if (!fqn.startsWith(`${appId}/`)) {
    throw new TelevisitError('webhook_signature', {
      detail: 'The event is of another app than JAAS_APP_ID.',
    });
  }
  return fqn.slice(appId.length + 1).toLowerCase();
}

/** Returns how a room opens. Nobody but moderators gets into one that does not take place, and nobody knows its code. */
function roomSettings(waitingRoom: boolean | null): Readonly<Record<string, unknown>> {
  if (waitingRoom !== null) {
    return { lobbyEnabled: waitingRoom, ...(waitingRoom ? { lobbyType: 'WAIT_FOR_APPROVAL' } : {}) };
  }
  const passcode = Array.from({ length: PASSCODE_DIGITS }, () => randomInt(10)).join('');
  return { lobbyEnabled: true, lobbyType: 'WAIT_FOR_APPROVAL', passcode };
}

function eventsOf(meetingId: string, { eventType, ...received }: JaasEvent): readonly MeetingEvent[] {
  const { idempotencyKey: key, timestamp: at, data } = received;
  const common = { key, meetingId, at };
  const isBreakout = isTrue(data?.isBreakout);
  switch (eventType) {
    case 'ROOM_CREATED':
      return isBreakout ? [] : [{ ...common, type: 'started' }];
    case 'ROOM_DESTROYED':
      return isBreakout ? [] : [{ ...common, type: 'emptied' }];
    case 'PARTICIPANT_JOINED':
      return isBreakout ? [] : [{ ...common, type: 'joined', stay: stayOf(received) }];
    case 'PARTICIPANT_LEFT':
      // A person who goes to a breakout room, or comes back, is in the visit all the time.
      return data?.disconnectReason === 'switch_room'
        ? []
        : [{ ...common, type: 'left', stay: stayOf(received) }];
    default:
      return [];
  }
}

function stayOf({ sessionId, data }: Pick<JaasEvent, 'sessionId' | 'data'>) {
  const text = (name: string) => {
    const value = data?.[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const [userId, email, name] = [text('id'), text('email'), text('name')];
  const connection = text('participantJid') ?? text('participantId') ?? userId ?? '';
  const person = {
    ...(userId === undefined ? {} : { userId }),
    ...(email === undefined ? {} : { email }),
    ...(name === undefined ? {} : { name }),
  };
  return { id: `${sessionId ?? ''}:${connection}`, person };
}

/** Booleans come as texts in some events. */
function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}
