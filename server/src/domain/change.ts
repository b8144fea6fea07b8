import type { Actor, SessionEvent, SessionFact } from './events.ts';
import { remindAt } from './reminder-times.ts';
import type { SessionChange } from './session-store.ts';
import { isOver, type Session, type Share } from './session.ts';

/** A live visit that stands empty for this long is over, in milliseconds. */
export const EMPTY_MS = 5 * 60_000;

/**
 * Somebody in the waiting room holds an empty visit open for this long, in milliseconds: that they are gone could not be
 * written where the server or the database failed.
 */
export const WAITING_MS = 30 * 60_000;

/**
 * This long after it is over, in milliseconds, a visit's report is complete: what pages and media servers still had to tell
 * of its last seconds has come by then.
 */
export const REPORT_MS = 5000;

/** Beyond this many events only what a visit's life and attendance are made of is kept in its history. */
export const MAX_PASSING_EVENTS = 10_000;

/** What people can cause over and over: nobody's playing with a switch may fill a session's history. */
const PASSING: ReadonlySet<SessionFact['type']> = new Set([
  'session.updated',
  'participant.waiting',
  'participant.admitted',
  'participant.declined',
  'room.locked',
  'room.unlocked',
  'screen_share.allowed',
  'screen_share.forbidden',
  'screen_share.started',
  'screen_share.stopped',
  'quality.degraded',
] satisfies SessionFact['type'][]);

/** A fact, with who caused it where that is not who caused the change. */
export type Caused = SessionFact & { readonly by?: Actor };

/** The next version of a session with the facts that led to it. */
export function change(
  session: Session,
  patch: Partial<Session>,
  now: number,
  by: Actor,
  ...facts: readonly Caused[]
): SessionChange {
  const full = session.eventCount >= MAX_PASSING_EVENTS;
  const kept = full ? facts.filter(({ type }) => !PASSING.has(type)) : facts;
  const events = kept.map((fact, index): SessionEvent => ({
    ...fact,
    seq: session.eventCount + index + 1,
    at: now,
    by: fact.by ?? by,
  }));
  const changed = { ...session, updatedAt: now, ...patch };
  const next: Session = {
    ...changed,
    shares: changed.shares.map((share) => closed(share, changed)),
    emptySince: emptySince(session, changed, now),
    eventCount: session.eventCount + events.length,
    version: session.version + 1,
  };
  return { next: { ...next, dueAt: dueAt(session, next, now), remindAt: remindAt(next) }, events };
}

/**
 * When time alone changes the session next: its window closes, it has stood empty for too long, or it is over and its
 * report is complete. Who looked in early and left again does not end a visit before its time.
 */
function dueAt(previous: Session, next: Session, now: number): number | null {
  const { closesAt, scheduledAt, emptySince, intervals } = next;
  if (isOver(previous)) return next.dueAt;
  if (isOver(next)) return intervals.length === 0 ? null : now + REPORT_MS;
  return emptySince === null ? closesAt : Math.min(closesAt, Math.max(emptySince, scheduledAt) + EMPTY_MS);
}

/**
 * Counted from when it was written that nobody is in: a server that was away gives people time to come back. A visit that
 * somebody waits for counts as empty after `WAITING_MS` only, from when they came or the last one left.
 */
function emptySince(session: Session, { intervals, seats }: Session, now: number): number | null {
  if (intervals.length === 0 || intervals.some(({ leftAt }) => leftAt === null)) return null;
  const since = Math.min(session.emptySince ?? now, now);
  const waiting = seats.flatMap(({ waitingSince }) => waitingSince ?? []);
  if (waiting.length === 0) return since;
  const left = intervals.flatMap(({ leftAt }) => leftAt ?? []);
  return Math.max(since, Math.max(...waiting, ...left) + WAITING_MS);
}

/** A share ends with its person's attendance. */
function closed(share: Share, { intervals }: Session): Share {
  if (share.endedAt !== null) return share;
  const last = intervals.findLast(({ seat }) => seat === share.seat);
  if (last?.leftAt == null) return share;
  return { ...share, endedAt: Math.max(share.startedAt, last.leftAt) };
}
