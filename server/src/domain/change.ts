import type { Actor, SessionEvent, SessionFact } from './events.ts';
import type { SessionChange } from './session-store.ts';
import { isOver, type Interval, type Session } from './session.ts';

/** A live visit that stands empty for this long is over, in milliseconds. */
export const EMPTY_MS = 5 * 60_000;

/** The next version of a session with the facts that led to it. */
export function change(
  session: Session,
  patch: Partial<Session>,
  now: number,
  by: Actor,
  ...facts: readonly SessionFact[]
): SessionChange {
  const events = facts.map((fact, index): SessionEvent => ({
    ...fact,
    seq: session.eventCount + index + 1,
    at: now,
    by,
  }));
  const changed = { ...session, updatedAt: now, ...patch };
  const next: Session = {
    ...changed,
    emptySince: emptySince(session, changed.intervals, now),
    eventCount: session.eventCount + facts.length,
    version: session.version + 1,
  };
  return { next: { ...next, dueAt: dueAt(next) }, events };
}

/**
 * When time alone changes the session next: its window closes, or it has stood empty for too long. Who looked in early
 * and left again does not end a visit before its time.
 */
function dueAt(session: Session): number | null {
  if (isOver(session)) return null;
  const { closesAt, scheduledAt, emptySince } = session;
  return emptySince === null ? closesAt : Math.min(closesAt, Math.max(emptySince, scheduledAt) + EMPTY_MS);
}

/** Counted from when it was written that nobody is in: a server that was away gives people time to come back. */
function emptySince(session: Session, intervals: readonly Interval[], now: number): number | null {
  if (intervals.length === 0 || intervals.some(({ leftAt }) => leftAt === null)) return null;
  return session.emptySince ?? now;
}
