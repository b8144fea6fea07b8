import type { feedback as contract } from '@televisit/shared/features/feedback';
import { eventPerson, requireMember } from '../../domain/people.ts';
import type { Command } from '../../domain/session-changes.ts';
import type { ServerFeature } from '../feature.ts';
import { feedbackOf, feedbackReport, feedbackCommand, feedbackView } from './rules.ts';
import type { JoinTokens } from '../../access/join-token.ts';
import { seatIndex, type Session } from '../../domain/session.ts';
import type { Sessions } from '../../domain/sessions.ts';
import { linkOf } from '../../http/auth.ts';
import type { FeatureOperations } from '../../http/operation.ts';

export const feedback: ServerFeature<typeof contract> = {
  report: feedbackReport,
  webhooks: {
    'feedback.submitted': (session, { seat, rating }) => ({ ...eventPerson(session, seat), rating }),
  },
  start: (services) => ({
    http: feedbackOperations(services),
    personalData: (session, seat) => ({ feedback: feedbackOf(session, seat) }),
  }),
};

export interface FeedbackOperationsOptions {
  readonly sessions: Sessions;
  readonly tokens: JoinTokens;
}

/** Handles feedback, from the backend for one of the seats and from people with their join token. */
export function feedbackOperations({ sessions, tokens }: FeedbackOperationsOptions) {
  return {
    handlers: {
      giveFeedback: async ({ params, body: { userId, rating, comment }, by }) => {
        const command = feedbackCommand(userId, { rating, comment: comment ?? null }, by);
        return reply(await sessions.apply(params.sessionId, command), userId);
      },

      giveVisitFeedback: async ({ params, body: { rating, comment }, request }) => {
        const { sid, sub: userId } = await linkOf({ tokens, sessions }, request, params.sessionId);
        const command = feedbackCommand(userId, { rating, comment: comment ?? null }, { userId });
        const ofMember: Command = (session, now) => {
          requireMember(session, userId);
          return command(session, now);
        };
        return reply(await sessions.apply(sid, ofMember), userId);
      },
    },
  } satisfies FeatureOperations<'giveFeedback' | 'giveVisitFeedback'>;
}

function reply(session: Session, userId: string) {
  const given = session.feedback.find(({ seat }) => seat === seatIndex(session, userId));
  if (!given) throw new Error('The feedback that was just stored is missing.');
  return { status: 201 as const, body: feedbackView(session, given) };
}
