import { calendarError, type Reply } from './google-double-replies.ts';

interface Time {
  readonly dateTime: string;
  readonly timeZone?: string;
}

interface Conference {
  readonly conferenceId?: string;
  readonly entryPoints?: readonly { readonly entryPointType: string; readonly uri: string }[];
  readonly createRequest: {
    readonly requestId: string;
    readonly status: { readonly statusCode: 'pending' | 'success' | 'failure' };
  };
}

/** An event as Google stores it. */
export interface StoredEvent {
  readonly id: string;
  readonly status: string;
  readonly summary?: string;
  readonly description?: string;
  readonly location?: string;
  readonly start: Time;
  readonly end: Time;
  readonly visibility?: string;
  readonly attendees?: readonly { readonly email: string; readonly displayName?: string }[];
  readonly hangoutLink?: string;
  readonly conferenceData?: Conference;
}

type Body = Omit<Partial<StoredEvent>, 'conferenceData'> & {
  readonly conferenceData?: {
    readonly createRequest?: {
      readonly requestId?: string;
      readonly conferenceSolutionKey?: { type?: string };
    };
  };
};

/** What the calendars need of the rest of the double. */
export interface CalendarContext {
  /** Creates the space of a Meet link. */
  createMeet(): { readonly uri: string; readonly code: string };
  /** How often `events.get` answers `pending` before a link is there. */
  pendingPolls(): number;
  /** Takes one failure to create a link, if a test asked for it. */
  takeConferenceFailure(): boolean;
}

/** Calendar API v3, "Events: insert": base32hex in lower case, 5 to 1024 characters. */
const EVENT_ID = /^[a-v0-9]{5,1024}$/;
const PATH = /^\/calendars\/([^/]+)\/events(?:\/([^/]+))?$/;

/** The events of Google Calendar. */
export class CalendarDouble {
  /** By calendar and event id. Deleted events stay, as cancelled ones. */
  readonly #calendars = new Map<string, Map<string, StoredEvent>>([['primary', new Map()]]);
  readonly #polls = new Map<string, number>();
  readonly #context: CalendarContext;

  constructor(context: CalendarContext) {
    this.#context = context;
  }

  addCalendar(calendarId: string): void {
    this.#calendars.set(calendarId, new Map());
  }

  /** The events of a calendar that are not cancelled. */
  events(calendarId = 'primary'): readonly StoredEvent[] {
    return [...this.#of(calendarId).values()].filter(({ status }) => status !== 'cancelled');
  }

  /** Deletes an event as a person would. */
  remove(id: string, calendarId = 'primary'): void {
    this.#change(calendarId, id, { status: 'cancelled' });
  }

  /** Removes an event and its id, as Google does some time after it was deleted. */
  purge(id: string, calendarId = 'primary'): void {
    this.#of(calendarId).delete(id);
  }

  /** Removes the Meet link of an event as a person would. */
  removeLink(id: string, calendarId = 'primary'): void {
    this.#of(calendarId).set(id, without(this.#of(calendarId).get(id)!, 'hangoutLink', 'conferenceData'));
  }

  /** @param hasSubject whether the token acts for a person, and not for a service account itself */
  handle(method: string, path: string, query: URLSearchParams, json: unknown, hasSubject: boolean): Reply {
    const [, encoded = '', id] = PATH.exec(path) ?? [];
    const calendarId = decodeURIComponent(encoded);
    const events = this.#calendars.get(calendarId);
    if (!events) return calendarError(404, 'notFound', 'Not Found');
    const withConference = query.get('conferenceDataVersion') === '1';
    const body = json as Body;
    if (id === undefined) {
      if (method === 'GET')
        return { status: 200, body: { kind: 'calendar#events', items: this.events(calendarId) } };
      return refusal(body, hasSubject, withConference) ?? this.#insert(calendarId, body, withConference);
    }
    const event = events.get(id);
    if (!event) return calendarError(404, 'notFound', 'Not Found');
    if (method === 'GET') return { status: 200, body: this.#poll(calendarId, id) };
    if (method === 'DELETE') {
      // Events: delete: 204 without a body; 410 if it is deleted already.
      if (event.status === 'cancelled') return calendarError(410, 'deleted', 'Resource has been deleted');
      this.#change(calendarId, id, { status: 'cancelled' });
      return { status: 204 };
    }
    return (
      refusal({ ...without(event, 'conferenceData'), ...body }, hasSubject, withConference) ??
      this.#patch(calendarId, event, body, withConference)
    );
  }

  #insert(calendarId: string, body: Body, withConference: boolean): Reply {
    const id = body.id ?? '';
    if (!EVENT_ID.test(id)) return calendarError(400, 'invalid', 'Invalid resource id value.');
    // A deleted event keeps its id.
    if (this.#of(calendarId).has(id))
      return calendarError(409, 'duplicate', 'The requested identifier already exists.');
    const event = { status: 'confirmed', ...without(body, 'conferenceData') } as StoredEvent;
    this.#of(calendarId).set(id, event);
    return { status: 200, body: this.#request(calendarId, id, body, withConference) };
  }

  #patch(calendarId: string, event: StoredEvent, body: Body, withConference: boolean): Reply {
    this.#change(calendarId, event.id, without(body, 'conferenceData', 'id'));
    return { status: 200, body: this.#request(calendarId, event.id, body, withConference) };
  }

  /** Starts to create a link, if the request asks for one. */
  #request(calendarId: string, id: string, { conferenceData }: Body, withConference: boolean): StoredEvent {
    const requestId = conferenceData?.createRequest?.requestId;
    const known = this.#of(calendarId).get(id)?.conferenceData?.createRequest.requestId;
    // Version 0 of conference data ignores it. A request with the id of the previous one is ignored.
    if (!withConference || requestId === undefined || requestId === known)
      return this.#of(calendarId).get(id)!;
    this.#polls.set(id, this.#context.pendingPolls());
    const statusCode = this.#context.takeConferenceFailure() ? 'failure' : 'pending';
    this.#change(calendarId, id, {
      conferenceData: { createRequest: { requestId, status: { statusCode } } },
    });
    return this.#poll(calendarId, id);
  }

  #poll(calendarId: string, id: string): StoredEvent {
    const event = this.#of(calendarId).get(id)!;
    const request = event.conferenceData?.createRequest;
    if (request?.status.statusCode !== 'pending') return event;
    const left = this.#polls.get(id) ?? 0;
    this.#polls.set(id, left - 1);
    if (left > 0) return event;
    const { uri, code } = this.#context.createMeet();
    return this.#change(calendarId, id, {
      hangoutLink: uri,
      conferenceData: {
        conferenceId: code,
        createRequest: { ...request, status: { statusCode: 'success' } },
        entryPoints: [{ entryPointType: 'video', uri }],
      },
    });
  }

  #change(calendarId: string, id: string, changes: Partial<StoredEvent>): StoredEvent {
    const event = { ...this.#of(calendarId).get(id)!, ...changes };
    this.#of(calendarId).set(id, event);
    return event;
  }

  #of(calendarId: string): Map<string, StoredEvent> {
    const events = this.#calendars.get(calendarId);
    if (!events) throw new Error(`There is no calendar ${calendarId}.`);
    return events;
  }
}

function without<T extends object, K extends keyof T>(value: T, ...keys: K[]): Omit<T, K> {
  const copy = { ...value };
  for (const key of keys) Reflect.deleteProperty(copy, key);
  return copy;
}

function refusal(body: Body, hasSubject: boolean, withConference: boolean): Reply | null {
  const { start, end, attendees = [], conferenceData } = body;
  const [from, to] = [Date.parse(start?.dateTime ?? ''), Date.parse(end?.dateTime ?? '')];
  if (Number.isNaN(from) || Number.isNaN(to)) return calendarError(400, 'required', 'Missing end time.');
  if (from > to) return calendarError(400, 'timeRangeEmpty', 'The specified time range is empty.');
  if (attendees.length > 0 && !hasSubject) {
    const message = 'Service accounts cannot invite attendees without Domain-Wide Delegation of Authority.';
    return calendarError(403, 'forbiddenForServiceAccounts', message);
  }
  const solution = conferenceData?.createRequest?.conferenceSolutionKey?.type;
  if (withConference && conferenceData && (solution !== 'hangoutsMeet' || !hasSubject)) {
    return calendarError(400, 'invalid', 'Invalid conference type value.');
  }
  return null;
}
