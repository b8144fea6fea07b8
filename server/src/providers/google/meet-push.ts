import { TelevisitError } from '@televisit/shared/errors';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import type { MeetingEvent, WebhookRequest } from '../meeting-provider.ts';
import { ProviderError } from '../provider-error.ts';
import { forgedWebhook } from '../webhook-proof.ts';
import type { GoogleKeys } from './google-keys.ts';
import type { PushSettings } from './google-settings.ts';
import type { MeetRecords } from './meet-records.ts';
import type { Meetings } from './meetings.ts';

const ISSUERS: [string, string] = ['https://accounts.google.com', 'accounts.google.com'];
/** The difference between Google's clock and ours that is tolerated, in seconds. */
const SKEW_SECONDS = 60;

const claims = z.object({ email: z.string(), email_verified: z.literal(true) });

/** A push of Pub/Sub. */
const push = z.object({
  message: z.object({
    data: z.base64().default(''),
    attributes: z.record(z.string(), z.string()).default({}),
  }),
});
/** The attributes of an event (CloudEvents, Pub/Sub protocol binding). */
const attributes = z.object({
  'ce-id': z.string().min(1),
  'ce-type': z.string(),
  'ce-time': z.iso.datetime({ offset: true }),
});
const data = z.object({
  conferenceRecord: z.object({ name: z.string() }).optional(),
  participantSession: z.object({ name: z.string() }).optional(),
});

type PushType = Exclude<MeetingEvent['type'], 'present'>;

const TYPES: Readonly<Record<string, PushType>> = {
  'google.workspace.meet.conference.v2.started': 'started',
  'google.workspace.meet.conference.v2.ended': 'emptied',
  'google.workspace.meet.participant.v2.joined': 'joined',
  'google.workspace.meet.participant.v2.left': 'left',
};
/** The events to subscribe to. */
export const EVENT_TYPES: readonly string[] = Object.keys(TYPES);

const SESSION_NAME =
  /^(?<person>(?<conference>conferenceRecords\/[\w-]+)\/participants\/[\w-]+)\/participantSessions\/[\w-]+$/;
const CONFERENCE_NAME = /^conferenceRecords\/[\w-]+$/;

/** Reads the events of the Workspace Events API that Pub/Sub pushes. They contain only names, so the rest is looked up. */
export class MeetPush {
  readonly #settings: PushSettings;
  readonly #keys: GoogleKeys;
  readonly #records: MeetRecords;
  readonly #meetings: Meetings;

  constructor(settings: PushSettings, keys: GoogleKeys, records: MeetRecords, meetings: Meetings) {
    this.#settings = settings;
    this.#keys = keys;
    this.#records = records;
    this.#meetings = meetings;
  }

  /** @throws {TelevisitError} `webhook_signature`, `webhook_expired` @throws {ProviderError} if a look-up fails */
  async receive({ headers, rawBody, now }: WebhookRequest): Promise<readonly MeetingEvent[]> {
    await this.#verify(headers.authorization, now);
    const message = push.safeParse(parseJson(Buffer.from(rawBody).toString('utf8'))).data?.message;
    const given = attributes.safeParse(message?.attributes).data;
    const type = TYPES[given?.['ce-type'] ?? ''];
    // Events about the subscription itself, and types of a subscription that the operator widened.
    if (!message || !given || !type) return [];
    const names = data.safeParse(parseJson(Buffer.from(message.data, 'base64').toString('utf8'))).data ?? {};
    const event = { key: given['ce-id'], type, at: Date.parse(given['ce-time']) };
    try {
      return await this.#lookUp(event, names);
    } catch (error) {
      // Google deletes records, and other accounts of the organisation have conferences too.
      if (error instanceof ProviderError && error.kind === 'missing') return [];
      throw error;
    }
  }

  /** Verifies the OpenID Connect token of a push: signature, expiry, issuer, audience and the account that it is issued to. */
  async #verify(authorization: string | undefined, now: number): Promise<void> {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
    const kid = jwt.decode(token, { complete: true })?.header.kid;
    const key = kid === undefined ? null : await this.#keys.get(kid);
    if (!key) throw forged();
    try {
      const verified = jwt.verify(token, key, {
        algorithms: ['RS256'],
        audience: this.#settings.audience,
        issuer: ISSUERS,
        clockTimestamp: Math.floor(now / 1000),
        clockTolerance: SKEW_SECONDS,
      });
      if (claims.parse(verified).email !== this.#settings.email) throw new Error('another account');
    } catch (error) {
      if (error instanceof jwt.TokenExpiredError) {
        const detail = `The token of the push has expired more than ${SKEW_SECONDS} seconds ago.`;
        throw new TelevisitError('webhook_expired', { detail });
      }
      throw forged();
    }
  }

  async #lookUp(
    { key, type, at }: { key: string; type: PushType; at: number },
    names: z.infer<typeof data>,
  ): Promise<readonly MeetingEvent[]> {
    const { signal } = new AbortController();
    if (type === 'started' || type === 'emptied') {
      const name = names.conferenceRecord?.name ?? '';
      if (!CONFERENCE_NAME.test(name)) return [];
      const { space, startTime, endTime } = await this.#records.conference(name, signal);
      const meetingId = await this.#meetings.meetingIn(space, signal);
      if (meetingId === null) return [];
      return [{ key, meetingId, type, at: (type === 'started' ? startTime : endTime) ?? at }];
    }
    const id = names.participantSession?.name ?? '';
    const { conference = '', person = '' } = SESSION_NAME.exec(id)?.groups ?? {};
    if (conference === '') return [];
    const [{ space }, who, { startTime, endTime }] = await Promise.all([
      this.#records.conference(conference, signal),
      this.#records.person(person, signal),
      this.#records.session(id, signal),
    ]);
    const meetingId = await this.#meetings.meetingIn(space, signal);
    if (meetingId === null) return [];
    return [
      {
        key,
        meetingId,
        type,
        at: (type === 'joined' ? startTime : endTime) ?? at,
        stay: { id, person: who },
      },
    ];
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function forged(): TelevisitError {
  return forgedWebhook('The token of the push', 'GOOGLE_PUBSUB_AUDIENCE and GOOGLE_PUBSUB_EMAIL');
}
