import type {
  Capabilities,
  CheckResult,
  MeetingEntry,
  MeetingLink,
  MeetingPerson,
  MeetingPlan,
  MeetingProvider,
  MeetingRecord,
  MeetingRef,
  WebhookReceipt,
  WebhookRequest,
} from '../meeting-provider.ts';
import type { Clock } from '../../core/clock.ts';
import { ProviderError } from '../provider-error.ts';
import { meetingSdkJwt } from './meeting-sdk.ts';
import { ZoomApi, type ZoomApiOptions } from './zoom-api.ts';
import { ZoomAttendance } from './zoom-attendance.ts';
import { checkZoom } from './zoom-check.ts';
import { ZoomCoHosts } from './zoom-co-hosts.ts';
import { ZoomHosts } from './zoom-hosts.ts';
import { ZoomMeetings } from './zoom-meetings.ts';
import { rememberHost, ZoomPeople } from './zoom-people.ts';
import type { ZoomSettings } from './zoom-settings.ts';
import { ZoomUsers } from './zoom-users.ts';
import { receiveZoom } from './zoom-webhook.ts';

type Credentials = Extract<MeetingEntry, { kind: 'credentials' }>;

/** How long credentials for the Meeting SDK admit, in milliseconds. */
const SDK_MS = 2 * 3_600_000;
/** How long a host's address admits, in milliseconds. */
const START_URL_MS = 2 * 3_600_000;

export const ZOOM_CAPABILITIES: Capabilities = {
  roles: 'host-only',
  waitingRoom: true,
  liveAttendance: 'webhook',
  records: true,
  identity: 'registrant',
  endMeeting: true,
  idempotentCreate: false,
  created: 'window',
  entry: 'address',
};

/** Visits as Zoom meetings, with the credentials of a server-to-server OAuth app. */
export class ZoomProvider implements MeetingProvider {
  readonly id = 'zoom';
  readonly capabilities = ZOOM_CAPABILITIES;
  /** The users of the account, for operators' tools. */
  readonly users: ZoomUsers;
  /** Only with a Meeting SDK app. */
  readonly credentials?: NonNullable<MeetingProvider['credentials']>;
  readonly #settings: ZoomSettings;
  readonly #clock: Clock;
  readonly #api: ZoomApi;
  readonly #meetings: ZoomMeetings;
  readonly #hosts: ZoomHosts;
  readonly #coHosts: ZoomCoHosts;
  readonly #people: ZoomPeople;
  readonly #attendance: ZoomAttendance;

  constructor(options: ZoomApiOptions) {
    const { settings, clock } = options;
    this.#settings = settings;
    this.#clock = clock;
    this.#api = new ZoomApi(options);
    this.users = new ZoomUsers(this.#api);
    this.#meetings = new ZoomMeetings(this.#api, clock);
    this.#hosts = new ZoomHosts(this.users, this.#meetings, settings, clock);
    this.#coHosts = new ZoomCoHosts(this.users, this.#meetings);
    this.#people = new ZoomPeople(this.#api, settings.registrantDomain);
    this.#attendance = new ZoomAttendance(this.#api, clock);
    const { sdk } = settings;
    if (sdk) {
      this.credentials = (meeting, _plan, person, signal) =>
        this.#sdkCredentials(sdk, meeting, person, signal);
    }
  }

  async create(plan: MeetingPlan, isRetry: boolean, signal: AbortSignal): Promise<MeetingRef> {
    const meeting = await this.#hosts.create(plan, isRetry, signal);
    return this.#coHosts.admit(meeting, plan, signal);
  }

  find(plan: MeetingPlan, signal: AbortSignal): Promise<MeetingRef | null> {
    return this.#hosts.find(plan, signal);
  }

  async update(meeting: MeetingRef, plan: MeetingPlan, signal: AbortSignal): Promise<MeetingRef> {
    await this.#meetings.update(meeting.meetingId, plan, signal);
    const updated = await this.#people.removeOthers(meeting, plan, signal);
    return this.#coHosts.admit(updated, plan, signal);
  }

  async cancel(meeting: MeetingRef, _plan: MeetingPlan, signal: AbortSignal): Promise<void> {
    await this.#meetings.delete(meeting.meetingId, signal);
    await this.#hosts.unlicense(meeting, signal);
  }

  async end(meeting: MeetingRef, plan: MeetingPlan, signal: AbortSignal): Promise<void> {
    await this.#meetings.end(meeting.meetingId, plan, signal);
    await this.#hosts.unlicense(meeting, signal);
  }

  /** A host's address admits as the host, so it is fetched at the click and never kept. */
  async link(
    meeting: MeetingRef,
    _plan: MeetingPlan,
    person: MeetingPerson,
    signal: AbortSignal,
  ): Promise<MeetingLink> {
    if (!person.isHost) {
      const current = await this.#meetings.get(meeting.meetingId, signal);
      return this.#people.link(meeting, current, person, signal);
    }
    // Another visit's end may have taken the licence since this one was created; a host without one can still come.
    await this.#hosts.license(meeting.hostId ?? '', signal).catch(unlessMisconfigured);
    const { startUrl, hostId } = await this.#meetings.get(meeting.meetingId, signal);
    if (startUrl === null) throw new ProviderError('refused', 'Zoom gives no address for the host');
    const own = await this.#coHosts.addressFor(meeting, person, startUrl, signal);
    return {
      entry: { kind: 'address', url: own?.url ?? startUrl, expiresAt: this.#clock.now() + START_URL_MS },
      remember: rememberHost(person.userId, own?.zoomUserId ?? hostId),
    };
  }

  attendance(
    meeting: MeetingRef,
    _plan: MeetingPlan,
    signal: AbortSignal,
  ): Promise<readonly MeetingRecord[] | null> {
    return this.#attendance.of(meeting, signal);
  }

  receive(request: WebhookRequest): WebhookReceipt {
    return receiveZoom(this.#settings.webhookSecrets, request);
  }

  check(signal: AbortSignal): Promise<readonly CheckResult[]> {
    return checkZoom(this.#api, this.users, this.#settings, signal);
  }

  /** Returns what a client with the Meeting SDK joins with: a signature, and for hosts a ZAK. Missing without an SDK app. */
  async #sdkCredentials(
    sdk: NonNullable<ZoomSettings['sdk']>,
    meeting: MeetingRef,
    person: MeetingPerson,
    signal: AbortSignal,
  ): Promise<Credentials> {
    const { meetingId } = meeting;
    const { isHost } = person;
    const now = this.#clock.now();
    const { password } = await this.#meetings.get(meetingId, signal);
    const signature = meetingSdkJwt({ ...sdk, meetingId, isHost, now });
    const credentials = { sdkKey: sdk.key, meetingNumber: meetingId, signature, password };
    const expiresAt = now + SDK_MS;
    if (!isHost) return { kind: 'credentials', credentials, expiresAt };
    const hostId = this.#coHosts.userOf(meeting, person) ?? meeting.hostId;
    if (hostId === null) throw new ProviderError('refused', 'the meeting has no Zoom user as host');
    const { token } = await this.users.zak(hostId, signal);
    return { kind: 'credentials', credentials: { ...credentials, zak: token }, expiresAt };
  }
}

function unlessMisconfigured(error: unknown): void {
  if (!(error instanceof ProviderError) || error.kind !== 'misconfigured') throw error;
}
