import { TelevisitError } from '@televisit/shared/errors';
import { change } from './change.ts';
import type { Actor, SessionFact } from './events.ts';
import { isHost, isInside, isOver, type Session, type Share } from './session.ts';
import type { SessionChange } from './session-store.ts';

/** Who shares a screen, and who may. Pure; callers write what it returns. Null means that there is nothing to change. */

/**
 * Nobody's starting and stopping fills a session: beyond this many shares of one person the last one goes on, and the
 * history has nothing of that one.
 */
export const MAX_SHARES = 50;

/** Whether the person in a seat may share a screen now. */
export function mayShare(session: Session, seat: number): boolean {
  return isHost(session, seat) || session.screenShareAllowed;
}

/** Lets people who are no hosts share their screens, or no longer. @throws TelevisitError `session_over` */
export function allow(session: Session, allowed: boolean, by: Actor, now: number): SessionChange | null {
  if (isOver(session)) throw new TelevisitError('session_over');
  if (session.screenShareAllowed === allowed) return null;
  const type = allowed ? 'screen_share.allowed' : 'screen_share.forbidden';
  return change(session, { screenShareAllowed: allowed }, now, by, { type });
}

/** Somebody in the visit begins to share a screen. @throws TelevisitError `session_over`, `screen_share_off` */
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

/** Somebody's screen is no longer shared. */
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
