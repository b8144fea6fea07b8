import type { SeatView, SessionView } from '@televisit/shared/api';
import type { MeetingState } from '@televisit/shared/vocabulary';
import { iso, isoOrNull } from '../core/clock.ts';
import { currentMeeting } from '../domain/meeting-steps.ts';
import { isOver, roomName, type Seat, type Session } from '../domain/session.ts';
import { refuseField } from './problem.ts';

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
    provider: session.provider,
    providerReason: session.providerReason,
    meetingState: meetingState(session),
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

/** Returns whether the meeting of a session exists at its provider. */
export function meetingState(session: Session): MeetingState {
  if (session.provider === 'sfu') return 'own';
  const meeting = currentMeeting(session);
  if (isOver(session) || meeting?.state === 'over') return 'over';
  if (meeting?.state === 'ready') return 'ready';
  return meeting?.error == null ? 'preparing' : 'unavailable';
}

/** Converts a seat to its API representation. */
export function seatView({
  userId,
  role,
  displayName,
  email,
  phone,
  smsOptOut,
  pushOptOut,
  language,
  timeZone,
  removedAt,
}: Seat): SeatView {
  return {
    userId,
    role,
    displayName,
    email,
    phone,
    smsOptOut,
    pushOptOut,
    language,
    timeZone,
    removedAt: isoOrNull(removedAt),
  };
}

/** The addresses that the join page may send people to after a visit. */
export interface ReturnRules {
  /** The default; null for none. */
  readonly url: string | null;
  /** Allowed hosts of a session's own address, with the port unless it is the default one. */
  readonly hosts: readonly string[];
}

/** Returns where the join page sends people after a visit. Ignores the session's address if its host is no longer allowed. */
export function returnUrlOf({ returnUrl }: Session, rules: ReturnRules): string | null {
  return returnUrl !== null && isAllowed(returnUrl, rules) ? returnUrl : rules.url;
}

/**
 * Rejects hosts that the operator has not allowed, so that the join page is no open redirect.
 * @throws {TelevisitError} `validation_failed`
 */
export function requireReturnUrl(url: string | null | undefined, rules: ReturnRules): void {
  if (url == null || isAllowed(url, rules)) return;
  refuseField(
    'returnUrl',
    'must be on the host of RETURN_URL or on one of RETURN_ALLOW_HOSTS, which the server’s operator sets',
  );
}

function isAllowed(url: string, { url: defaultUrl, hosts }: ReturnRules): boolean {
  const { host } = new URL(url);
  return hosts.includes(host) || (defaultUrl !== null && new URL(defaultUrl).host === host);
}
