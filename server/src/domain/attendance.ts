import { TelevisitError } from '@televisit/shared/errors';
import type { LeaveReason } from '@televisit/shared/vocabulary';
import { joinedFact, leftFact } from './attendance-facts.ts';
import { change, type Caused } from './change.ts';
import { SYSTEM, type Actor, type SessionFact } from './events.ts';
import type { SessionChange } from './session-store.ts';
import {
  isInside,
  isOver,
  seatIndex,
  type Interval,
  type Quality,
  type Seat,
  type Session,
} from './session.ts';

/** Who was in a visit, and when. Pure; callers write what it returns. Null means that there is nothing to change. */

/** Nobody's coming and going fills a session: beyond this many intervals of one person the last one goes on. */
const MAX_INTERVALS = 100;

/** Who left for one of these may only have lost the connection; who left on purpose and comes back begins anew. */
const INTERRUPTIONS: readonly LeaveReason[] = ['connection_lost', 'server_shutdown'];

const UNKNOWN_QUALITY: Quality = { sent: null, received: null };

/**
 * A person enters; the first one makes the visit live. Who comes back within `graceMs` of losing the connection goes on
 * in the same interval, which counts as a reconnect, and so does somebody whom the store believes to be in still.
 * @param at when they came; it may lie in the past
 * @throws TelevisitError `session_over`, `removed`, `visit_full`
 */
export function enter(session: Session, seat: number, graceMs: number, now: number, at = now): SessionChange {
  if (isOver(session)) throw new TelevisitError('session_over');
  if (session.seats[seat]?.removedAt !== null) throw new TelevisitError('removed');
  const inside = session.intervals.filter(({ leftAt }) => leftAt === null);
  const others = inside.filter((interval) => interval.seat !== seat);
  if (others.length >= session.options.maxParticipants) throw new TelevisitError('visit_full');
  const by: Actor = { type: 'participant', seat };
  // Nobody heard that this person left, so nobody hears that they came: joined and left take turns in the history.
  const silent = inside.length > others.length || isRestless(session, seat);
  const intervals = entered(session, seat, graceMs, at);
  const facts: Caused[] = silent ? [] : [joinedFact(intervals, seat)];
  // Whom a host admits waits no longer; who still did was let in by a host's coming, or another change of the visit.
  if (isWaiting(session.seats, seat)) facts.unshift({ type: 'participant.admitted', seat, by: SYSTEM });
  const patch: Partial<Session> = { intervals, seats: notWaiting(session.seats, seat) };
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

/** How somebody left. */
export interface Left {
  /** When; it may lie in the past. */
  readonly at: number;
  readonly reason: LeaveReason;
  readonly quality?: Quality;
  /** For how long the person's network was poor since they came, in milliseconds. */
  readonly impairedMs?: number;
}

/**
 * A person is out, never before they came. Where another change has closed their interval already (the visit ended, they
 * were removed), what is known of the quality is added to it, once.
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
    const told = !isUnknown(last.quality) || last.impairedMs > 0;
    if (told || (isUnknown(quality) && impairedMs <= 0)) return null;
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
  const silent = isRestless(session, seat) && last.reconnects > 0;
  const facts: SessionFact[] = silent ? [] : [leftFact(intervals, seat)];
  return change(session, { intervals }, now, by, ...facts);
}

/** A person's network has been poor for a while. */
export function degraded(session: Session, seat: number, now: number): SessionChange | null {
  if (!isInside(session, seat)) return null;
  return change(session, {}, now, SYSTEM, { type: 'quality.degraded', seat });
}

/** Whether somebody has come and gone so often that it is no news any more. */
function isRestless(session: Session, seat: number): boolean {
  return intervalsOf(session, seat).length >= MAX_INTERVALS;
}

/** A process that died could not say who left: everybody who seems to be in left when it was last alive. */
export function abandon(session: Session, lastAlive: number, now: number): SessionChange | null {
  const inside = session.intervals.filter(({ leftAt }) => leftAt === null);
  if (inside.length === 0) return null;
  const intervals = closeIntervals(session.intervals, Math.min(lastAlive, now), 'connection_lost');
  const facts = inside.map(({ seat }) => leftFact(intervals, seat));
  return change(session, { intervals }, now, SYSTEM, ...facts);
}

/** A person's media goes on elsewhere: what is known of its quality here is added to the interval, which stays open. */
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
 * Returns the intervals with the open ones closed at a time, but never before they began. A reconnect may have kept impaired
 * time from up to a later moment of another process's clock.
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

/** A person's intervals. */
export function intervalsOf(session: Session, seat: number): readonly Interval[] {
  return session.intervals.filter((interval) => interval.seat === seat);
}

/** How long a person was in the visit up to `now`, in milliseconds. */
export function timeIn(intervals: readonly Interval[], now: number): number {
  return intervals.reduce((sum, { joinedAt, leftAt }) => sum + Math.max(0, (leftAt ?? now) - joinedAt), 0);
}

/** The quality over several intervals, each weighed by its length. */
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
    // Two servers' clocks may differ; intervals of one person never overlap, and nobody enters before they are let in.
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

/** Whether somebody who comes now goes on in this interval: they are in, or lost the connection within the grace. */
export function isInterrupted({ leftAt, reason }: Interval, graceMs: number, now: number): boolean {
  if (leftAt === null || reason === null) return true;
  return INTERRUPTIONS.includes(reason) && now - leftAt <= graceMs;
}

/**
 * Checks that a person is in the visit now, or lost the connection within `graceMs`.
 * @returns the place of their seat
 * @throws TelevisitError `session_over`, `removed`, `not_joined`
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

/** Who enters waits no longer. */
function notWaiting(seats: readonly Seat[], place: number): readonly Seat[] {
  if (!isWaiting(seats, place)) return seats;
  return seats.map((seat, index) => (index === place ? { ...seat, waitingSince: null } : seat));
}

function isWaiting(seats: readonly Seat[], place: number): boolean {
  return (seats[place]?.waitingSince ?? null) !== null;
}

/** No part of a stretch of time is longer than the whole; all in milliseconds. */
function within(ms: number, from: number, to: number): number {
  return Math.round(Math.max(0, Math.min(ms, to - from)));
}

function isUnknown({ sent, received }: Quality): boolean {
  return sent === null && received === null;
}

/** An interval that was gone on with has a quality already; the new one is weighed equally with it. */
function mean(known: Quality, fresh: Quality): Quality {
  const both = (left: number | null, right: number | null) =>
    left === null || right === null ? (left ?? right) : (left + right) / 2;
  return { sent: both(known.sent, fresh.sent), received: both(known.received, fresh.received) };
}
