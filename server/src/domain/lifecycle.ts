import { TelevisitError } from '@televisit/shared/errors';
import type { EndReason } from '@televisit/shared/session';
import type { SessionEvent, SessionFact } from './events.ts';
import type { SessionChange } from './session-store.ts';
import { isOver, type Seat, type Session } from './session.ts';

/** The life of a visit: scheduled -> live -> ended, scheduled -> cancelled. Pure; callers write what it returns. */

export interface NewSession {
  readonly sessionId: string;
  readonly appointmentId: string;
  readonly seats: readonly Seat[];
  readonly nodeId: string;
}

/** A session's first state. */
export function create(fresh: NewSession, now: number): SessionChange {
  const session: Session = {
    sessionId: fresh.sessionId,
    appointmentId: fresh.appointmentId,
    seats: fresh.seats,
    status: 'scheduled',
    placement: { nodeId: fresh.nodeId, epoch: 1 },
    createdAt: now,
    startedAt: null,
    endedAt: null,
    endReason: null,
    eventCount: 0,
    version: 0,
  };
  return change(session, {}, now, { type: 'session.created', nodeId: fresh.nodeId });
}

/**
 * Somebody entered: the session is live.
 * @returns null where it was live already.
 * @throws TelevisitError `session_over`
 */
export function start(session: Session, now: number): SessionChange | null {
  if (isOver(session)) throw new TelevisitError('session_over');
  if (session.status === 'live') return null;
  return change(session, { status: 'live', startedAt: now }, now, { type: 'meeting.started' });
}

/**
 * The visit is over for everyone.
 * @returns null where it was over already; the first reason stays.
 */
export function end(session: Session, reason: EndReason, now: number): SessionChange | null {
  if (isOver(session)) return null;
  const status = reason === 'cancelled' ? 'cancelled' : 'ended';
  return change(session, { status, endedAt: now, endReason: reason }, now, { type: 'meeting.ended', reason });
}

/** The session's media moves to another node; whoever still holds the old epoch no longer owns it. */
export function place(session: Session, nodeId: string, now: number): SessionChange | null {
  if (isOver(session)) throw new TelevisitError('session_over');
  if (session.placement.nodeId === nodeId) return null;
  const placement = { nodeId, epoch: session.placement.epoch + 1 };
  return change(session, { placement }, now, { type: 'session.placed', nodeId });
}

function change(session: Session, patch: Partial<Session>, now: number, fact: SessionFact): SessionChange {
  const seq = session.eventCount + 1;
  const event: SessionEvent = { ...fact, sessionId: session.sessionId, seq, at: now };
  return { next: { ...session, ...patch, eventCount: seq, version: session.version + 1 }, events: [event] };
}
