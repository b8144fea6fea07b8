import { randomBytes, randomUUID } from 'node:crypto';

/** An answer of the Zoom API with an error; https://developers.zoom.us/docs/api/ lists the codes of each method. */
export class ZoomRefusal extends Error {
  readonly status: number;
  readonly code: number;
  readonly fields: readonly string[];

  constructor(status: number, code: number, message: string, fields: readonly string[] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

export interface DoubleUser {
  readonly id: string;
  readonly email: string;
  firstName: string;
  /** 1: Basic, 2: Licensed. */
  type: number;
  status: 'active' | 'pending' | 'inactive';
}

export interface DoubleRegistrant {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly joinUrl: string;
  isCancelled: boolean;
}

export interface DoubleStay {
  readonly participantUuid: string;
  /** New each time a person joins. */
  readonly userId: number;
  readonly name: string;
  readonly registrantId: string;
  /** The Zoom user who hosts; empty for guests. */
  readonly zoomUserId: string;
  readonly email: string;
  joinedAt: number;
  leftAt: number | null;
  isWaiting: boolean;
}

/** One time that a meeting ran. */
export interface DoubleRun {
  readonly uuid: string;
  readonly startedAt: number;
  endedAt: number | null;
  readonly stays: DoubleStay[];
}

export interface DoubleMeeting {
  readonly id: number;
  /** New after each end. */
  uuid: string;
  readonly host: DoubleUser;
  readonly createdAt: number;
  topic: string;
  agenda: string;
  startTime: number;
  duration: number;
  timezone: string;
  settings: {
    waitingRoom: boolean;
    joinBeforeHost: boolean;
    approvalType: number;
  };
  /** The users who may host beside the host. */
  alternativeHosts: readonly DoubleUser[];
  readonly registrants: DoubleRegistrant[];
  readonly runs: DoubleRun[];
  isDeleted: boolean;
}

/** Someone in a meeting of the double. */
export interface DoubleParticipant {
  readonly meeting: DoubleMeeting;
  readonly stay: DoubleStay;
  readonly asHost: boolean;
}

/** Whom an address admits. */
interface Admission {
  readonly meeting: DoubleMeeting;
  readonly registrant: DoubleRegistrant | null;
  /** The Zoom user of a host; null for guests. */
  readonly user: DoubleUser | null;
  readonly asHost: boolean;
}

/** An event of a meeting, as the app's webhooks report it. */
export interface ZoomEvent {
  readonly event: string;
  readonly event_ts: number;
  readonly payload: { readonly account_id: string; readonly object: Record<string, unknown> };
}

export const ACCOUNT_ID = 'zoom-account-1';
/** A host's creations and updates a day; https://developers.zoom.us/docs/api/rate-limits/. */
const CHANGES_A_DAY = 100;
const REGISTRATIONS_A_DAY = 3;
/** How long `start_url` admits. */
const START_URL_MS = 2 * 3_600_000;

/** The users and meetings of a Zoom account, with Zoom's rules. */
export class ZoomDoubleAccount {
  readonly users: DoubleUser[] = [];
  readonly meetings: DoubleMeeting[] = [];
  /** E-mail addresses that users of other accounts have. */
  readonly foreignEmails = new Set<string>();
  /** All events so far. */
  readonly events: ZoomEvent[] = [];
  /** How many users may be licensed. */
  seats = 10;
  /** Free accounts have no records of participants. */
  isFree = false;
  /** How long after the end records have no durations. */
  recordsDelayMs = 0;
  onEvent: (event: ZoomEvent) => void = () => undefined;
  readonly #now: () => number;
  readonly #baseUrl: () => string;
  /** A token (ZAK) is one of a user. */
  readonly #hostTokens = new Map<string, { user: DoubleUser; until: number }>();
  readonly #changes = new Map<string, number>();
  readonly #registrations = new Map<string, number>();
  #lastId = 85_000_000_000;
  #lastUserId = 16_778_000;
  #uuids = 0;

  constructor(now: () => number, baseUrl: () => string) {
    this.#now = now;
    this.#baseUrl = baseUrl;
  }

  addUser(email: string, changes: Partial<Omit<DoubleUser, 'id' | 'email'>> = {}): DoubleUser {
    const id = `zu${randomBytes(9).toString('base64url')}`;
    const user: DoubleUser = { id, email, firstName: 'Zoom', type: 2, status: 'active', ...changes };
    this.users.push(user);
    return user;
  }

  /** @throws {ZoomRefusal} 1001 */
  user(idOrEmail: string): DoubleUser {
    const user = this.users.find(({ id, email }) => id === idOrEmail || email === idOrEmail.toLowerCase());
    if (user) return user;
    if (this.foreignEmails.has(idOrEmail))
      throw new ZoomRefusal(404, 1010, 'User not belong to this account.');
    throw new ZoomRefusal(404, 1001, `User does not exist: ${idOrEmail}.`);
  }

  /** Users API, PATCH /users/{userId}: 2034 and 3412 if no seat is left. */
  setType(user: DoubleUser, type: number): void {
    const licensed = this.users.filter((other) => other !== user && other.type === 2).length;
    if (type === 2 && licensed >= this.seats) {
      throw new ZoomRefusal(400, 3412, 'You have exceeded the limit of licenses of your account.');
    }
    user.type = type;
  }

  /** Takes note of a creation or update. @throws {ZoomRefusal} 429 after 100 a day */
  countChange(host: DoubleUser, count = 1): void {
    const key = `${host.id} ${this.#day()}`;
    const used = this.#changes.get(key) ?? 0;
    if (used + count > CHANGES_A_DAY) {
      const message = 'A maximum of 100 meetings can be created/updated for a single user in one day.';
      throw new ZoomRefusal(429, 429, message);
    }
    this.#changes.set(key, used + count);
  }

  addMeeting(
    host: DoubleUser,
    plan: Omit<
      DoubleMeeting,
      'id' | 'uuid' | 'host' | 'createdAt' | 'alternativeHosts' | 'registrants' | 'runs' | 'isDeleted'
    >,
  ): DoubleMeeting {
    const meeting: DoubleMeeting = {
      ...plan,
      id: (this.#lastId += 7919),
      uuid: this.#uuid(),
      host,
      createdAt: this.#now(),
      alternativeHosts: [],
      registrants: [],
      runs: [],
      isDeleted: false,
    };
    this.meetings.push(meeting);
    return meeting;
  }

  /** @throws {ZoomRefusal} 3001 */
  meeting(id: string): DoubleMeeting {
    const meeting = this.meetings.find((one) => String(one.id) === id && !one.isDeleted);
    if (!meeting) throw new ZoomRefusal(404, 3001, `Meeting does not exist: ${id}.`);
    return meeting;
  }

  /** Meetings API, POST /meetings/{meetingId}/registrants. */
  register(meeting: DoubleMeeting, email: string, name: string): DoubleRegistrant {
    if (meeting.settings.approvalType === 2) {
      throw new ZoomRefusal(404, 3043, 'Meeting has not set registration as required.');
    }
    const key = `${meeting.id} ${email} ${this.#day()}`;
    const used = (this.#registrations.get(key) ?? 0) + 1;
    if (used > REGISTRATIONS_A_DAY) throw new ZoomRefusal(429, 429, 'Too many registrations for one day.');
    this.#registrations.set(key, used);
    const existing = meeting.registrants.find((one) => one.email === email && !one.isCancelled);
    if (existing) return existing;
    const id = randomBytes(16).toString('base64url');
    const joinUrl = `${this.#baseUrl()}/w/${meeting.id}?tk=${id}`;
    const registrant: DoubleRegistrant = { id, email, name, joinUrl, isCancelled: false };
    meeting.registrants.push(registrant);
    return registrant;
  }

  joinUrl(meeting: DoubleMeeting): string {
    return `${this.#baseUrl()}/j/${meeting.id}?pwd=hashed`;
  }

  /** Returns a new address that admits as the host for two hours. */
  startUrl(meeting: DoubleMeeting): string {
    const token = randomUUID();
    this.#hostTokens.set(token, { user: meeting.host, until: this.#now() + START_URL_MS });
    return `${this.#baseUrl()}/s/${meeting.id}?zak=${token}`;
  }

  /** Users API, GET /users/{userId}/token. */
  zakOf(user: DoubleUser, seconds: number): string {
    const token = `zak-of-${user.id}-${seconds}`;
    this.#hostTokens.set(token, { user, until: this.#now() + seconds * 1000 });
    return token;
  }

  /** PATCH /meetings/{meetingId}, settings.alternative_hosts: each must be a licensed user of the account. */
  setAlternativeHosts(meeting: DoubleMeeting, hosts: readonly string[]): void {
    const users = hosts.map((host) => this.users.find(({ id, email }) => id === host || email === host));
    if (users.some((user) => user?.type !== 2 || user.status !== 'active')) {
      throw new ZoomRefusal(400, 1114, 'Some of the alternative hosts cannot be selected.');
    }
    meeting.alternativeHosts = users.filter((user) => user !== undefined);
  }

  /** Returns whom an address admits. @throws {Error} if it admits nobody */
  admission(url: string): Admission {
    const { pathname, searchParams } = new URL(url);
    const [, kind = '', id = ''] = pathname.split('/');
    const meeting = this.meeting(id);
    const granted = this.#hostTokens.get(searchParams.get('zak') ?? '');
    if (kind === 's') {
      if (!granted || granted.until < this.#now()) throw new Error('start_url has expired');
      const { user } = granted;
      const asHost = user === meeting.host || meeting.alternativeHosts.includes(user);
      if (!asHost) throw new Error('the user may not host the meeting');
      return { meeting, registrant: null, user, asHost };
    }
    const registrant = meeting.registrants.find((one) => one.id === searchParams.get('tk')) ?? null;
    if (kind === 'w' && (registrant === null || registrant.isCancelled)) {
      throw new Error('the registration is not valid');
    }
    return { meeting, registrant, user: null, asHost: false };
  }

  /** Enters by an address, as a person does in Zoom. @throws {Error} if the host has to come first */
  join(url: string, name?: string): DoubleParticipant {
    const { meeting, registrant, user, asHost } = this.admission(url);
    const { waitingRoom, joinBeforeHost } = meeting.settings;
    let run = this.runOf(meeting);
    const hosted = run?.stays.some((stay) => stay.zoomUserId !== '' && stay.leftAt === null) ?? false;
    if (!asHost && !hosted && !joinBeforeHost && !waitingRoom) throw new Error('the host has not started it');
    if (!run) {
      // One host runs one meeting at a time.
      const other = this.meetings.find(
        (one) => one !== meeting && one.host === meeting.host && this.runOf(one),
      );
      if (asHost && other) this.end(other);
      run = { uuid: meeting.uuid, startedAt: this.#now(), endedAt: null, stays: [] };
      meeting.runs.push(run);
      this.#report(meeting, 'meeting.started', { start_time: time(this.#now()) });
    }
    const stay: DoubleStay = {
      participantUuid: randomUUID().toUpperCase(),
      userId: (this.#lastUserId += 1024),
      name: name ?? registrant?.name ?? user?.firstName ?? 'Guest',
      registrantId: registrant?.id ?? '',
      zoomUserId: user?.id ?? '',
      email: user?.email ?? '',
      joinedAt: this.#now(),
      leftAt: null,
      isWaiting: waitingRoom && !asHost,
    };
    run.stays.push(stay);
    const event = stay.isWaiting ? 'meeting.participant_joined_waiting_room' : 'meeting.participant_joined';
    this.#reportPerson(meeting, event, stay, { join_time: time(stay.joinedAt) });
    return { meeting, stay, asHost };
  }

  /** Lets a person in from the waiting room. */
  admit({ meeting, stay }: DoubleParticipant): void {
    stay.isWaiting = false;
    stay.joinedAt = this.#now();
    this.#reportPerson(meeting, 'meeting.participant_joined', stay, { join_time: time(stay.joinedAt) });
  }

  leave({ meeting, stay }: DoubleParticipant): void {
    if (stay.leftAt !== null) return;
    stay.leftAt = this.#now();
    if (!stay.isWaiting) {
      this.#reportPerson(meeting, 'meeting.participant_left', stay, { leave_time: time(stay.leftAt) });
    }
    const run = this.runOf(meeting);
    if (run?.stays.every(({ leftAt, isWaiting }) => leftAt !== null || isWaiting)) this.#endRun(meeting, run);
  }

  /** Ends the current run for all. @returns false if there is none */
  end(meeting: DoubleMeeting): boolean {
    const run = this.runOf(meeting);
    if (!run) return false;
    for (const stay of run.stays) this.leave({ meeting, stay, asHost: false });
    if (run.endedAt === null) this.#endRun(meeting, run);
    return true;
  }

  /** Returns the current run of a meeting. */
  runOf(meeting: DoubleMeeting): DoubleRun | undefined {
    return meeting.runs.find(({ endedAt }) => endedAt === null);
  }

  #endRun(meeting: DoubleMeeting, run: DoubleRun): void {
    run.endedAt = this.#now();
    this.#report(meeting, 'meeting.ended', { start_time: time(run.startedAt), end_time: time(run.endedAt) });
    meeting.uuid = this.#uuid();
  }

  #reportPerson(
    meeting: DoubleMeeting,
    event: string,
    stay: DoubleStay,
    times: Record<string, string>,
  ): void {
    this.#report(meeting, event, {
      participant: {
        user_id: String(stay.userId),
        user_name: stay.name,
        id: stay.zoomUserId,
        participant_uuid: stay.participantUuid,
        participant_user_id: stay.zoomUserId,
        email: stay.email,
        ...(stay.registrantId === '' ? {} : { registrant_id: stay.registrantId }),
        ...times,
      },
    });
  }

  #report(meeting: DoubleMeeting, event: string, more: Record<string, unknown>): void {
    const { id, uuid, host, topic, duration, timezone } = meeting;
    const report = {
      event,
      event_ts: this.#now(),
      payload: {
        account_id: ACCOUNT_ID,
        object: { id: String(id), uuid, host_id: host.id, topic, type: 2, duration, timezone, ...more },
      },
    };
    this.events.push(report);
    this.onEvent(report);
  }

  /** Every second UUID needs to be encoded twice in paths. */
  #uuid(): string {
    const text = randomBytes(16).toString('base64');
    return this.#uuids++ % 2 === 0 ? `/${text.slice(1)}` : text;
  }

  #day(): string {
    return new Date(this.#now()).toISOString().slice(0, 10);
  }
}

/** Formats a time as Zoom does: UTC, in whole seconds. */
export function time(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
