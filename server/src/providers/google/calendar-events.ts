import { createHash } from 'node:crypto';
import { z } from 'zod';
import { sleep, type Clock } from '../../core/clock.ts';
import { ProviderError } from '../provider-error.ts';
import { SCOPES, type GoogleApi } from './google-api.ts';

/** The waits for a Meet link, which Calendar creates asynchronously, in milliseconds; about 30 s in all. */
const LINK_WAITS_MS = [500, 1000, 2000, 4000, 7500, 7500, 7500];

const calendarEvent = z.object({
  id: z.string(),
  status: z.string().default('confirmed'),
  hangoutLink: z.string().optional(),
  conferenceData: z
    .object({
      conferenceId: z.string().optional(),
      createRequest: z
        .object({
          requestId: z.string().optional(),
          status: z.object({ statusCode: z.string() }).optional(),
        })
        .optional(),
      entryPoints: z
        .array(z.object({ entryPointType: z.string().optional(), uri: z.string().optional() }))
        .optional(),
    })
    .optional(),
});

export type CalendarEvent = z.infer<typeof calendarEvent>;

/** What an event shows. */
export interface EventContent {
  readonly summary: string;
  readonly description?: string;
  readonly location?: string;
  readonly start: { readonly dateTime: string; readonly timeZone: string };
  readonly end: { readonly dateTime: string; readonly timeZone: string };
  readonly attendees?: readonly { readonly email: string; readonly displayName?: string }[];
}

/**
 * Returns the id of the event for a key, the same each time. Google allows 5 to 1024 characters of base32hex in lower case, a to v
 * and 0 to 9 (Calendar API, Events: insert); hexadecimal digits are among them.
 */
export function eventId(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The address of an event's Meet link and its code, such as `abc-mnop-xyz`; null without one. */
export function meetOf(event: CalendarEvent): { readonly url: string; readonly code: string } | null {
  const { hangoutLink, conferenceData } = event;
  const video = conferenceData?.entryPoints?.find(({ entryPointType }) => entryPointType === 'video');
  const url = hangoutLink ?? video?.uri;
  if (url === undefined || !URL.canParse(url)) return null;
  return { url, code: conferenceData?.conferenceId ?? new URL(url).pathname.split('/').at(-1) ?? '' };
}

/** The events of one calendar of Google Calendar (API v3). Google sends no mail about them: the server has its own invitations. */
export class CalendarEvents {
  readonly #api: GoogleApi;
  readonly #url: string;
  readonly #clock: Clock;

  constructor(api: GoogleApi, { url, calendarId, clock }: { url: string; calendarId: string; clock: Clock }) {
    this.#api = api;
    this.#url = `${url}/calendars/${encodeURIComponent(calendarId)}/events`;
    this.#clock = clock;
  }

  /** Returns an event, which may be cancelled: Calendar keeps deleted events for a time. @throws {ProviderError} `missing` */
  async get(id: string, signal: AbortSignal): Promise<CalendarEvent> {
    return this.#call('GET', `/${id}`, undefined, signal);
  }

  /**
   * Creates an event, or gives an existing one the content. The id of a deleted event stays taken, so that a deleted event is
   * restored.
   * @param withMeet whether a new event gets a Meet link
   */
  async put(
    id: string,
    content: EventContent,
    withMeet: boolean,
    signal: AbortSignal,
  ): Promise<CalendarEvent> {
    const conference = withMeet ? { conferenceData: newConference(id) } : {};
    const { status, body } = await this.#api.call({
      method: 'POST',
      url: this.#address(''),
      json: { id, ...FIXED, ...content, ...conference },
      scope: SCOPES.events,
      signal,
      expects: [409],
    });
    if (status !== 409) return parse(body);
    return this.#call('PATCH', `/${id}`, { ...FIXED, ...content, status: 'confirmed' }, signal);
  }

  /** Changes an event. A cancelled one stays cancelled. @throws {ProviderError} `missing` */
  patch(id: string, content: EventContent, signal: AbortSignal): Promise<CalendarEvent> {
    return this.#call('PATCH', `/${id}`, content, signal);
  }

  /** Deletes an event. A missing one counts as deleted. */
  async remove(id: string, signal: AbortSignal): Promise<void> {
    await this.#api.call({
      method: 'DELETE',
      url: this.#address(`/${id}`),
      scope: SCOPES.events,
      signal,
      expects: [404, 410],
    });
  }

  /**
   * Waits until an event has its Meet link. If Calendar could not create one, or a person removed it, asks once for another.
   * @throws {ProviderError} `unavailable` if the link takes more than half a minute; `refused` if Calendar creates none
   */
  async withMeet(event: CalendarEvent, signal: AbortSignal): Promise<CalendarEvent> {
    let current = event;
    let isRepeated = false;
    let waits = 0;
    while (meetOf(current) === null) {
      const request = current.conferenceData?.createRequest;
      if (request?.status?.statusCode === 'pending') {
        const ms = LINK_WAITS_MS[waits++];
        if (ms === undefined) {
          throw new ProviderError('unavailable', 'Google Calendar has not created the Meet link yet', {
            code: 'pending',
          });
        }
        await pause(this.#clock, ms, signal);
        current = await this.get(event.id, signal);
      } else if (isRepeated) {
        throw new ProviderError('refused', 'Google Calendar could not create a Meet link', {
          code: 'conference_failure',
        });
      } else {
        isRepeated = true;
        // A request id that Calendar has seen for this event is ignored.
        const conferenceData = newConference(eventId(request?.requestId ?? event.id));
        current = await this.#call('PATCH', `/${event.id}`, { conferenceData }, signal);
      }
    }
    return current;
  }

  /** Reads events without keeping them, to learn whether the calendar can be used. */
  async probe(signal: AbortSignal): Promise<void> {
    await this.#api.call({ method: 'GET', url: `${this.#url}?maxResults=1`, scope: SCOPES.events, signal });
  }

  async #call(
    method: 'GET' | 'PATCH',
    path: string,
    json: object | undefined,
    signal: AbortSignal,
  ): Promise<CalendarEvent> {
    const { body } = await this.#api.call({
      method,
      url: this.#address(path),
      ...(json ? { json } : {}),
      scope: SCOPES.events,
      signal,
    });
    return parse(body);
  }

  /** Without `conferenceDataVersion`, Calendar drops `conferenceData` in silence. */
  #address(path: string): string {
    return `${this.#url}${path}?conferenceDataVersion=1&sendUpdates=none`;
  }
}

/** People who see the calendar do not see what the event is about, unless they may see private events. */
const FIXED = { visibility: 'private', guestsCanInviteOthers: false, guestsCanSeeOtherGuests: false };

function newConference(requestId: string) {
  return { createRequest: { requestId, conferenceSolutionKey: { type: 'hangoutsMeet' } } };
}

function parse(body: unknown): CalendarEvent {
  const parsed = calendarEvent.safeParse(body);
  if (!parsed.success) throw new ProviderError('refused', 'Google Calendar answered without an event');
  return parsed.data;
}

/** Waits, but no longer than until the signal aborts. */
async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<void>((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  if (!signal.aborted) await Promise.race([sleep(clock, ms), aborted]);
}
