import type { Actor, SessionEvent, SessionFact } from './events.ts';
import type { SessionChange } from './session-store.ts';
import { isOver, type Session } from './session.ts';

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
  const next = {
    ...session,
    updatedAt: now,
    ...patch,
    eventCount: session.eventCount + facts.length,
    version: session.version + 1,
  };
  return { next: { ...next, dueAt: dueAt(next) }, events };
}

/** When time alone changes the session next: its window closes, or it has stood empty for too long. */
function dueAt(session: Session): number | null {
  if (isOver(session)) return null;
  return Math.min(session.closesAt, (emptySince(session) ?? Infinity) + EMPTY_MS);
}

/** Since when a visit that people were in has nobody in it, or null. */
function emptySince({ intervals }: Session): number | null {
  let last: number | null = null;
  for (const { leftAt } of intervals) {
    if (leftAt === null) return null;
    last = Math.max(last ?? leftAt, leftAt);
  }
  return last;
}
