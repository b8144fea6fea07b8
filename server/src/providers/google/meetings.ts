import { iso } from '../../core/clock.ts';
import type { MeetingPlan, MeetingRef } from '../meeting-provider.ts';
import { ProviderError } from '../provider-error.ts';
import { eventId, meetOf, type CalendarEvents, type EventContent } from './calendar-events.ts';
import { SCOPES } from './google-api.ts';
import type { GoogleSettings } from './google-settings.ts';
import type { MeetSpaces, SpaceConfig } from './meet-spaces.ts';

/** One of the two ways to have meetings in Google Meet. */
export interface Meetings {
  create(plan: MeetingPlan, signal: AbortSignal): Promise<MeetingRef>;
  /** Returns the meeting that an interrupted `create` may have left behind. Missing if an unused meeting costs nothing. */
  find?(plan: MeetingPlan, signal: AbortSignal): Promise<MeetingRef | null>;
  update(meeting: MeetingRef, plan: MeetingPlan, signal: AbortSignal): Promise<MeetingRef>;
  cancel(meeting: MeetingRef, signal: AbortSignal): Promise<void>;
  end(meeting: MeetingRef, signal: AbortSignal): Promise<void>;
  /** Returns the address at which people enter. */
  address(meeting: MeetingRef, signal: AbortSignal): Promise<string>;
  /** The filter of a meeting's conference records. */
  recordsOf(meeting: MeetingRef): string;
  /** Returns the id of the meeting in a space; null if there is none. @param space `spaces/…` */
  meetingIn(space: string, signal: AbortSignal): Promise<string | null>;
}

/** Spaces of the Meet API without an event. `meetingId` is the name of the space: the meeting code may be used again later. */
export class SpaceMeetings implements Meetings {
  readonly #spaces: MeetSpaces;
  readonly #access: GoogleSettings['meet']['access'];

  constructor(spaces: MeetSpaces, access: GoogleSettings['meet']['access']) {
    this.#spaces = spaces;
    this.#access = access;
  }

  /** Creates a space. One whose creation was not answered stays behind, unknown to everybody and at no cost. */
  async create(plan: MeetingPlan, signal: AbortSignal): Promise<MeetingRef> {
    const { name } = await this.#spaces.create(this.#open(plan), signal);
    return { meetingId: name, hostId: null, data: {} };
  }

  async update(meeting: MeetingRef, plan: MeetingPlan, signal: AbortSignal): Promise<MeetingRef> {
    await this.#spaces.configure(meeting.meetingId, this.#open(plan), signal);
    return meeting;
  }

  /** Closes the space, as the API has no way to delete one. */
  cancel(meeting: MeetingRef, signal: AbortSignal): Promise<void> {
    return this.end(meeting, signal);
  }

  async end({ meetingId }: MeetingRef, signal: AbortSignal): Promise<void> {
    await unlessMissing(async () => {
      await this.#spaces.configure(meetingId, CLOSED, signal);
      await this.#spaces.endConference(meetingId, signal);
    });
  }

  async address({ meetingId }: MeetingRef, signal: AbortSignal): Promise<string> {
    return (await this.#spaces.get(meetingId, SCOPES.ownSpaces, signal)).meetingUri;
  }

  recordsOf({ meetingId }: MeetingRef): string {
    return `space.name = "${meetingId}"`;
  }

  meetingIn(space: string): Promise<string> {
    return Promise.resolve(space);
  }

  /** Everyone may enter unless the setting is stricter; with a waiting room, people from outside the organisation knock. */
  #open({ waitingRoom }: MeetingPlan): SpaceConfig {
    const access = waitingRoom && this.#access === 'open' ? 'trusted' : this.#access;
    return { accessType: ACCESS_TYPES[access], entryPointAccess: 'ALL' };
  }
}

const ACCESS_TYPES = { open: 'OPEN', trusted: 'TRUSTED', restricted: 'RESTRICTED' } as const;
const CLOSED: SpaceConfig = { accessType: 'RESTRICTED', entryPointAccess: 'CREATOR_APP_ONLY' };

/** The title of events. The calendar's readers must not learn more. */
export const EVENT_TITLE = 'Video visit';

/** Events of Google Calendar with a Meet link. `meetingId` is the code of the link, `data.event` the id of the event. */
export class CalendarMeetings implements Meetings {
  readonly #events: CalendarEvents;
  readonly #spaces: MeetSpaces;

  constructor(events: CalendarEvents, spaces: MeetSpaces) {
    this.#events = events;
    this.#spaces = spaces;
  }

  /** Creates the event, or finds the one of an earlier attempt by its id. */
  async create(plan: MeetingPlan, signal: AbortSignal): Promise<MeetingRef> {
    const id = idFor(plan);
    const event = await this.#events.put(id, contentOf(plan), true, signal);
    try {
      return refOf(await this.#events.withMeet(event, signal));
    } catch (error) {
      if (error instanceof ProviderError && !error.isTemporary) {
        // An event without a link must not stay in the calendar; the error says more than one of removing it.
        await this.#events.remove(id, signal).catch(() => undefined);
      }
      throw error;
    }
  }

  /** The meeting may have no link yet, and can only be cancelled. */
  async find(plan: MeetingPlan, signal: AbortSignal): Promise<MeetingRef | null> {
    const id = idFor(plan);
    let found: MeetingRef | null = null;
    await unlessMissing(async () => {
      const event = await this.#events.get(id, signal);
      requireNotCancelled(event);
      found = { meetingId: meetOf(event)?.code ?? id, hostId: null, data: { event: id } };
    });
    return found;
  }

  async update(meeting: MeetingRef, plan: MeetingPlan, signal: AbortSignal): Promise<MeetingRef> {
    const event = await this.#events.patch(idOf(meeting), contentOf(plan), signal);
    requireNotCancelled(event);
    return refOf(await this.#events.withMeet(event, signal));
  }

  cancel(meeting: MeetingRef, signal: AbortSignal): Promise<void> {
    return this.#events.remove(idOf(meeting), signal);
  }

  /** Does nothing: the API ends only conferences in spaces that it has created, and the event documents the visit. */
  end(): Promise<void> {
    return Promise.resolve();
  }

  async address(meeting: MeetingRef, signal: AbortSignal): Promise<string> {
    const event = await this.#events.get(idOf(meeting), signal);
    requireNotCancelled(event);
    const meet = meetOf(event);
    if (meet === null) throw new ProviderError('missing', 'the event has no Meet link', { code: 'no_link' });
    return meet.url;
  }

  recordsOf({ meetingId }: MeetingRef): string {
    return `space.meeting_code = "${meetingId}"`;
  }

  async meetingIn(space: string, signal: AbortSignal): Promise<string | null> {
    try {
      return (await this.#spaces.get(space, SCOPES.readSpaces, signal)).meetingCode;
    } catch (error) {
      if (error instanceof ProviderError && error.kind === 'missing') return null;
      throw error;
    }
  }
}

function idFor({ sessionId, generation }: MeetingPlan): string {
  return eventId(`meeting:${sessionId}:${generation}`);
}

function idOf({ data }: MeetingRef): string {
  return data.event ?? '';
}

function refOf(event: Parameters<typeof meetOf>[0]): MeetingRef {
  const meet = meetOf(event);
  if (meet === null) throw new ProviderError('refused', 'the event has no Meet link', { code: 'no_link' });
  return { meetingId: meet.code, hostId: null, data: { event: event.id } };
}

function requireNotCancelled({ status }: { readonly status: string }): void {
  if (status === 'cancelled') {
    throw new ProviderError('missing', 'the event was deleted in Google Calendar', { code: 'cancelled' });
  }
}

/** Invites the people whose addresses the operator shares. */
function contentOf(plan: MeetingPlan): EventContent {
  const attendees = plan.people.flatMap(({ email, displayName }) =>
    email === null ? [] : [{ email, ...(displayName === null ? {} : { displayName }) }],
  );
  return { summary: EVENT_TITLE, ...timesOf(plan), attendees };
}

/** Returns start and end of a visit, in its time zone. */
export function timesOf({ scheduledAt, durationMinutes, timeZone }: MeetingPlan) {
  const at = (time: number) => ({ dateTime: iso(time), timeZone });
  return { start: at(scheduledAt), end: at(scheduledAt + durationMinutes * 60_000) };
}

async function unlessMissing(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== 'missing') throw error;
  }
}
