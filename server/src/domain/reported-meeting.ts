import { TelevisitError } from '@televisit/shared/errors';
import * as attendance from './attendance.ts';
import type { Actor } from './events.ts';
import * as lifecycle from './lifecycle.ts';
import { requireSeat } from './people.ts';
import type { SessionChange } from './session-store.ts';
import { isOver, type Session } from './session.ts';

/** What another provider, which runs the meeting of a session, tells about it. `at` is when it happened. */
export type ReportedEvent =
  | { readonly type: 'meeting.started' | 'meeting.ended'; readonly at: number }
  | {
      readonly type: 'participant.joined' | 'participant.left';
      readonly at: number;
      readonly userId: string;
    };

/**
 * What it makes of a session; null where that is known already. Providers tell things late, twice and out of order:
 * what lies in the past counts from then, and what a later event has overtaken changes nothing. Nothing is refused with
 * 410, which would have them tell nothing any more.
 * @throws {TelevisitError} `participant_not_found`, `session_closed`, `not_open_yet`, `removed`, `visit_full`;
 * `not_joined` where they left before it is known that they came
 */
export function reported(
  session: Session,
  event: ReportedEvent,
  graceMs: number,
  by: Actor,
  now: number,
): SessionChange | null {
  // A provider's clock may be ahead of ours, and nothing comes before the visit was live.
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
  // Otherwise their coming, told only later, would leave them in for good.
  if (!last || (last.leftAt !== null && at > last.leftAt)) throw new TelevisitError('not_joined');
  if (last.leftAt !== null || at < last.joinedAt) return null;
  return attendance.leave(session, seat, { at, reason: 'left' }, by, now);
}

/** When somebody last came or left. */
function lastSeen({ intervals }: Session): number {
  return Math.max(0, ...intervals.map(({ joinedAt, leftAt }) => leftAt ?? joinedAt));
}
