import { TelevisitError } from '@televisit/shared/errors';
import { iso } from '../../core/clock.ts';
import type { WebhookRequest } from '../meeting-provider.ts';
import { forgedWebhook, isOneOf } from '../webhook-proof.ts';
import type { JitsiSettings } from './jitsi-settings.ts';

/** A meeting that may be held: neither cancelled nor ended. */
export interface ReservedMeeting {
  readonly opensAt: number;
  readonly closesAt: number;
  readonly waitingRoom: boolean;
}

/** A request of the Prosody module `reservations` to the prefix that it is configured with. */
export interface ReservationRequest extends WebhookRequest {
  readonly method: string;
}

export interface ReservationAnswer {
  readonly status: 200 | 403 | 404 | 405;
  readonly body: Readonly<Record<string, unknown>>;
}

const COLLECTION = '/conference';
/** Rooms open that much before their window, in milliseconds, as tokens do. */
const EARLY_MS = 60_000;

/**
 * Answers whether a room may be opened now, and for how long (Jitsi handbook, "Reservation System setup"). Prosody closes the
 * room at the end, so a visit cannot outlast its window.
 * @param find returns the meeting of a room; null if there is none or it is cancelled or ended
 * @throws {TelevisitError} `not_found` if reservations are off, `webhook_signature` if the request has no valid token
 */
export async function answerReservation(
  settings: JitsiSettings,
  request: ReservationRequest,
  find: (meetingId: string) => Promise<ReservedMeeting | null>,
): Promise<ReservationAnswer> {
  if (!settings.reservations) throw new TelevisitError('not_found');
  if (!isOneOf(request.headers.authorization ?? '', authorizations(settings))) {
    throw forgedWebhook('The token of the request', 'JITSI_EVENTS_TOKEN');
  }
  const { method, path, rawBody, now } = request;
  if (path === COLLECTION) {
    if (method !== 'POST') return { status: 405, body: { message: 'Use POST.' } };
    const form = new URLSearchParams(Buffer.from(rawBody).toString('utf8'));
    return permission(form.get('name') ?? '', form.get('mail_owner') ?? '', now, find);
  }
  if (!path.startsWith(`${COLLECTION}/`)) return { status: 404, body: {} };
  // Prosody reports the end of a room; `room/destroyed` says the same with the people.
  if (method === 'DELETE') return { status: 200, body: {} };
  if (method !== 'GET') return { status: 405, body: { message: 'Use GET or DELETE.' } };
  return permission(decoded(path.slice(COLLECTION.length + 1)), '', now, find);
}

/** Returns the values of `Authorization` that the Jitsi server may send: the token alone, or as a bearer token. */
export function authorizations({ eventsTokens }: Pick<JitsiSettings, 'eventsTokens'>): readonly string[] {
  return eventsTokens.flatMap((token) => [token, `Bearer ${token}`]);
}

async function permission(
  name: string,
  owner: string,
  now: number,
  find: (meetingId: string) => Promise<ReservedMeeting | null>,
): Promise<ReservationAnswer> {
  const meetingId = name.toLowerCase();
  const meeting = meetingId === '' ? null : await find(meetingId);
  // Prosody shows the message to the person.
  const refuse = (message: string) => ({ status: 403, body: { message } }) as const;
  if (!meeting) return refuse('This visit does not take place.');
  if (now < meeting.opensAt - EARLY_MS) return refuse('This visit is not open yet.');
  if (now >= meeting.closesAt) return refuse('This visit is over.');
  return {
    status: 200,
    body: {
      id: meetingId,
      name: meetingId,
      mail_owner: owner,
      start_time: iso(now),
      duration: Math.ceil((meeting.closesAt - now) / 1000),
      lobby: meeting.waitingRoom,
    },
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
