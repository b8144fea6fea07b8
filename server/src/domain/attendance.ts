import { TelevisitError } from '@televisit/shared/errors';
import type { LeaveReason } from '@televisit/shared/vocabulary';
import { change, type Caused } from './change.ts';
import { SYSTEM, type Actor, type SessionFact } from './events.ts';
import type { SessionChange } from './session-store.ts';
import {
  isInside,
  isOver,
  notWaiting,
  seatIndex,
  type Interval,
  type Quality,
  type Seat,
  type Session,
  isHost,
} from './session.ts';

/** Rules of attendance. Pure functions: callers store the returned change; null means that nothing changes. */

/**
 * The limit of intervals per participant. Beyond it the last one is continued, so that a session cannot grow without
 * limit.
 */
const MAX_INTERVALS = 100;

/** Reasons for leaving after which a participant who returns in time continues the same interval. */
const INTERRUPTIONS: readonly LeaveReason[] = ['connection_lost', 'server_shutdown'];

const UNKNOWN_QUALITY: Quality = { sent: null, received: null };

/**
 * Records that a participant enters; the first one makes the visit live. A participant who returns within `graceMs` of
 * losing the connection continues the same interval and counts a reconnect, also if the store still lists them as
 * present.
 * @param at the time of entering, which may be in the past
 * @throws {TelevisitError} `session_over`, `removed`, `visit_full`
 */
export function enter(session: Session, seat: number, graceMs: number, now: number, at = now): SessionChange {
  if (isOver(session)) throw new TelevisitError('session_over');
  if (session.seats[seat]?.removedAt !== null) throw new TelevisitError('removed');
  const inside = session.intervals.filter(({ leftAt }) => leftAt === null);
  const others = inside.filter((interval) => interval.seat !== seat);
  if (others.length >= session.options.maxParticipants) throw new TelevisitError('visit_full');
  const by: Actor = { type: 'participant', seat };
  // A participant who was not recorded as left is not recorded as joined: the two alternate in the history.
  const silent = inside.length > others.length || isCapped(session, seat);
  const intervals = entered(session, seat, graceMs, at);
  const facts: Caused[] = silent ? [] : [joinedFact(intervals, seat)];
  // A host's admission has ended the wait already. Otherwise a host has arrived, or the visit was changed.
  if (isWaiting(session.seats, seat)) facts.unshift({ type: 'participant.admitted', seat, by: SYSTEM });
  const seats = session.seats.map((one, index) => (index === seat ? notWaiting(one, at) : one));
  const patch: Partial<Session> = { intervals, seats };
  if (session.status === 'live') return change(session, patch, now, by, ...facts);
  return change(
    session,
    { ...patch, status: 'live', startedAt: at },
    now,
    by,
    { type: 'meeting.started' },
    ...facts,
  );
}

/** The circumstances of a departure. */
export interface Left {
  /** The time of leaving, which may be in the past. */
  readonly at: number;
  readonly reason: LeaveReason;
  readonly quality?: Quality;
  /** Milliseconds of poor network since the participant joined. */
  readonly impairedMs?: number;
}

/**
 * Records that a participant left, never before they joined. If another change has already closed the interval (the
 * visit ended, the participant was removed), adds the quality to it, once.
 */
export function leave(
  session: Session,
  seat: number,
  { at, reason, quality = UNKNOWN_QUALITY, impairedMs = 0 }: Left,
  by: Actor,
  now: number,
): SessionChange | null {
  const last = session.intervals.findLast((interval) => interval.seat === seat);
  if (!last) return null;
  const withLast = (changed: Partial<Interval>) =>
    session.intervals.map((interval) => (interval === last ? { ...last, ...changed } : interval));
  if (last.leftAt !== null) {
    const isMeasured = !isUnknown(last.quality) || last.impairedMs > 0;
    if (isMeasured || (isUnknown(quality) && impairedMs <= 0)) return null;
    const { updatedAt } = session;
    const intervals = withLast({ quality, impairedMs: within(impairedMs, last.joinedAt, last.leftAt) });
    return change(session, { intervals, updatedAt }, now, by);
  }
  const leftAt = Math.max(last.joinedAt, at);
  const intervals = withLast({
    leftAt,
    reason,
    quality: mean(last.quality, quality),
    impairedMs: within(last.impairedMs + impairedMs, last.joinedAt, leftAt),
  });
  const silent = isCapped(session, seat) && last.reconnects > 0;
  const facts: SessionFact[] = silent ? [] : [leftFact(intervals, seat)];
  return change(session, { intervals }, now, by, ...facts);
}

/** Records that the network of a participant has been poor for a while. */
export function degraded(session: Session, seat: number, now: number): SessionChange | null {
  if (!isInside(session, seat)) return null;
  return change(session, {}, now, SYSTEM, { type: 'quality.degraded', seat });
}

/** Whether a participant has reached the limit of intervals, beyond which joining and leaving are not recorded. */
function isCapped(session: Session, seat: number): boolean {
  return intervalsOf(session, seat).length >= MAX_INTERVALS;
}

/** Records that all present participants left when their process, which has died, was last alive. */
export function abandon(session: Session, lastAlive: number, now: number): SessionChange | null {
  const inside = session.intervals.filter(({ leftAt }) => leftAt === null);
  if (inside.length === 0) return null;
  const intervals = closeIntervals(session.intervals, Math.min(lastAlive, now), 'connection_lost');
  const facts = inside.map(({ seat }) => leftFact(intervals, seat));
  return change(session, { intervals }, now, SYSTEM, ...facts);
}

/** Adds the quality measured on this node to the open interval of a participant whose media moves to another node. */
export function handOver(
  session: Session,
  seat: number,
  { quality = UNKNOWN_QUALITY, impairedMs = 0 }: Pick<Left, 'quality' | 'impairedMs'>,
  now: number,
): SessionChange | null {
  if (isUnknown(quality) && impairedMs <= 0) return null;
  const last = session.intervals.findLast((interval) => interval.seat === seat);
  if (last?.leftAt !== null) return null;
  const known = mean(last.quality, quality);
  const impaired = within(last.impairedMs + impairedMs, last.joinedAt, now);
  const intervals = session.intervals.map((interval) =>
    interval === last ? { ...last, quality: known, impairedMs: impaired } : interval,
  );
  return change(session, { intervals, updatedAt: session.updatedAt }, now, { type: 'participant', seat });
}

/**
 * Returns the intervals with open ones closed at `at`, or at their beginning if that is later. A reconnect may have
 * kept impaired time from up to a later moment of another process's clock.
 */
export function closeIntervals(
  intervals: readonly Interval[],
  at: number,
  reason: LeaveReason,
): readonly Interval[] {
  return intervals.map((interval) => {
    if (interval.leftAt !== null) return interval;
    const leftAt = Math.max(interval.joinedAt, at);
    return {
      ...interval,
      leftAt,
      reason,
      impairedMs: within(interval.impairedMs, interval.joinedAt, leftAt),
    };
  });
}

/** Returns the intervals of a participant. */
export function intervalsOf(session: Session, seat: number): readonly Interval[] {
  return session.intervals.filter((interval) => interval.seat === seat);
}

/** Returns the total length of intervals up to `now`, in milliseconds. */
export function timeIn(intervals: readonly Interval[], now: number): number {
  return intervals.reduce((sum, { joinedAt, leftAt }) => sum + Math.max(0, (leftAt ?? now) - joinedAt), 0);
}

/** Returns the mean quality of intervals, weighted by their length. */
export function meanQuality(intervals: readonly Interval[], now: number): Quality {
  const side = (key: keyof Quality) => {
    let sum = 0;
    let weight = 0;
    for (const interval of intervals) {
      const value = interval.quality[key];
      if (value === null) continue;
      const length = Math.max(1, timeIn([interval], now));
      sum += value * length;
      weight += length;
    }
    return weight === 0 ? null : Math.round((sum / weight) * 10) / 10;
  };
  return { sent: side('sent'), received: side('received') };
}

function entered(
  { intervals, seats }: Session,
  seat: number,
  graceMs: number,
  now: number,
): readonly Interval[] {
  const own = intervals.filter((interval) => interval.seat === seat);
  const last = own.at(-1);
  if (!last || (!isInterrupted(last, graceMs, now) && own.length < MAX_INTERVALS)) {
    // Clocks of servers may differ, but intervals of a participant never overlap or begin before the admission.
    const joinedAt = Math.max(now, last?.leftAt ?? now, seats[seat]?.admittedAt ?? now);
    const fresh: Interval = {
      seat,
      joinedAt,
      leftAt: null,
      reason: null,
      reconnects: 0,
      quality: UNKNOWN_QUALITY,
      impairedMs: 0,
    };
    return [...intervals, fresh];
  }
  return intervals.map((interval) =>
    interval === last ? { ...last, leftAt: null, reason: null, reconnects: last.reconnects + 1 } : interval,
  );
}

/**
 * Whether a participant who enters now continues this interval: it is open, or the connection was lost within the
 * grace.
 */
export function isInterrupted({ leftAt, reason }: Interval, graceMs: number, now: number): boolean {
  if (leftAt === null || reason === null) return true;
  return INTERRUPTIONS.includes(reason) && now - leftAt <= graceMs;
}

/**
 * Checks that a participant is in the visit, or lost the connection within `graceMs`.
 * @returns the index of their seat
 * @throws {TelevisitError} `session_over`, `removed`, `not_joined`
 */
export function requirePresent(session: Session, userId: string, graceMs: number, now: number): number {
  const seat = seatIndex(session, userId);
  if (isOver(session)) throw new TelevisitError('session_over');
  if (session.seats[seat]?.removedAt !== null) throw new TelevisitError('removed');
  if (!isPresent(session, userId, graceMs, now)) throw new TelevisitError('not_joined');
  return seat;
}

/** Whether a person is in a visit. Who lost the connection within the grace is in. */
export function isPresent(session: Session, userId: string, graceMs: number, now: number): boolean {
  const seat = seatIndex(session, userId);
  const last = session.intervals.findLast((interval) => interval.seat === seat);
  return last !== undefined && isInterrupted(last, graceMs, now);
}

function isWaiting(seats: readonly Seat[], place: number): boolean {
  return (seats[place]?.waitingSince ?? null) !== null;
}

/** Limits a duration to the length of the period that contains it, in milliseconds. */
function within(ms: number, from: number, to: number): number {
  return Math.round(Math.max(0, Math.min(ms, to - from)));
}

function isUnknown({ sent, received }: Quality): boolean {
  return sent === null && received === null;
}

/** Combines the quality of a continued interval with a new measurement, weighted equally. */
function mean(known: Quality, fresh: Quality): Quality {
  const both = (left: number | null, right: number | null) =>
    left === null || right === null ? (left ?? right) : (left + right) / 2;
  return { sent: both(known.sent, fresh.sent), received: both(known.received, fresh.received) };
}

/** Returns the event of joining, with the participant's last interval. */
export function joinedFact(intervals: readonly Interval[], seat: number): SessionFact {
  const { number, last } = lastOf(intervals, seat);
  const { joinedAt, reconnects } = last;
  return { type: 'participant.joined', seat, interval: { number, joinedAt, reconnects } };
}

/** Returns the event of leaving, with the participant's last interval, which must be closed. */
export function leftFact(intervals: readonly Interval[], seat: number): SessionFact {
  const { number, last } = lastOf(intervals, seat);
  const { joinedAt, leftAt, reason, reconnects } = last;
  if (leftAt === null || reason === null) throw new Error(`Seat ${seat} has not left.`);
  return { type: 'participant.left', seat, reason, interval: { number, joinedAt, leftAt, reconnects } };
}

function lastOf(intervals: readonly Interval[], seat: number) {
  const own = intervals.filter((interval) => interval.seat === seat);
  const last = own.at(-1);
  if (!last) throw new Error(`Seat ${seat} was never in.`);
  return { number: own.length, last };
}

/**
 * Returns the users who were present in an earlier version of a session, have been dismissed since, and have not
 * returned.
 */
export function dismissed(before: Session, after: Session): readonly string[] {
  return after.seats
    .filter((_, seat) => isInside(before, seat) && intervalsOf(after, seat).at(-1)?.reason === 'dismissed')
    .map(({ userId }) => userId);
}

/** Whether a participant is recorded as left only because of a lost connection. */
export function isTakenForGone(session: Session, userId: string): boolean {
  const last = intervalsOf(session, seatIndex(session, userId)).at(-1);
  return last !== undefined && last.leftAt !== null && last.reason === 'connection_lost';
}

/** How long people waited: in the waiting room, or in the visit without a host. Pure functions; times in milliseconds. */

/** Whether a host, or anyone else, has come to the visit or its waiting room. */
export function hasCome(session: Session, host: boolean): boolean {
  return Number.isFinite(arrivalOf(session, host));
}

/** Returns when the first host, or the first guest, came to the visit or its waiting room; infinity if none did. */
function arrivalOf(session: Session, host: boolean): number {
  const { intervals, seats } = session;
  return Math.min(
    ...intervals.filter(({ seat }) => isHost(session, seat) === host).map(({ joinedAt }) => joinedAt),
    ...seats.flatMap(({ firstWaitedAt }, seat) =>
      firstWaitedAt !== null && isHost(session, seat) === host ? [firstWaitedAt] : [],
    ),
  );
}

/** Returns how long a person has been in the waiting room, and in the visit if no host ever came. */
export function waitOf(session: Session, seat: number, now: number): number {
  const { waitedMs, waitingSince } = session.seats[seat] as Seat;
  const inRoom = waitedMs + (waitingSince === null ? 0 : Math.max(0, now - waitingSince));
  return hasCome(session, true) ? inRoom : inRoom + timeIn(intervalsOf(session, seat), now);
}

/**
 * Returns how long the visit waited for a host: from the arrival of the first guest, possibly in the waiting room, to that
 * of the first host; 0 if a host came first. If the visit is over and no host ever came, the longest wait of a guest. Null
 * if no guest came, or no host has come yet.
 */
export function waitForHost(session: Session, now: number): number | null {
  const [guest, host] = [arrivalOf(session, false), arrivalOf(session, true)];
  if (!Number.isFinite(guest)) return null;
  if (Number.isFinite(host)) return Math.max(0, host - guest);
  if (session.endedAt === null) return null;
  return Math.max(...session.seats.map((_, seat) => waitOf(session, seat, now)));
}
