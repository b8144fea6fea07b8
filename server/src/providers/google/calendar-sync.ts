import type { Clock } from '../../core/clock.ts';
import type { CheckResult, MeetingPlan } from '../meeting-provider.ts';
import { CalendarEvents, eventId } from './calendar-events.ts';
import { GoogleApi } from './google-api.ts';
import { resultOf } from './google-check.ts';
import type { GoogleSettings } from './google-settings.ts';
import { EVENT_TITLE, timesOf } from './meetings.ts';

/** A calendar outside the server that shows its visits. */
export interface CalendarSync {
  /** Creates or changes the entry of a visit. @param url the page of the visit, without a token */
  put(plan: MeetingPlan, url: string, signal: AbortSignal): Promise<void>;
  /** Removes the entry of a visit. A missing one counts as removed. */
  remove(sessionId: string, signal: AbortSignal): Promise<void>;
}

/**
 * Shows visits in a calendar of Google Calendar, whichever provider carries them. An entry has the time and the address of the
 * visit's page, and names only if the operator shares them with providers. Both calls may be repeated, and fail with
 * `ProviderError`.
 */
export class GoogleCalendarSync implements CalendarSync {
  readonly #events: CalendarEvents;

  /** @param calendarId as in the settings of the calendar, such as `c_…@group.calendar.google.com` */
  constructor(settings: GoogleSettings, calendarId: string, clock: Clock) {
    const api = new GoogleApi(settings, clock, 'Google Calendar');
    this.#events = new CalendarEvents(api, { url: settings.addresses.calendar, calendarId, clock });
  }

  async put(plan: MeetingPlan, url: string, signal: AbortSignal): Promise<void> {
    const names = plan.people.flatMap(({ displayName }) => displayName ?? []);
    const content = {
      summary: [EVENT_TITLE, ...(names.length > 0 ? [names.join(', ')] : [])].join(': '),
      description: url,
      location: url,
      ...timesOf(plan),
    };
    await this.#events.put(idOf(plan.sessionId), content, false, signal);
  }

  remove(sessionId: string, signal: AbortSignal): Promise<void> {
    return this.#events.remove(idOf(sessionId), signal);
  }

  /** Checks whether the calendar can be read. */
  async check(signal: AbortSignal): Promise<CheckResult> {
    return resultOf('calendar of visits', 'Google Calendar answers.', () => this.#events.probe(signal));
  }
}

function idOf(sessionId: string): string {
  return eventId(`visit:${sessionId}`);
}
