import type { SeatView, SessionView } from '@televisit/shared/api';
import { iso, isoOrNull } from '../core/clock.ts';
import { roomName, type Seat, type Session } from '../domain/session.ts';

/** Returns the address of a session's join page, without a token. */
export function joinPage(clientBaseUrl: string, { sessionId }: Session): string {
  return `${clientBaseUrl}/join/${sessionId}`;
}

/** Converts a session to its API representation. */
export function sessionView(session: Session, clientBaseUrl: string): SessionView {
  return {
    sessionId: session.sessionId,
    roomName: roomName(session),
    sfuNodeId: session.placement.nodeId,
    baseUrl: joinPage(clientBaseUrl, session),
    appointmentId: session.appointmentId,
    status: session.status,
    title: session.title,
    description: session.description,
    courseId: session.courseId,
    metadata: session.metadata,
    region: session.region,
    seats: session.seats.map(seatView),
    options: session.options,
    hostNotes: session.hostNotes,
    returnUrl: session.returnUrl,
    scheduledAt: iso(session.scheduledAt),
    durationMinutes: session.durationMinutes,
    opensAt: iso(session.opensAt),
    closesAt: iso(session.closesAt),
    createdAt: iso(session.createdAt),
    updatedAt: iso(session.updatedAt),
    startedAt: isoOrNull(session.startedAt),
    endedAt: isoOrNull(session.endedAt),
    endReason: session.endReason,
  };
}

/** Converts a seat to its API representation. */
export function seatView({
  userId,
  role,
  displayName,
  email,
  language,
  timeZone,
  removedAt,
}: Seat): SeatView {
  return { userId, role, displayName, email, language, timeZone, removedAt: isoOrNull(removedAt) };
}
