import { DEFAULT_OPTIONS } from '@televisit/shared/session';
import type { Role } from '@televisit/shared/vocabulary';
import type { Clock } from '../../core/clock.ts';
import type { Actor, SessionEvent } from '../events.ts';
import { randomIds } from '../ids.ts';
import * as lifecycle from '../lifecycle.ts';
import type { MeetingTraits } from '../meeting.ts';
import { planDigest } from '../meeting-steps.ts';
import * as meetings from '../meetings.ts';
import { newSeat, type Seat, type Session } from '../session.ts';
import type { SessionChange, SessionStore } from '../session-store.ts';
import type { PlacementConstraints } from '../scheduler.ts';
import { Sessions } from '../sessions.ts';

/** Fixtures for unit tests: a visit on a Monday at nine that was created an hour earlier. */
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const NINE = Date.UTC(2026, 0, 5, 9);
export const EIGHT = NINE - HOUR;
export const GRACE = 30_000;
export const RULES: lifecycle.PlanRules = {
  opensMinutes: 15,
  closesMinutes: 30,
  reminderMinutes: [1440, 60],
};
export const BACKEND: Actor = { type: 'backend', keyId: 'key-of-the-clinic' };

/** The seat indexes of the participants of `newSession`. */
export const DOCTOR = 0;
export const PATIENT = 1;
export const INTERPRETER = 2;

export function seat(userId: string, role: Role, personal: Partial<Seat> = {}): Seat {
  return { ...newSeat({ userId, role, displayName: null, email: null }), ...personal };
}

/** Returns the change that creates a visit of a doctor, a patient and an interpreter. */
export function created(changes: Partial<lifecycle.NewSession> = {}, now = EIGHT): SessionChange {
  const fresh: lifecycle.NewSession = {
    sessionId: 'sess_00000001',
    appointmentId: 'appointment-1',
    idempotency: null,
    title: 'Check-up',
    description: 'Bring your letters.',
    courseId: null,
    metadata: { clinic: '7' },
    seats: [seat('doctor-1', 'doctor'), seat('patient-1', 'patient'), seat('interpreter-1', 'interpreter')],
    nodeId: 'sfu-1',
    scheduledAt: NINE,
    durationMinutes: 30,
    options: DEFAULT_OPTIONS,
    hostNotes: null,
    region: null,
    returnUrl: null,
    ...changes,
  };
  return frozen(lifecycle.create(fresh, RULES, BACKEND, now));
}

/** Returns a session in its initial state, with overridden fields. */
export function newSession(changes: Partial<Session> = {}): Session {
  return frozen({ ...created().next, ...changes });
}

/** Returns a session that the domain has brought to a status. */
export function sessionIn(status: Session['status']): Session {
  const session = newSession();
  const live = after(session, (scheduled) => lifecycle.start(scheduled, BACKEND, NINE));
  switch (status) {
    case 'scheduled':
      return session;
    case 'live':
      return live;
    case 'ended':
      return after(live, (started) => lifecycle.end(started, 'backend_ended', BACKEND, NINE + HOUR / 2));
    case 'cancelled':
      return after(session, (scheduled) => lifecycle.cancel(scheduled, BACKEND, NINE));
  }
}

type Step = (session: Session) => SessionChange | null;

/** Returns the session after applying steps. A step without a change leaves it as it is. */
export function after(session: Session, ...steps: readonly Step[]): Session {
  return steps.reduce((current, step) => frozen(step(current)?.next ?? current), session);
}

/** A provider that reports who is in, as Zoom does. */
export const ZOOM: MeetingTraits = { provider: 'zoom', early: false, pollMs: null, records: true };

/** The choice of Zoom, with this server's SFU as its fallback. */
export const AT_ZOOM: lifecycle.Carrier = {
  provider: 'zoom',
  providerReason: null,
  fallbacks: ['sfu'],
  meeting: ZOOM,
};

/** Returns a session whose meeting exists at Zoom. */
export function meetingAtZoom(changes: Partial<lifecycle.NewSession> = {}, now = EIGHT): Session {
  const { next } = created({ carrier: AT_ZOOM, ...changes }, now);
  const ref = { meetingId: '8123', hostId: 'host-1', data: {} };
  return after(next, (session) => meetings.created(session, 1, ref, planDigest(session), now));
}

/** Returns all events of a visit that Zoom carries since its creation, and the resulting session. */
export function historyAtZoom(...steps: readonly Step[]): { session: Session; events: SessionEvent[] } {
  return historySince(created({ carrier: AT_ZOOM }), ...steps);
}

/** Returns all events of a visit since its creation, and the resulting session. */
export function historyOf(...steps: readonly Step[]): { session: Session; events: SessionEvent[] } {
  return historySince(created(), ...steps);
}

function historySince(
  first: SessionChange,
  ...steps: readonly Step[]
): { session: Session; events: SessionEvent[] } {
  const events = [...first.events];
  const session = after(
    first.next,
    ...steps.map((step): Step => (current) => {
      const change = step(current);
      events.push(...(change?.events ?? []));
      return change;
    }),
  );
  return { session, events };
}

/** Freezes a value deeply, so that code that mutates its arguments fails. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) frozen(part);
  return value;
}

/** Returns sessions on a store, with a placement that accepts every visit. */
export function sessionsOn(store: SessionStore, clock: Clock): Sessions {
  const placement = {
    has: () => true,
    takes: () => true,
    reserve: ({ exclude }: PlacementConstraints) => (exclude === 'sfu-1' ? 'sfu-2' : 'sfu-1'),
    release: () => undefined,
    look: () => Promise.resolve(),
    recount: () => undefined,
  };
  return new Sessions({ store, placement, clock, ids: randomIds, rules: RULES, graceMs: GRACE });
}
