import * as attendance from '@televisit/server/domain/attendance';
import * as lifecycle from '@televisit/server/domain/lifecycle';
import type { Session } from '@televisit/server/domain/session';
import type { SessionChange } from '@televisit/server/domain/session-store';
import { BACKEND, created, GRACE, NINE, seat } from '@televisit/server/domain/testing/sessions';

export { BACKEND, NINE };

let made = 0;

/** The creation of a visit that is unlike every other one, now, with text that a store may stumble over. */
export function newVisit(
  changes: Partial<lifecycle.NewSession> & { userIds?: readonly [string, string] } = {},
  now = NINE,
): SessionChange {
  made += 1;
  const { userIds = ['doctor', 'patient'], ...plan } = changes;
  return created(
    {
      sessionId: `sess_${String(made).padStart(12, '0')}`,
      appointmentId: `appointment-${made}`,
      title: 'Check-up ☂',
      metadata: { 'clinic.id': '7', note: 'Ünï "quoted" $x' },
      seats: [seat(userIds[0], 'doctor'), seat(userIds[1], 'patient', { displayName: 'Ünï ☂ "quoted"' })],
      scheduledAt: now,
      ...plan,
    },
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
  return attendance.enter(session, seat, GRACE, now);
}
