import { createHash } from 'node:crypto';
import { permissionsOf } from '@televisit/shared/vocabulary';
import { isHost, type Seat, type Session } from '../domain/session.ts';
import type { MeetingPerson, MeetingPlan } from './meeting-provider.ts';
import type { SharedNames } from './provider-settings.ts';

export interface PlanOptions {
  /** How much of people reaches a provider. */
  readonly share: SharedNames;
  /** The time zone if the host has none; an IANA name. */
  readonly timeZone: string;
}

/** Returns what a provider needs to know about a session for one of its meetings. */
export function planOf(session: Session, generation: number, { share, timeZone }: PlanOptions): MeetingPlan {
  const { sessionId, scheduledAt, durationMinutes, opensAt, closesAt, options, seats } = session;
  const host = seats.find((seat, index) => seat.removedAt === null && isHost(session, index));
  return {
    sessionId,
    generation,
    roomName: `tv-${digest(`${sessionId}:${generation}`, 32)}`,
    scheduledAt,
    durationMinutes,
    opensAt,
    closesAt,
    timeZone: host?.timeZone ?? timeZone,
    waitingRoom: options.waitingRoom !== 'off',
    people: seats.flatMap((seat, index) =>
      seat.removedAt === null ? personOf(session, seat, index, share) : [],
    ),
  };
}

function personOf(session: Session, seat: Seat, index: number, share: SharedNames): MeetingPerson {
  const { userId, role, displayName, email, language } = seat;
  return {
    userId,
    alias: `seat-${digest(`${session.sessionId}:${index}`, 16)}`,
    isHost: isHost(session, index),
    canPublish: permissionsOf(role).includes('publish'),
    displayName: share === 'none' ? null : displayName,
    email: share === 'all' ? email : null,
    language: language ?? session.options.language,
  };
}

/** Session ids cannot be guessed, and neither can what is derived from them. */
function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
