import { createHash } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import type { MeetingPlan, MeetingRef } from '../meeting-provider.ts';
import { ProviderError } from '../provider-error.ts';
import { isMeetingOf, timesOf } from './meeting-body.ts';
import { hasCode, ZOOM_CODES } from './zoom-error.ts';
import type { ListedMeeting, ZoomMeeting, ZoomMeetings } from './zoom-meetings.ts';
import type { ZoomSettings } from './zoom-settings.ts';
import type { ZoomUser, ZoomUsers } from './zoom-users.ts';

/** A host keeps the licence if the next meeting begins within this time, in milliseconds. */
const SOON_MS = 2 * 3_600_000;
/** A limit that lasts longer than this is one of a day, in milliseconds. */
const DAILY_MS = 60_000;
/** Meetings within this time of each other count when choosing a host, so that a visit that overruns disturbs none. */
const NEAR_MS = 30 * 60_000;

interface Candidate {
  readonly user: ZoomUser;
  readonly meetings: readonly ListedMeeting[];
}

/**
 * Chooses the Zoom user who hosts a visit: the host's own user by e-mail address, otherwise one of the pool. A user hosts one
 * meeting at a time.
 */
export class ZoomHosts {
  readonly #users: ZoomUsers;
  readonly #meetings: ZoomMeetings;
  readonly #settings: ZoomSettings;
  readonly #clock: Clock;
  /** Ends when the last creation in the pool has ended: two at once would choose the same host. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(users: ZoomUsers, meetings: ZoomMeetings, settings: ZoomSettings, clock: Clock) {
    this.#users = users;
    this.#meetings = meetings;
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Creates the meeting of a plan. @param isRetry whether an earlier attempt may have created it */
  async create(plan: MeetingPlan, isRetry: boolean, signal: AbortSignal): Promise<MeetingRef> {
    const own = await this.#ownUser(plan, signal);
    const found = own && isRetry ? await this.#meetings.find(plan, own.id, signal) : null;
    if (own && found) return asRef(found, own.id);
    // The earlier attempt may have been in the pool.
    if (isRetry) return this.#inTurn(() => this.#createInPool(plan, own, signal));
    if (own) {
      const created = await this.#createAt(own, plan, signal).catch(unlessNextHostMay);
      if (!(created instanceof ProviderError)) return created;
      if (this.#settings.hosts.length === 0) throw created;
    }
    return this.#inTurn(() => this.#createInPool(plan, null, signal));
  }

  /** Returns the meeting that an interrupted attempt may have created; null if there is none. */
  async find(plan: MeetingPlan, signal: AbortSignal): Promise<MeetingRef | null> {
    const own = await this.#ownUser(plan, signal, false);
    const found = own && (await this.#meetings.find(plan, own.id, signal));
    if (found) return asRef(found, own.id);
    for (const { user, meetings } of await this.#candidates(signal)) {
      const one = meetings.find(({ agenda }) => isMeetingOf(agenda, plan));
      if (one) return asRef(one, user.id);
    }
    return null;
  }

  /** Gives the host of a meeting a licence, if licences are assigned. @throws {ProviderError} if none is left */
  async license(hostId: string, signal: AbortSignal): Promise<void> {
    if (!this.#settings.assignLicences) return;
    const user = await this.#users.find(hostId, signal);
    if (user && !user.isLicensed) await this.#users.setLicensed(hostId, true, signal);
  }

  /** Takes the licence of a host, if licences are assigned, unless the host has another meeting now or soon. */
  async unlicense({ hostId, meetingId }: MeetingRef, signal: AbortSignal): Promise<void> {
    if (!this.#settings.assignLicences || hostId === null) return;
    const now = this.#clock.now();
    try {
      const others = await this.#meetings.ofHost(hostId, signal);
      if (others.some(({ id, start, end }) => id !== meetingId && end > now && start < now + SOON_MS)) return;
      await this.#users.setLicensed(hostId, false, signal);
    } catch (error) {
      // What needs the operator must not keep the meeting from ending; `check` reports it.
      if (!(error instanceof ProviderError) || error.isTemporary) throw error;
    }
  }

  /** Returns the host's own user; null if there is none who can host. */
  async #ownUser(plan: MeetingPlan, signal: AbortSignal, mayCreate = true): Promise<ZoomUser | null> {
    for (const { email, displayName } of plan.people.filter(({ isHost }) => isHost)) {
      if (email === null) continue;
      let user = await this.#users.find(email, signal);
      if (!user && mayCreate && this.#settings.createUsers) {
        const newUser = { email, firstName: displayName };
        user = await this.#users
          .create(newUser, this.#settings.createUsers, signal)
          .catch((error: unknown) => {
            if (hasCode(error, ZOOM_CODES.emailTaken) && this.#settings.hosts.length > 0) return null;
            throw error;
          });
      }
      if (user?.isActive) return user;
    }
    return null;
  }

  /** @param first a user outside the pool who is tried first */
  async #createInPool(plan: MeetingPlan, first: ZoomUser | null, signal: AbortSignal): Promise<MeetingRef> {
    const candidates = await this.#candidates(signal);
    for (const { user, meetings } of candidates) {
      const found = meetings.find(({ agenda }) => isMeetingOf(agenda, plan));
      if (found) return asRef(found, user.id);
    }
    const ordered = inOrder(candidates, plan, this.#clock.now());
    let last: ProviderError | null = null;
    for (const user of first ? [first, ...ordered] : ordered) {
      const created = await this.#createAt(user, plan, signal).catch(unlessNextHostMay);
      if (created instanceof ProviderError) last = created;
      else if (user === first || (await this.#keeps(created, user, plan, signal))) return created;
    }
    throw last ?? noHost(candidates.length);
  }

  /** Returns the users of the pool who can host, with their meetings. */
  async #candidates(signal: AbortSignal): Promise<readonly Candidate[]> {
    const candidates: Candidate[] = [];
    for (const host of this.#settings.hosts) {
      const user = await this.#users.find(host, signal);
      if (!user?.isActive) continue;
      candidates.push({ user, meetings: await this.#meetings.ofHost(user.id, signal) });
    }
    return candidates;
  }

  async #createAt(user: ZoomUser, plan: MeetingPlan, signal: AbortSignal): Promise<MeetingRef> {
    let { isLicensed } = user;
    if (!isLicensed && this.#settings.assignLicences) {
      await this.#users.setLicensed(user.id, true, signal);
      isLicensed = true;
    }
    try {
      return asRef(await this.#meetings.create(plan, { id: user.id, isLicensed }, signal), user.id);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.kind !== 'unavailable' || signal.aborted) throw error;
      // The answer may have been lost, not the request.
      const found = await this.#meetings.find(plan, user.id, signal);
      if (found === null) throw error;
      return asRef(found, user.id);
    }
  }

  /**
   * Whether a new meeting in the pool may stay. Another server may have chosen the same host at the same time: the earlier
   * meeting stays, the other one is deleted and tries the next host.
   */
  async #keeps(
    created: MeetingRef,
    user: ZoomUser,
    plan: MeetingPlan,
    signal: AbortSignal,
  ): Promise<boolean> {
    const listed = await this.#meetings.ofHost(user.id, signal);
    const mine = listed.find(({ id }) => id === created.meetingId);
    if (mine === undefined) return true;
    const times = timesOf(plan, this.#clock.now());
    const isFirst = listed.every((other) => !overlaps(other, times) || isAtLeast(other, mine));
    if (!isFirst) await this.#meetings.delete(created.meetingId, signal);
    return isFirst;
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

/** Returns the free hosts: those with the least meetings nearby first, then on that day, then in an order of the plan's own. */
export function inOrder(candidates: readonly Candidate[], plan: MeetingPlan, now: number): ZoomUser[] {
  const times = timesOf(plan, now);
  const wide = { start: times.start - NEAR_MS, end: times.end + NEAR_MS };
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  return candidates
    .filter(({ meetings }) => !meetings.some((meeting) => overlaps(meeting, times)))
    .map(({ user, meetings }) => ({
      user,
      near: meetings.filter((meeting) => overlaps(meeting, wide)).length,
      today: meetings.filter(({ start }) => day(start) === day(times.start)).length,
      tie: createHash('sha256').update(`${plan.roomName} ${user.id}`).digest('hex'),
    }))
    .sort((a, b) => a.near - b.near || a.today - b.today || (a.tie < b.tie ? -1 : 1))
    .map(({ user }) => user);
}

type Times = Pick<ListedMeeting, 'start' | 'end'>;

function overlaps(a: Times, b: Times): boolean {
  return a.start < b.end && b.start < a.end;
}

/** Whether a meeting was created at the same time as another or later. */
function isAtLeast(meeting: ListedMeeting, other: ListedMeeting): boolean {
  if (meeting.createdAt !== other.createdAt) return meeting.createdAt > other.createdAt;
  return meeting.id >= other.id;
}

function asRef(meeting: Pick<ZoomMeeting, 'id' | 'uuid'>, hostId: string): MeetingRef {
  return { meetingId: meeting.id, hostId, data: { uuid: meeting.uuid } };
}

/** Returns an error after which another host may succeed. @throws all others */
function unlessNextHostMay(error: unknown): ProviderError {
  const { noUser, foreignUser, mayNotHost, plan, noSeats } = ZOOM_CODES;
  const isOfHost =
    hasCode(error, noUser, foreignUser, mayNotHost, plan, ...noSeats) ||
    (error instanceof ProviderError && error.kind === 'limited' && (error.retryAfterMs ?? 0) > DAILY_MS);
  if (!isOfHost) throw error;
  return error;
}

function noHost(candidates: number): ProviderError {
  return candidates === 0
    ? new ProviderError('misconfigured', 'Zoom has no active user who could host the visit', {
        code: 'no_host',
      })
    : new ProviderError('limited', 'all Zoom hosts have another meeting at that time', {
        code: 'hosts_busy',
      });
}
