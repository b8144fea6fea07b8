import { TelevisitError } from '@televisit/shared/errors';
import * as attendance from './attendance.ts';
import type { Actor } from './events.ts';
import * as lifecycle from './lifecycle.ts';
import { requireSeat } from './people.ts';
import type { SessionChange } from './session-store.ts';
import { isOver, type Session } from './session.ts';

/** An event of the external provider that runs a session's meeting. `at` is when it happened. */
export type ProviderEvent =
  | { readonly type: 'meeting.started' | 'meeting.ended'; readonly at: number }
  | {
      readonly type: 'participant.joined' | 'participant.left';
      readonly at: number;
      readonly userId: string;
    };

/**
 * Returns the change that an event makes to a session, or null if it changes nothing. Providers deliver events late, twice
 * and out of order, so each counts from its own time, and one that a later event supersedes is ignored. No error is a 410,
 * because that would make a provider stop sending.
 * @throws {TelevisitError} `participant_not_found`, `session_closed`, `not_open_yet`, `removed`, `visit_full`; `not_joined`
 * if the person left before their arrival was reported
 */
export function applyProviderEvent(
  session: Session,
  event: ProviderEvent,
  graceMs: number,
  by: Actor,
  now: number,
): SessionChange | null {
  // The provider's clock may be ahead of ours, and no event precedes the start of the visit.
  const at = Math.max(Math.min(event.at, now), session.startedAt ?? session.createdAt);
  switch (event.type) {
    case 'meeting.started':
      return lifecycle.start(session, by, now, at);
    case 'meeting.ended':
      return lifecycle.end(session, 'backend_ended', by, now, Math.max(at, lastSeen(session)));
    case 'participant.joined':
      return joined(session, requireSeat(session, event.userId), graceMs, at, now);
    case 'participant.left':
      return left(session, requireSeat(session, event.userId), by, at, now);
  }
}

function joined(
  session: Session,
  seat: number,
  graceMs: number,
  at: number,
  now: number,
): SessionChange | null {
  if (isOver(session)) return null;
  const last = attendance.intervalsOf(session, seat).at(-1);
  if (last && (last.leftAt === null || at < last.leftAt)) return null;
  if (session.seats[seat]?.removedAt === null) {
    if (at >= session.closesAt) throw new TelevisitError('session_closed');
    lifecycle.requireOpen(session, at);
  }
  return attendance.enter(session, seat, graceMs, now, at);
}

function left(session: Session, seat: number, by: Actor, at: number, now: number): SessionChange | null {
  if (isOver(session) || session.seats[seat]?.removedAt !== null) return null;
  const last = attendance.intervalsOf(session, seat).at(-1);
  // Accepting it would leave the person present forever once the delayed arrival is reported.
  if (!last || (last.leftAt !== null && at > last.leftAt)) throw new TelevisitError('not_joined');
  if (last.leftAt !== null || at < last.joinedAt) return null;
  return attendance.leave(session, seat, { at, reason: 'left' }, by, now);
}

/** Returns when a person last entered or left. */
function lastSeen({ intervals }: Session): number {
  return Math.max(0, ...intervals.map(({ joinedAt, leftAt }) => leftAt ?? joinedAt));
}
