import type { VisitFeedbackRequest } from '@televisit/shared/features/feedback';
import { VisitError } from '../../core/errors.ts';
import { SessionStorageValue, type KeyValueStore } from '../../core/session-storage-value.ts';
import { callVisit, type VisitRequest } from '../../signaling/visit-request.ts';

/** What a person thought of the visit: 1 to 5 stars, and a comment of up to 2,000 characters if they like. */
export type Feedback = Readonly<VisitFeedbackRequest>;

/**
 * Whether the person may be asked what the visit was like: `none` before they were in it, `open` from then on, `given`
 * once they have said so.
 */
export type FeedbackStanding = 'none' | 'open' | 'given';

/** How long handing feedback in may take, in milliseconds. */
const PATIENCE_MS = 10_000;

/**
 * Takes one person's feedback on one visit and remembers for this tab how it stands. Storage may be null, and then it
 * is remembered until the page is closed.
 */
export class FeedbackApi {
  readonly #kept: SessionStorageValue;

  constructor(sessionId: string, storage: KeyValueStore | null) {
    this.#kept = new SessionStorageValue('feedback', sessionId, storage);
  }

  get standing(): FeedbackStanding {
    const kept = this.#kept.get();
    return kept === 'open' || kept === 'given' ? kept : 'none';
  }

  /** The person has been in the visit and can say what it was like. */
  open(): void {
    if (this.standing === 'none') this.#kept.set('open');
  }

  /** Somebody else may be here now. */
  forget(): void {
    this.#kept.clear();
  }

  /** Hands feedback in. Throws a `VisitError`: `feedback_given` where this person's was there before. */
  async send(request: Omit<VisitRequest, 'signal'>, { rating, comment = null }: Feedback): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    try {
      await callVisit({ ...request, signal }, '/feedback', { rating, comment });
    } catch (error) {
      if (error instanceof VisitError && error.code === 'feedback_given') this.#kept.set('given');
      throw error;
    }
    this.#kept.set('given');
  }
}
