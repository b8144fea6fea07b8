import { QUALITY_SECONDS } from '@televisit/shared/console.vocabulary';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { every, type Loop } from '../core/timing.ts';
import type { ObservationStore, QualityPoint } from '../domain/observation-store.ts';

export interface QualityRecorderOptions {
  readonly store: ObservationStore;
  /** Returns how well the media of the people in each call of this process arrives now, by session. */
  readonly measure: () => Promise<ReadonlyMap<string, readonly QualityPoint[]>>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Stores the quality of all calls of this process every 30 seconds, for operators. */
export class QualityRecorder {
  readonly #options: QualityRecorderOptions;
  readonly #loop: Loop;

  constructor(options: QualityRecorderOptions) {
    this.#options = options;
    const { clock, logger } = options;
    this.#loop = every(
      clock,
      QUALITY_SECONDS * 1000,
      () => this.#record(),
      (error) => logger.warn({ err: error }, 'failed to store the quality of calls'),
    );
  }

  /** Idempotent; waits for a write under way. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #record(): Promise<void> {
    const { store, measure } = this.#options;
    for (const [sessionId, points] of await measure()) {
      if (points.length > 0) await store.addQuality(sessionId, points);
    }
  }
}
