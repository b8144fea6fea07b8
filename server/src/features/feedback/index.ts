import type { feedback as contract } from '@televisit/shared/features/feedback';
import { eventPerson } from '../../domain/people.ts';
import { seatIndex, type Session } from '../../domain/session.ts';
import { linkOf } from '../../http/auth.ts';
import type { ServerFeature } from '../feature.ts';
import { feedbackCommand, feedbackOf, feedbackReport, feedbackView } from './rules.ts';

/** Ratings of a visit, from the backend for one of the seats and from people with their join token. */
export const feedback: ServerFeature<typeof contract> = {
  report: feedbackReport,
  webhooks: {
    'feedback.submitted': (session, { seat, rating }) => ({ ...eventPerson(session, seat), rating }),
  },
  start: ({ sessions, tokens }) => ({
    http: {
      handlers: {
        giveFeedback: async ({ params, body: { userId, rating, comment }, by }) => {
          const command = feedbackCommand(userId, { rating, comment: comment ?? null }, by);
          return reply(await sessions.apply(params.sessionId, command), userId);
        },

        giveVisitFeedback: async ({ params, body: { rating, comment }, request }) => {
          const { sid, sub: userId } = await linkOf({ tokens, sessions }, request, params.sessionId);
          const command = feedbackCommand(userId, { rating, comment: comment ?? null }, { userId });
          return reply(await sessions.apply(sid, command), userId);
        },
      },
    },
    personalData: (session, seat) => ({ feedback: feedbackOf(session, seat) }),
  }),
};

function reply(session: Session, userId: string) {
  const given = session.feedback.find(({ seat }) => seat === seatIndex(session, userId));
  if (!given) throw new Error('The feedback that was just stored is missing.');
  return { status: 201 as const, body: feedbackView(session, given) };
}
