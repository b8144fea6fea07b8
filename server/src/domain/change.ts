import type { FactContract } from '@televisit/shared/core/contract';
import { FACTS } from '@televisit/shared/features/index';
import type { Actor, SessionEvent, SessionFact } from './events.ts';
import { meetingAt } from './meeting-steps.ts';
import { remindAt } from './reminder-times.ts';
import type { SessionChange } from './session-store.ts';
import { isOver, type Recording, type Session, type Share } from './session.ts';

/** The time in milliseconds after which an empty live visit ends. */
export const EMPTY_MS = 5 * 60_000;

/**
 * The time in milliseconds for which a waiting participant keeps an empty visit open. Limited, because the end of the
 * wait may have gone unrecorded after a failure of the server or the database.
 */
export const WAITING_MS = 30 * 60_000;

/**
 * The time in milliseconds between the end of a visit and its complete report. Pages and media servers report on the
 * last seconds of the visit within this time.
 */
export const REPORT_MS = 5000;

/** How long before a live visit ends because its window closes, backends are warned, in milliseconds. */
export const CLOSING_SOON_MS = 5 * 60_000;

/** The number of events beyond which only lifecycle and attendance events are recorded. */
export const MAX_PASSING_EVENTS = 10_000;

const CORE_PASSING: readonly SessionFact['type'][] = ['session.updated', 'quality.degraded'];

/** Events that participants can cause repeatedly, and that are limited so that they cannot fill a session's history. */
const PASSING: ReadonlySet<string> = new Set([
  ...CORE_PASSING,
  ...Object.entries<FactContract>(FACTS).flatMap(([type, { repeatable }]) => (repeatable ? [type] : [])),
]);

/** A fact, with its actor if that differs from the actor of the change. */
export type Caused = SessionFact & { readonly by?: Actor };

/** Returns the next version of a session with the events that describe the change. */
export function change(
  session: Session,
  patch: Partial<Session>,
  now: number,
  by: Actor,
  ...facts: readonly Caused[]
): SessionChange {
  const changed = { ...session, updatedAt: now, ...patch };
  const recordings = changed.recordings.map((recording) => stopped(recording, changed, now));
  const stops = recordings.filter((recording, index) => recording !== changed.recordings[index]);
  const all: readonly Caused[] = [
    ...facts,
    ...stops.map(({ recordingId }) => ({ type: 'recording.stopped', recordingId }) as const),
  ];
  const full = session.eventCount >= MAX_PASSING_EVENTS;
  const kept = full ? all.filter(({ type }) => !PASSING.has(type)) : all;
  const events = kept.map((fact, index): SessionEvent => ({
    ...fact,
    seq: session.eventCount + index + 1,
    at: now,
    by: fact.by ?? by,
  }));
  const next: Session = {
    ...changed,
    recordings,
    shares: changed.shares.map((share) => closed(share, changed)),
    emptySince: emptySince(session, changed, now),
    eventCount: session.eventCount + events.length,
    version: session.version + 1,
  };
  const times = { dueAt: dueAt(session, next, now), remindAt: remindAt(next), meetingAt: meetingAt(next) };
  return { next: { ...next, ...times }, events };
}

/**
 * Returns the time at which the session changes without any action: its window closes or is about to, it has been empty
 * for too long, or its report is complete. A participant who entered early and left again does not end a visit before its scheduled
 * time, and no change makes a visit end in the past.
 */
function dueAt(previous: Session, next: Session, now: number): number | null {
  if (isOver(previous) && isOver(next)) return next.dueAt;
  if (isOver(next)) return next.intervals.length === 0 ? null : now + REPORT_MS;
  const isToWarn = next.status === 'live' && next.warnedOf !== next.closesAt;
  const due = Math.min(endOf(next), isToWarn ? next.closesAt - CLOSING_SOON_MS : Infinity);
  return due === previous.dueAt ? due : Math.max(due, now);
}

/** Returns the time at which the window of a visit closes, or at which it has been empty for too long. */
export function endOf({ closesAt, scheduledAt, emptySince }: Session): number {
  return emptySince === null ? closesAt : Math.min(closesAt, Math.max(emptySince, scheduledAt) + EMPTY_MS);
}

/**
 * Returns the time since which the visit counts as empty. It is counted from the write that recorded the last
 * departure, so that participants have time to return after a server outage. While a participant waits, the visit
 * counts as empty only `WAITING_MS` after the last arrival or departure.
 */
function emptySince(session: Session, { intervals, seats }: Session, now: number): number | null {
  if (intervals.length === 0 || intervals.some(({ leftAt }) => leftAt === null)) return null;
  const since = Math.min(session.emptySince ?? now, now);
  const waiting = seats.flatMap(({ waitingSince }) => waitingSince ?? []);
  if (waiting.length === 0) return since;
  const left = intervals.flatMap(({ leftAt }) => leftAt ?? []);
  return Math.max(since, Math.max(...waiting, ...left) + WAITING_MS);
}

/** Ends a share if the attendance of its participant has ended. */
function closed(share: Share, { intervals }: Session): Share {
  if (share.endedAt !== null) return share;
  const last = intervals.findLast(({ seat }) => seat === share.seat);
  if (last?.leftAt == null) return share;
  return { ...share, endedAt: Math.max(share.startedAt, last.leftAt) };
}

/** Stops a recording if its visit is over, for whatever reason. */
function stopped(recording: Recording, session: Session, now: number): Recording {
  if (recording.stoppedAt !== null || !isOver(session)) return recording;
  return { ...recording, stoppedAt: Math.max(recording.startedAt, session.endedAt ?? now) };
}
