import type { feedback as contract, VisitFeedbackRequest } from '@televisit/shared/features/feedback';
import { VisitError } from '../../core/errors.ts';
import type { SessionStorageValue } from '../../core/session-storage-value.ts';
import { callVisit, type VisitRequest } from '../../signaling/visit-request.ts';
import { defineClientFeature } from '../feature.ts';

/** A participant's feedback: 1 to 5 stars, and an optional comment of up to 2,000 characters. */
export type Feedback = Readonly<VisitFeedbackRequest>;

/** Whether feedback can be given: `none` before the participant was in the call, `open` from then on, then `given`. */
export type FeedbackStanding = 'none' | 'open' | 'given';

/** Maximum time for submitting feedback, in milliseconds. */
const SUBMIT_TIMEOUT_MS = 10_000;

/** Submits a participant's feedback on a visit, and remembers its standing for this tab. */
export class FeedbackApi {
  readonly #kept: SessionStorageValue;

  /** @param kept the storage that keeps the standing for a reload of the tab */
  constructor(kept: SessionStorageValue) {
    this.#kept = kept;
  }

  get standing(): FeedbackStanding {
    const kept = this.#kept.get();
    return kept === 'open' || kept === 'given' ? kept : 'none';
  }

  /** The participant has been in the call, and can give feedback. */
  open(): void {
    if (this.standing === 'none') this.#kept.set('open');
  }

  /** Submits feedback. @throws {VisitError} `feedback_given` if this participant has given it before */
  async send(request: Omit<VisitRequest, 'signal'>, { rating, comment = null }: Feedback): Promise<void> {
    const signal = AbortSignal.timeout(SUBMIT_TIMEOUT_MS);
    try {
      await callVisit({ ...request, signal }, '/feedback', { rating, comment });
    } catch (error) {
      if (error instanceof VisitError && error.code === 'feedback_given') this.#kept.set('given');
      throw error;
    }
    this.#kept.set('given');
  }
}

export interface FeedbackSlice {
  readonly feedback: FeedbackStanding;
}

export interface FeedbackCommands {
  /** Submits feedback, once for each participant. @throws {VisitError} `feedback_given` if it was given before */
  send(feedback: Feedback): Promise<void>;
  /** The participant has entered the visit at another provider, and can give feedback. */
  open(): void;
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
        open: () => {
          if (api.standing !== 'none') return;
          api.open();
          store.update({ feedback: api.standing });
        },
      },
      initial: () => ({ feedback: api.standing }),
      admitted: (state, { kind }) =>
        kind === 'joined' && state.feedback === 'none' ? { ...state, feedback: 'open' } : state,
      entered: () => api.open(),
    };
  },
});
