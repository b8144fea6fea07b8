import type { Actor } from '../domain/events.ts';
import type { OperationHandlers } from './operation.ts';

export interface AnnouncementHandlersOptions {
  /**
   * Shows a line of text to everyone who is in a visit now. Returns the number of people.
   * @throws {TelevisitError} `session_not_found`, `session_closed`, `nobody_here`, `node_unreachable`
   */
  readonly announce: (sessionId: string, text: string, by: Actor) => Promise<number>;
}

/** Handles `/sessions/{sessionId}/announcements`. */
export function announcementHandlers({
  announce,
}: AnnouncementHandlersOptions): OperationHandlers<'announce'> {
  return {
    announce: async ({ params: { sessionId }, body: { text }, by }) => ({
      status: 200,
      body: { delivered: await announce(sessionId, text, by) },
    }),
  };
}
