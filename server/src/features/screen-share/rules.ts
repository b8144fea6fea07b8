import { TelevisitError } from '@televisit/shared/errors';
import { iso } from '../../core/clock.ts';
import { change } from '../../domain/change.ts';
import type { Actor, SessionFact } from '../../domain/events.ts';
import { actorOf, requireSeat, type ActorRef } from '../../domain/people.ts';
import type { Command } from '../../domain/session-changes.ts';
import { isHost, isInside, isOver, seatIndex, type Session, type Share } from '../../domain/session.ts';
import type { SessionChange } from '../../domain/session-store.ts';

/** Rules of screen sharing. Pure functions: callers store the returned change; null means that nothing changes. */

/**
 * The limit of shares per participant. Beyond it the last one is continued without further events, so that a session
 * cannot grow without limit.
 */
export const MAX_SHARES = 50;

/** Whether the participant in a seat may share a screen now. */
export function mayShare(session: Session, seat: number): boolean {
  return isHost(session, seat) || session.screenShareAllowed;
}

/** Allows or forbids screen sharing by participants who are not hosts. @throws {TelevisitError} `session_over` */
export function allow(session: Session, allowed: boolean, by: Actor, now: number): SessionChange | null {
  if (isOver(session)) throw new TelevisitError('session_over');
  if (session.screenShareAllowed === allowed) return null;
  const type = allowed ? 'screen_share.allowed' : 'screen_share.forbidden';
  return change(session, { screenShareAllowed: allowed }, now, by, { type });
}

/**
 * Records that a participant in the visit starts sharing a screen.
 * @throws {TelevisitError} `session_over`, `screen_share_off`
 */
export function start(session: Session, seat: number, now: number): SessionChange | null {
  if (isOver(session)) throw new TelevisitError('session_over');
  if (!mayShare(session, seat)) throw new TelevisitError('screen_share_off');
  if (!isInside(session, seat) || openShare(session, seat)) return null;
  const own = session.shares.filter((share) => share.seat === seat);
  const last = own.length < MAX_SHARES ? undefined : own.at(-1);
  const shares = last
    ? session.shares.map((share) => (share === last ? { ...last, endedAt: null } : share))
    : [...session.shares, { seat, startedAt: now, endedAt: null }];
  const facts: SessionFact[] = isRestless(shares, seat) ? [] : [{ type: 'screen_share.started', seat }];
  return change(session, { shares }, now, { type: 'participant', seat }, ...facts);
}

/** Records that a participant stopped sharing a screen. */
export function stop(session: Session, seat: number, now: number): SessionChange | null {
  const running = openShare(session, seat);
  if (!running) return null;
  const endedAt = Math.max(running.startedAt, now);
  const shares = session.shares.map((share) => (share === running ? { ...running, endedAt } : share));
  const facts: SessionFact[] = isRestless(shares, seat) ? [] : [{ type: 'screen_share.stopped', seat }];
  return change(session, { shares }, now, { type: 'participant', seat }, ...facts);
}

function isRestless(shares: readonly Share[], seat: number): boolean {
  return shares.filter((share) => share.seat === seat).length >= MAX_SHARES;
}

function openShare(session: Session, seat: number): Share | undefined {
  return session.shares.find((share) => share.seat === seat && share.endedAt === null);
}

/** Returns the screen shares of a participant with their length up to `now`. */
export function sharesOf(session: Session, seat: number, now: number) {
  return session.shares
    .filter((share) => share.seat === seat)
    .map(({ startedAt, endedAt }) => ({
      startedAt: iso(startedAt),
      seconds: Math.round(Math.max(0, (endedAt ?? now) - startedAt) / 1000),
    }));
}

/** Returns the shares of all participants, in the order in which they began. */
export function shareReport(session: Session, now: number) {
  const shares = session.seats.flatMap(({ userId }, seat) =>
    sharesOf(session, seat, now).map((share) => ({ userId, ...share })),
  );
  return { shares: shares.sort((left, right) => (left.startedAt < right.startedAt ? -1 : 1)) };
}

/** Commands for `Sessions.apply`. */
export const shareCommands = {
  /** Allows or forbids sharing by participants who are not hosts. Idempotent. @throws {TelevisitError} `session_over` */
  allow:
    (allowed: boolean, by: ActorRef): Command =>
    (session, now) =>
      allow(session, allowed, actorOf(session, by), now),

  /**
   * Records that a participant starts sharing a screen. Idempotent. Does nothing if they are not in the visit.
   * @throws {TelevisitError} `participant_not_found`, `session_over`, `screen_share_off`
   */
  start:
    (userId: string): Command =>
    (session, now) =>
      start(session, requireSeat(session, userId), now),

  /** Records that a participant stopped sharing a screen. Idempotent. */
  stop:
    (userId: string): Command =>
    (session, now) =>
      stop(session, seatIndex(session, userId), now),
};
