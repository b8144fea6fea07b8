import type { Sessions } from '../../domain/sessions.ts';
import type { FeatureOperations } from '../../http/operation.ts';
import type { Polls } from './polls.ts';

/** Handles `/sessions/{sessionId}/polls`. */
export function pollOperations(sessions: Sessions, polls: Polls) {
  return {
    handlers: {
      listPolls: async ({ params: { sessionId } }) => {
        return { status: 200, body: { polls: await polls.records(await sessions.get(sessionId)) } };
      },
    },
  } satisfies FeatureOperations<'listPolls'>;
}
