import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { TelevisitError } from '@televisit/shared/errors';
import { z } from 'zod';
import type { MeetingEvent, WebhookReceipt, WebhookRequest } from '../meeting-provider.ts';
import { expiredWebhook, forgedWebhook } from '../webhook-proof.ts';
import { attendee, stayId } from './zoom-attendance.ts';
import { meetingId } from './zoom-meetings.ts';

/** Zoom repeats a webhook for 85 minutes, and does not say whether it signs each attempt again. */
const OLDEST_MS = 2 * 3_600_000;
/** How far Zoom's clock may be ahead of ours, in milliseconds. */
const AHEAD_MS = 5 * 60_000;
const VERSION = 'v0';

const text = z.union([z.string(), z.number()]).transform(String);
const optionalText = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const time = z
  .string()
  .transform((value) => Date.parse(value))
  .refine((value) => !Number.isNaN(value))
  .optional()
  .catch(undefined);

const validationSchema = z.object({
  event: z.literal('endpoint.url_validation'),
  // Without a colon: what is signed for the answer must never be the text that proves an event.
  payload: z.object({ plainToken: z.string().regex(/^[\w+/=-]{1,200}$/) }),
});
const participantSchema = z.object({
  user_id: text,
  participant_uuid: optionalText,
  id: optionalText,
  registrant_id: optionalText,
  email: optionalText,
  user_name: optionalText,
  join_time: time,
  leave_time: time,
});
const eventSchema = z.object({
  event: z.string(),
  event_ts: z.number(),
  payload: z.object({
    object: z.object({
      id: meetingId,
      uuid: z.string().min(1),
      start_time: time,
      end_time: time,
      participant: participantSchema.optional(),
    }),
  }),
});

/**
 * Reads the webhooks of a Zoom app (https://developers.zoom.us/docs/api/webhooks/): the check of the address, and events of
 * meetings. Signed requests that mean nothing here have no events, because Zoom would repeat what is refused.
 * @param secrets the secret tokens that may sign; the first one is the current one
 * @throws {TelevisitError} `webhook_signature`, `webhook_expired`
 */
export function receiveZoom(
  secrets: readonly [string, ...string[]],
  request: WebhookRequest,
): WebhookReceipt {
  const body = jsonOf(request.rawBody);
  const validation = validationSchema.safeParse(body).data;
  const isUnsigned = request.headers['x-zm-signature'] === undefined;
  if (validation && isUnsigned)
    return { events: [], reply: proofOf(secrets[0], validation.payload.plainToken) };
  const secret = verifiedSecret(secrets, request);
  if (validation) return { events: [], reply: proofOf(secret, validation.payload.plainToken) };
  const parsed = eventSchema.safeParse(body);
  const event = parsed.success ? eventOf(parsed.data) : null;
  return { events: event === null ? [] : [event] };
}

/** Returns the answer that proves that this server knows the secret token. */
function proofOf(secret: string, plainToken: string): Readonly<Record<string, string>> {
  return { plainToken, encryptedToken: createHmac('sha256', secret).update(plainToken).digest('hex') };
}

/** Returns the secret that signed a request; compares in constant time. */
function verifiedSecret(secrets: readonly string[], { headers, rawBody, now }: WebhookRequest): string {
  const signature = headers['x-zm-signature'] ?? '';
  const timestamp = headers['x-zm-request-timestamp'] ?? '';
  // Only the canonical form, because the text is what was signed.
  if (!/^\d{1,12}$/.test(timestamp)) throw forged();
  const given = Buffer.from(signature);
  let signer: string | null = null;
  for (const secret of secrets) {
    const right = Buffer.from(signatureOf(secret, timestamp, rawBody));
    if (right.length === given.length && timingSafeEqual(right, given)) signer = secret;
  }
  if (signer === null) throw forged();
  const age = now - Number(timestamp) * 1000;
  if (age > OLDEST_MS || age < -AHEAD_MS) throw expiredWebhook('Zoom', OLDEST_MS, AHEAD_MS);
  return signer;
}

function forged(): TelevisitError {
  return forgedWebhook('x-zm-signature', 'ZOOM_WEBHOOK_SECRET');
}

function signatureOf(secret: string, timestamp: string, rawBody: Uint8Array): string {
  const hmac = createHmac('sha256', secret).update(`${VERSION}:${timestamp}:`).update(rawBody);
  return `${VERSION}=${hmac.digest('hex')}`;
}

function eventOf({ event, event_ts: sentAt, payload }: z.infer<typeof eventSchema>): MeetingEvent | null {
  const { id, uuid, start_time: start, end_time: end, participant } = payload.object;
  const identity = (at: number, who = '') => ({ key: keyOf(event, uuid, who, at), meetingId: id, at });
  switch (event) {
    case 'meeting.started':
      return { ...identity(start ?? sentAt), type: 'started' };
    case 'meeting.ended':
      return { ...identity(end ?? sentAt), type: 'emptied' };
    case 'meeting.participant_joined':
    case 'meeting.participant_left': {
      if (!participant) return null;
      const isJoin = event === 'meeting.participant_joined';
      const at = (isJoin ? participant.join_time : participant.leave_time) ?? sentAt;
      const {
        user_id: userId,
        registrant_id: registrant,
        id: zoomUser,
        email,
        user_name: name,
      } = participant;
      return {
        ...identity(at, participant.participant_uuid || userId),
        type: isJoin ? 'joined' : 'left',
        stay: {
          id: stayId(uuid, userId),
          person: attendee({ reference: registrant || zoomUser, email, name }),
        },
      };
    }
    default:
      return null;
  }
}

/** Zoom's events have no id: what they report makes one. */
function keyOf(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown;
  } catch {
    return null;
  }
}
