import type { feedback as contract } from '@televisit/shared/features/feedback';
import { defineClientFeature } from '../feature.ts';
import { FeedbackApi, type Feedback, type FeedbackStanding } from './feedback-api.ts';

export interface FeedbackSlice {
  readonly feedback: FeedbackStanding;
}

export interface FeedbackCommands {
  /** Submits feedback, once for each participant. @throws {VisitError} `feedback_given` if it was given before */
  send(feedback: Feedback): Promise<void>;
}

export const feedback = defineClientFeature<typeof contract, FeedbackSlice, FeedbackCommands>({
  name: 'feedback',
  initial: { feedback: 'none' },
  survivesEnd: true,
  create: ({ store, request, stored }) => {
    const api = new FeedbackApi(stored('feedback'));
    return {
      commands: {
        send: async (given) => {
          try {
            await api.send(request(), given);
          } finally {
            store.update({ feedback: api.standing });
          }
        },
      },
      initial: () => ({ feedback: api.standing }),
      admitted: (state, { kind }) =>
        kind === 'joined' && state.feedback === 'none' ? { ...state, feedback: 'open' } : state,
      entered: () => api.open(),
    };
  },
});
