import { TelevisitError } from '@televisit/shared/errors';
import type { Clock } from '../../core/clock.ts';
import type {
  Capabilities,
  CheckResult,
  MeetingLink,
  MeetingPerson,
  MeetingPlan,
  MeetingProvider,
  MeetingRecord,
  MeetingRef,
  WebhookReceipt,
  WebhookRequest,
} from '../meeting-provider.ts';
import { CalendarEvents } from './calendar-events.ts';
import { GoogleApi, SCOPES, type Scope } from './google-api.ts';
import { checkGoogle } from './google-check.ts';
import { GoogleKeys } from './google-keys.ts';
import type { GoogleSettings } from './google-settings.ts';
import { MeetPush } from './meet-push.ts';
import { MeetRecords } from './meet-records.ts';
import { MeetSpaces } from './meet-spaces.ts';
import { MeetSubscription } from './meet-subscription.ts';
import { CalendarMeetings, SpaceMeetings, type Meetings } from './meetings.ts';

/** Carries visits in Google Meet: in spaces of the Meet API, or by events of Google Calendar with a Meet link. */
export class GoogleMeetProvider implements MeetingProvider {
  readonly id = 'google-meet';
  readonly capabilities: Capabilities;
  /** Only with events: nobody sees an unused space. */
  readonly find?: (plan: MeetingPlan, signal: AbortSignal) => Promise<MeetingRef | null>;
  /** The subscription to renew every `RENEW_EVERY_MS`; null if the settings name no topic. */
  readonly subscription: MeetSubscription | null;
  readonly #settings: GoogleSettings;
  readonly #clock: Clock;
  readonly #api: GoogleApi;
  readonly #events: CalendarEvents;
  readonly #records: MeetRecords;
  readonly #meetings: Meetings;
  readonly #keys: GoogleKeys;
  readonly #push: MeetPush | null;

  constructor(settings: GoogleSettings, clock: Clock) {
    const { addresses, meet, push, subscription } = settings;
    this.#settings = settings;
    this.#clock = clock;
    this.capabilities = capabilitiesOf(settings);
    this.#api = new GoogleApi(settings, clock, 'Google Meet');
    this.#events = new CalendarEvents(this.#api, {
      url: addresses.calendar,
      calendarId: meet.calendarId,
      clock,
    });
    const scope: Scope = meet.mode === 'spaces' ? SCOPES.ownSpaces : SCOPES.readSpaces;
    this.#records = new MeetRecords(this.#api, addresses.meet, scope);
    const spaces = new MeetSpaces(this.#api, addresses.meet);
    this.#meetings =
      meet.mode === 'spaces'
        ? new SpaceMeetings(spaces, meet.access)
        : new CalendarMeetings(this.#events, spaces);
    const meetings = this.#meetings;
    if (meetings.find) this.find = meetings.find.bind(meetings);
    this.#keys = new GoogleKeys(this.#api, addresses.keys, clock);
    this.#push = push && new MeetPush(push, this.#keys, this.#records, this.#meetings);
    this.subscription =
      subscription && new MeetSubscription(this.#api, { ...subscription, url: addresses.events, scope });
  }

  create(plan: MeetingPlan, _isRetry: boolean, signal: AbortSignal): Promise<MeetingRef> {
    return this.#meetings.create(plan, signal);
  }

  update(meeting: MeetingRef, plan: MeetingPlan, signal: AbortSignal): Promise<MeetingRef> {
    return this.#meetings.update(meeting, plan, signal);
  }

  cancel(meeting: MeetingRef, _plan: MeetingPlan, signal: AbortSignal): Promise<void> {
    return this.#meetings.cancel(meeting, signal);
  }

  end(meeting: MeetingRef, _plan: MeetingPlan, signal: AbortSignal): Promise<void> {
    return this.#meetings.end(meeting, signal);
  }

  /** Returns the same address for everyone: Meet makes the person host who is signed in as the owner of the space. */
  async link(
    meeting: MeetingRef,
    _plan: MeetingPlan,
    _person: MeetingPerson,
    signal: AbortSignal,
  ): Promise<MeetingLink> {
    const url = await this.#meetings.address(meeting, signal);
    return { entry: { kind: 'address', url, expiresAt: null } };
  }

  attendance(
    meeting: MeetingRef,
    _plan: MeetingPlan,
    signal: AbortSignal,
  ): Promise<readonly MeetingRecord[]> {
    return this.#records.list(this.#meetings.recordsOf(meeting), signal);
  }

  async receive(request: WebhookRequest): Promise<WebhookReceipt> {
    if (this.#push === null) throw new TelevisitError('webhook_signature');
    return { events: await this.#push.receive(request) };
  }

  check(signal: AbortSignal): Promise<readonly CheckResult[]> {
    const isCalendar = this.#settings.meet.mode === 'calendar';
    return checkGoogle({
      settings: this.#settings,
      tokens: this.#api.tokens,
      clock: this.#clock,
      scopes: isCalendar ? [SCOPES.events, SCOPES.readSpaces] : [SCOPES.ownSpaces],
      probes: {
        'Meet API': () => this.#records.probe(signal),
        ...(isCalendar ? { Calendar: () => this.#events.probe(signal) } : {}),
        ...(this.#push ? { 'push keys': () => this.#keys.read(signal) } : {}),
      },
      signal,
    });
  }
}

function capabilitiesOf({ meet, push }: GoogleSettings): Capabilities {
  const isSpaces = meet.mode === 'spaces';
  return {
    roles: 'none',
    waitingRoom: isSpaces,
    liveAttendance: push ? 'webhook' : 'poll',
    records: true,
    identity: 'name',
    endMeeting: isSpaces,
    idempotentCreate: !isSpaces,
    created: isSpaces ? 'window' : 'booking',
    entry: 'address',
  };
}
