import type { Clock } from '../core/clock.ts';
import { attendanceOf } from '../domain/report.ts';
import { seatCommands } from '../domain/seats.ts';
import { seatIndex, seatOf, type Seat, type Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import { definedOf, type OperationHandlers } from './operation.ts';
import { seatView } from './views.ts';

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
  | 'listParticipants'
  | 'putParticipant'
  | 'replaceParticipant'
  | 'revokeLinks'
  | 'removeParticipant'
  | 'dismissParticipant'
> {
  const person = (session: Session, userId: string) =>
    attendanceOf(session, seatIndex(session, userId), clock.now());
  const seat = async (session: Session, userId: string) => {
    await carriedOut(session);
    return { status: 200 as const, body: seatView(seatOf(session, userId) as Seat) };
  };
  return {
    listParticipants: async ({ params }) => {
      const session = await sessions.get(params.sessionId);
      const participants = session.seats.map((_, seat) => attendanceOf(session, seat, clock.now()));
      return { status: 200, body: { participants } };
    },

    putParticipant: async ({ params: { sessionId, userId }, body: { role, ...details }, by }) => {
      const command = seatCommands.put(userId, role, definedOf(details), by);
      return seat(await sessions.apply(sessionId, command), userId);
    },

    replaceParticipant: async ({ params, body: { userId, ...details }, by }) => {
      const command = seatCommands.replace(params.userId, userId, definedOf(details), by);
      return seat(await sessions.apply(params.sessionId, command), userId);
    },

    revokeLinks: async ({ params: { sessionId, userId }, by }) =>
      seat(await sessions.apply(sessionId, seatCommands.revokeLinks(userId, by)), userId),

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
