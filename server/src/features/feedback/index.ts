import type { feedback as contract } from '@televisit/shared/features/feedback';
import { eventPerson } from '../../domain/people.ts';
import type { ServerFeature } from '../feature.ts';
import { feedbackOperations } from './http.ts';
import { feedbackOf, feedbackReport } from './rules.ts';

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
