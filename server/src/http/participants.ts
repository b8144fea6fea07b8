import type { Clock } from '../core/clock.ts';
import { attendanceOf } from '../domain/report.ts';
import { seatIndex, type Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { OperationHandlers } from './operation.ts';

export interface ParticipantHandlersOptions {
  readonly sessions: Sessions;
  readonly clock: Clock;
  /** Resolves when a stored change has taken effect for the participants, or after a timeout. */
  readonly carriedOut: (session: Session) => Promise<void>;
}

/** Handles `/sessions/{sessionId}/participants`. */
export function participantHandlers({
  sessions,
  clock,
  carriedOut,
}: ParticipantHandlersOptions): OperationHandlers<
  'listParticipants' | 'removeParticipant' | 'dismissParticipant'
> {
  const person = (session: Session, userId: string) =>
    attendanceOf(session, seatIndex(session, userId), clock.now());
  return {
    listParticipants: async ({ params }) => {
      const session = await sessions.get(params.sessionId);
      const participants = session.seats.map((_, seat) => attendanceOf(session, seat, clock.now()));
      return { status: 200, body: { participants } };
    },

    removeParticipant: async ({ params: { sessionId, userId }, by }) => {
      const session = await sessions.remove(sessionId, userId, by);
      await carriedOut(session);
      return { status: 200, body: person(session, userId) };
    },

    dismissParticipant: async ({ params: { sessionId, userId }, by }) => {
      const session = await sessions.dismiss(sessionId, userId, by);
      await carriedOut(session);
      return { status: 200, body: person(session, userId) };
    },
  };
}
