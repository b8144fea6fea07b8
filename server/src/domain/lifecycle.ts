import { TelevisitError } from '@televisit/shared/errors';
import type { EndReason, SessionStatus } from '@televisit/shared/vocabulary';
import type { SessionOptions } from '@televisit/shared/session';
import { closeIntervals } from './attendance.ts';
import { change } from './change.ts';
import { iso } from './clock.ts';
import { SYSTEM, type Actor, type SessionFact } from './events.ts';
import { stillAhead } from './reminder-times.ts';
import type { SessionChange } from './session-store.ts';
import { isOver, NOTHING_MAILED, type Seat, type Session } from './session.ts';

/**
 * The life of a visit. Pure; callers write what it returns. Null means that there is nothing to change.
 * `docs/LIFECYCLE.md` shows the table for readers, and a test holds the two together.
 */
export const TRANSITIONS = {
  scheduled: { start: 'live', end: 'ended', cancel: 'cancelled' },
  live: { start: 'live', end: 'ended', cancel: 'cancelled' },
  ended: { start: null, end: 'ended', cancel: null },
  cancelled: { start: null, end: null, cancel: 'cancelled' },
} as const satisfies Record<SessionStatus, Record<Action, SessionStatus | null>>;

/** What moves a visit from one status to another; to the same one it changes nothing, to null it is refused. */
export type Action = 'start' | 'end' | 'cancel';

/** What the server's settings make of a visit's plan, in minutes. */
export interface PlanRules {
  /** How long before its time a visit opens, and how long after its planned end it closes. */
  readonly opensMinutes: number;
  readonly closesMinutes: number;
  /** How long before its time people are reminded of it. */
  readonly reminderMinutes: readonly number[];
}

/** What a caller decides about a visit. */
export interface VisitPlan {
  readonly title: string | null;
  readonly description: string | null;
  readonly scheduledAt: number;
  readonly durationMinutes: number;
  readonly options: SessionOptions;
  readonly hostNotes: string | null;
  readonly returnUrl: string | null;
}

export interface NewSession extends VisitPlan {
  readonly sessionId: string;
  readonly appointmentId: string;
  readonly idempotency: Session['idempotency'];
  readonly courseId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly seats: readonly Seat[];
  readonly region: string | null;
  readonly nodeId: string;
}

/** A session's first state. */
export function create(fresh: NewSession, rules: PlanRules, by: Actor, now: number): SessionChange {
  const { nodeId, ...given } = fresh;
  const session: Session = {
    ...given,
    ...windowOf(fresh, rules),
    status: 'scheduled',
    placement: { nodeId, epoch: 1 },
    createdAt: now,
    updatedAt: now,
    startedAt: null,
    endedAt: null,
    endReason: null,
    endedBy: null,
    locked: false,
    screenShareAllowed: fresh.options.screenShare,
    intervals: [],
    shares: [],
    feedback: [],
    messages: 0,
    calendarSequence: 0,
    reminders: stillAhead(rules.reminderMinutes, fresh.scheduledAt, now),
    reminded: null,
    mail: NOTHING_MAILED,
    remindAt: null,
    emptySince: null,
    dueAt: null,
    eventCount: 0,
    version: 0,
  };
  return change(session, {}, now, by, { type: 'session.created', nodeId });
}

/** Changes the plan of a visit; a new time moves the join window. @throws TelevisitError `session_closed` */
export function update(
  session: Session,
  plan: Partial<VisitPlan>,
  rules: PlanRules,
  by: Actor,
  now: number,
): SessionChange | null {
  if (isOver(session)) throw new TelevisitError('session_closed');
  const fields = (Object.keys(plan) as (keyof VisitPlan)[]).filter(
    (field) => JSON.stringify(plan[field]) !== JSON.stringify(session[field]),
  );
  if (fields.length === 0) return null;
  const next = { ...session, ...plan };
  const moved = fields.includes('scheduledAt') || fields.includes('durationMinutes');
  const facts: SessionFact[] = [{ type: 'session.updated', fields }];
  const allowed = next.options.screenShare;
  const switched = allowed !== session.options.screenShare;
  if (switched && allowed !== session.screenShareAllowed) {
    facts.push({ type: allowed ? 'screen_share.allowed' : 'screen_share.forbidden' });
  }
  const patch: Partial<Session> = {
    ...plan,
    ...(moved ? windowOf(next, rules) : {}),
    ...(next.scheduledAt === session.scheduledAt
      ? {}
      : {
          reminders: stillAhead(rules.reminderMinutes, next.scheduledAt, now),
          reminded: null,
          mail: forgetReminder(session),
        }),
    ...(switched ? { screenShareAllowed: allowed } : {}),
    calendarSequence: session.calendarSequence + (moved ? 1 : 0),
  };
  return change(session, patch, now, by, ...facts);
}

/** A reminder of the old time is not planned any more; whether somebody was written it already is not known. */
function forgetReminder({ mail, calendarSequence }: Session): Session['mail'] {
  return { told: mail.reminder === null ? mail.told : (mail.told ?? calendarSequence), reminder: null };
}

/** The visit is live, before anybody enters it. @throws TelevisitError `session_closed` */
export function start(session: Session, by: Actor, now: number, at = now): SessionChange | null {
  if (target(session, 'start') === session.status) return null;
  return change(session, { status: 'live', startedAt: at }, now, by, { type: 'meeting.started' });
}

/**
 * The visit is over for everyone; the first reason stays.
 * @param at since when; it may lie in the past
 * @throws TelevisitError `session_closed` where a cancelled visit is to be ended
 */
export function end(
  session: Session,
  reason: Exclude<EndReason, 'cancelled'>,
  by: Actor,
  now: number,
  at = now,
): SessionChange | null {
  return close(session, 'end', reason, by, now, at);
}

/** The visit does not take place. @throws TelevisitError `session_closed` where it has ended */
export function cancel(session: Session, by: Actor, now: number): SessionChange | null {
  return close(session, 'cancel', 'cancelled', by, now);
}

/**
 * Does what the time of a visit asks for: ends one whose time has run out, as of then, because a server that was away makes
 * no visit longer; of one that is over, the report is complete.
 */
export function expire(session: Session, now: number): SessionChange | null {
  const { dueAt, closesAt, intervals } = session;
  if (dueAt === null || now < dueAt) return null;
  if (isOver(session)) return change(session, { dueAt: null }, now, SYSTEM, { type: 'report.ready' });
  const reason = intervals.length === 0 ? 'no_show' : dueAt === closesAt ? 'window_closed' : 'empty';
  return close(session, 'end', reason, SYSTEM, now, dueAt);
}

/**
 * The session's media moves to another node; whoever still holds the old epoch no longer owns it. Who is in stays in: the
 * other node waits for them to come.
 * @throws TelevisitError `session_over`
 */
export function place(session: Session, nodeId: string, now: number): SessionChange | null {
  if (isOver(session)) throw overError(session);
  if (session.placement.nodeId === nodeId) return null;
  const placement = { nodeId, epoch: session.placement.epoch + 1 };
  return change(session, { placement }, now, SYSTEM, { type: 'session.placed', nodeId });
}

/** Checks that people may enter now. @throws TelevisitError `not_open_yet`, `session_over` */
export function requireOpen(session: Session, now: number): void {
  if (isOver(session) || now >= session.closesAt) throw overError(session);
  if (now < session.opensAt) {
    throw new TelevisitError('not_open_yet', { times: { opensAt: iso(session.opensAt) } });
  }
}

function overError({ endedAt, closesAt }: Session): TelevisitError {
  return new TelevisitError('session_over', {
    times: { closedAt: iso(endedAt ?? closesAt) },
  });
}

function target(session: Session, action: Action): SessionStatus {
  const status = TRANSITIONS[session.status][action];
  if (!status) throw new TelevisitError('session_closed');
  return status;
}

function close(
  session: Session,
  action: 'end' | 'cancel',
  reason: EndReason,
  by: Actor,
  now: number,
  endedAt = now,
): SessionChange | null {
  const status = target(session, action);
  if (status === session.status) return null;
  const patch: Partial<Session> = {
    status,
    endedAt,
    endReason: reason,
    endedBy: by,
    seats: session.seats.map((seat) => ({ ...seat, waitingSince: null })),
    intervals: closeIntervals(session.intervals, endedAt, 'session_ended'),
    calendarSequence: session.calendarSequence + (action === 'cancel' ? 1 : 0),
  };
  return change(session, patch, now, by, ...closingFacts(session, reason));
}

/** Who was never there ends no meeting, unless the backend or a host says so. */
function closingFacts({ status }: Session, reason: EndReason): SessionFact[] {
  const ended: SessionFact = { type: 'meeting.ended', reason };
  const met: SessionFact[] = status === 'live' ? [ended] : [];
  switch (reason) {
    case 'cancelled':
      return [...met, { type: 'session.cancelled' }];
    case 'no_show':
      return [...met, { type: 'session.no_show' }];
    default:
      return [ended];
  }
}

function windowOf(
  { scheduledAt, durationMinutes }: VisitPlan,
  { opensMinutes, closesMinutes }: PlanRules,
): Pick<Session, 'opensAt' | 'closesAt'> {
  return {
    opensAt: scheduledAt - opensMinutes * 60_000,
    closesAt: scheduledAt + (durationMinutes + closesMinutes) * 60_000,
  };
}
