import { TelevisitError } from '@televisit/shared/errors';
import type { EndReason, SessionStatus } from '@televisit/shared/vocabulary';
import type { SessionOptions } from '@televisit/shared/session';
import { closeIntervals, hasCome } from './attendance.ts';
import { change, endOf } from './change.ts';
import { iso } from '../core/clock.ts';
import { SYSTEM, type Actor, type SessionFact } from './events.ts';
import { plannedEntry, plannedMeeting, type MeetingTraits } from './meeting.ts';
import { currentMeeting } from './meeting-steps.ts';
import { stillAhead } from './reminder-times.ts';
import type { SessionChange } from './session-store.ts';
import { isOver, NOTHING_MAILED, notWaiting, type Seat, type Session } from './session.ts';

/**
 * The transitions of a session's status. `docs/LIFECYCLE.md` contains the same table; a test compares them. The
 * functions of this module are pure: callers store the returned change; null means that nothing changes.
 */
export const TRANSITIONS = {
  scheduled: { start: 'live', end: 'ended', cancel: 'cancelled', reopen: 'scheduled' },
  live: { start: 'live', end: 'ended', cancel: 'cancelled', reopen: 'live' },
  ended: { start: null, end: 'ended', cancel: null, reopen: 'live' },
  cancelled: { start: null, end: null, cancel: 'cancelled', reopen: null },
} as const satisfies Record<SessionStatus, Record<Action, SessionStatus | null>>;

/** An action that changes the status. If the target is the current status, nothing changes; null means refused. */
export type Action = 'start' | 'end' | 'cancel' | 'reopen';

/** The server's settings for planned visits, in minutes. */
export interface PlanRules {
  /** The time before its scheduled time at which a visit opens, and after its planned end at which it closes. */
  readonly opensMinutes: number;
  readonly closesMinutes: number;
  /** The times before a visit at which participants are reminded. */
  readonly reminderMinutes: readonly number[];
}

/** The properties of a visit that callers can change. */
export interface VisitPlan {
  readonly title: string | null;
  readonly description: string | null;
  readonly scheduledAt: number;
  readonly durationMinutes: number;
  readonly options: SessionOptions;
  readonly hostNotes: string | null;
  readonly returnUrl: string | null;
}

/** The choice of providers for a visit. */
export interface Carrier extends Pick<Session, 'provider' | 'providerReason' | 'fallbacks'> {
  /** What decides when the provider is called; null for this server's SFU. */
  readonly meeting: MeetingTraits | null;
}

const OWN: Carrier = { provider: 'sfu', providerReason: null, fallbacks: [], meeting: null };

export interface NewSession extends VisitPlan {
  readonly sessionId: string;
  readonly appointmentId: string;
  readonly idempotency: Session['idempotency'];
  readonly courseId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly seats: readonly Seat[];
  readonly region: string | null;
  readonly nodeId: string;
  /** What carries the visit; this server's SFU by default. */
  readonly carrier?: Carrier;
  /** Whether it gets an entry in an outside calendar. */
  readonly inCalendar?: boolean;
}

/** Returns the initial state of a session. @throws {TelevisitError} `plan_over` */
export function create(fresh: NewSession, rules: PlanRules, by: Actor, now: number): SessionChange {
  const { nodeId, carrier: { meeting, ...choice } = OWN, inCalendar = false, ...given } = fresh;
  const session: Session = {
    ...given,
    ...windowOf(fresh, rules, now),
    status: 'scheduled',
    placement: { nodeId, epoch: 1 },
    ...choice,
    meetings: meeting ? [plannedMeeting(meeting, 1)] : [],
    visitors: [],
    calendar: inCalendar ? plannedEntry() : null,
    meetingAt: null,
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
    consents: [],
    recordings: [],
    messages: 0,
    calendarSequence: 0,
    reminders: stillAhead(rules.reminderMinutes, fresh.scheduledAt, now),
    reminded: null,
    mail: NOTHING_MAILED,
    notices: [],
    hostEntered: null,
    remindAt: null,
    emptySince: null,
    warnedOf: null,
    dueAt: null,
    eventCount: 0,
    version: 0,
  };
  return change(session, {}, now, by, { type: 'session.created', nodeId });
}

/** Changes the plan of a visit. A new time moves the join window. @throws {TelevisitError} `session_closed`, `plan_over` */
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
    ...(moved ? windowOf(next, rules, now) : {}),
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

/** Drops a pending reminder of the old time. Mail about it may have been sent already, so assumes that it was. */
function forgetReminder({ mail, calendarSequence }: Session): Session['mail'] {
  return { told: mail.reminder === null ? mail.told : (mail.told ?? calendarSequence), reminder: null };
}

/** Makes a visit live before the first participant enters. @throws {TelevisitError} `session_closed` */
export function start(session: Session, by: Actor, now: number, at = now): SessionChange | null {
  if (target(session, 'start') === session.status) return null;
  return change(session, { status: 'live', startedAt: at }, now, by, { type: 'meeting.started' });
}

/**
 * Ends a visit for everyone. If it has ended already, the first reason stays.
 * @param at the time of the end, which may be in the past
 * @throws {TelevisitError} `session_closed` if the visit was cancelled
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

/** Cancels a visit. @throws {TelevisitError} `session_closed` if it has ended */
export function cancel(session: Session, by: Actor, now: number): SessionChange | null {
  return close(session, 'cancel', 'cancelled', by, now);
}

/**
 * Makes a visit live again that was ended by mistake, as long as its join window is open. It ends if no participant joins for
 * five minutes.
 * @throws {TelevisitError} `session_over` if the window has closed; `session_closed` if the visit was cancelled
 */
export function reopen(session: Session, by: Actor, now: number): SessionChange | null {
  const status = target(session, 'reopen');
  if (status === session.status) return null;
  if (now >= session.closesAt) throw overError({ ...session, endedAt: null });
  const current = currentMeeting(session);
  const patch: Partial<Session> = {
    status,
    startedAt: session.startedAt ?? now,
    endedAt: null,
    endReason: null,
    endedBy: null,
    // The provider has ended its meeting.
    meetings: current
      ? [...session.meetings, plannedMeeting(current, current.generation + 1)]
      : session.meetings,
  };
  const started: SessionFact[] = session.startedAt === null ? [{ type: 'meeting.started' }] : [];
  return change({ ...session, emptySince: null }, patch, now, by, { type: 'session.reopened' }, ...started);
}

/**
 * Applies the change that is due: ends a visit whose time has run out, as of the due time, so that a server outage does
 * not make it longer; records that the window of a live visit closes soon; or, for an ended visit, that its report is
 * complete.
 */
export function expire(session: Session, now: number): SessionChange | null {
  const { dueAt } = session;
  if (dueAt === null || now < dueAt) return null;
  if (isOver(session)) return change(session, { dueAt: null }, now, SYSTEM, { type: 'report.ready' });
  const end = endOf(session);
  if (now < end) return warn(session, now);
  // A change can make a visit due at once, although it has been empty for longer.
  return close(session, 'end', expiryOf(session), SYSTEM, now, Math.max(end, dueAt));
}

/** Records that the window of a live visit closes soon, so that the backend can extend it. */
function warn(session: Session, now: number): SessionChange {
  const { closesAt, updatedAt } = session;
  const patch = { warnedOf: closesAt, updatedAt };
  return change(session, patch, now, SYSTEM, { type: 'session.closing_soon', closesAt });
}

/** Returns why a visit ends whose time has run out. */
export function expiryOf(session: Session): EndReason {
  if (!hasCome(session, true)) return hasCome(session, false) ? 'host_absent' : 'no_show';
  return endOf(session) === session.closesAt ? 'window_closed' : 'empty';
}

/**
 * Places a session on another node. A process that holds the previous epoch no longer owns it. Participants remain
 * present: the new node waits for them to connect.
 * @throws {TelevisitError} `session_over`
 */
export function place(session: Session, nodeId: string, now: number): SessionChange | null {
  if (isOver(session)) throw overError(session);
  if (session.placement.nodeId === nodeId) return null;
  const placement = { nodeId, epoch: session.placement.epoch + 1 };
  return change(session, { placement }, now, SYSTEM, { type: 'session.placed', nodeId });
}

/** Checks that the join window is open. @throws {TelevisitError} `not_open_yet`, `session_over` */
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
    seats: session.seats.map((seat) => notWaiting(seat, endedAt)),
    intervals: closeIntervals(session.intervals, endedAt, 'session_ended'),
    calendarSequence: session.calendarSequence + (action === 'cancel' ? 1 : 0),
  };
  return change(session, patch, now, by, ...closingFacts(session, reason));
}

/**
 * Returns the events of a closed session. `meeting.ended` requires that it was live, or was ended by backend or host.
 */
function closingFacts({ status }: Session, reason: EndReason): SessionFact[] {
  const ended: SessionFact = { type: 'meeting.ended', reason };
  const met: SessionFact[] = status === 'live' ? [ended] : [];
  switch (reason) {
    case 'cancelled':
      return [...met, { type: 'session.cancelled' }];
    case 'no_show':
    case 'host_absent':
      return [...met, { type: `session.${reason}` }];
    default:
      return [ended];
  }
}

/** Returns the join window of a plan. @throws {TelevisitError} `plan_over` if it has closed: the visit would end at once */
function windowOf(
  { scheduledAt, durationMinutes }: VisitPlan,
  { opensMinutes, closesMinutes }: PlanRules,
  now: number,
): Pick<Session, 'opensAt' | 'closesAt'> {
  const closesAt = scheduledAt + (durationMinutes + closesMinutes) * 60_000;
  if (closesAt <= now) {
    throw new TelevisitError('plan_over', {
      detail: `The join window would have closed at ${iso(closesAt)}.`,
    });
  }
  return { opensAt: scheduledAt - opensMinutes * 60_000, closesAt };
}
