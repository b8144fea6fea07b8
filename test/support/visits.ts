import * as attendance from '@televisit/server/domain/attendance';
import type { Actor } from '@televisit/server/domain/events';
import * as lifecycle from '@televisit/server/domain/lifecycle';
import type { Session } from '@televisit/server/domain/session';
import type { SessionChange } from '@televisit/server/domain/session-store';
import { DEFAULT_OPTIONS } from '@televisit/shared/session';

/** The backend of tests that ask the domain without an HTTP request. */
export const BACKEND: Actor = { type: 'backend', keyId: 'test' };
export const MARGINS = { opensMinutes: 15, closesMinutes: 30 };

/** Monday, at nine. */
export const NINE = Date.UTC(2026, 0, 5, 9);

let made = 0;

/** The creation of a visit of `doctor` and `patient`, with all that a visit can have. */
export function newVisit(
  changes: Partial<lifecycle.NewSession> & { userIds?: readonly [string, string] } = {},
  now = NINE,
): SessionChange {
  made += 1;
  const { userIds = ['doctor', 'patient'], ...plan } = changes;
  const seat = { email: null, removedAt: null };
  return lifecycle.create(
    {
      sessionId: `sess_${String(made).padStart(12, '0')}`,
      appointmentId: `appointment-${made}`,
      idempotency: null,
      title: 'Check-up ☂',
      description: null,
      courseId: null,
      metadata: { 'clinic.id': '7', note: 'Ünï "quoted" $x' },
      seats: [
        { ...seat, userId: userIds[0], role: 'doctor', displayName: null },
        { ...seat, userId: userIds[1], role: 'patient', displayName: 'Ünï ☂ "quoted"' },
      ],
      nodeId: 'sfu-1',
      scheduledAt: now,
      durationMinutes: 30,
      options: DEFAULT_OPTIONS,
      ...plan,
    },
    MARGINS,
    BACKEND,
    now,
  );
}

export function started(session: Session, now = session.updatedAt + 1): SessionChange {
  return lifecycle.start(session, BACKEND, now) as SessionChange;
}

export function ended(session: Session, now = session.updatedAt + 1): SessionChange {
  return lifecycle.end(session, 'backend_ended', BACKEND, now) as SessionChange;
}

export function entered(session: Session, seat: number, now = session.updatedAt + 1): SessionChange {
  return attendance.enter(session, seat, 30_000, now);
}
