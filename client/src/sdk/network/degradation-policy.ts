import type { NetworkLevel } from '@televisit/shared/vocabulary';

/** The video that is sacrificed for audio, in this order: picture size (by the server), remote pictures, and the self view. */
export const MEDIA_MODES = ['full', 'reduced', 'no_remote_video', 'audio_only'] as const;
export type MediaMode = (typeof MEDIA_MODES)[number];

/** How long the network must be poor for each step down, in milliseconds. The first one leaves the picture to the server. */
const DOWN_AFTER_MS = [8_000, 12_000, 8_000] as const;
/** How long the network must be good, or fair, for the full mode. */
const UP_AFTER_MS = { good: 3_000, fair: 10_000 };
/** Time within which the full mode may prove to be too much. */
const TRIAL_MS = 20_000;
/** Maximum factor by which the next return to the full mode is delayed. */
const MOST_PATIENCE = 8;

/**
 * Chooses the mode that the network carries: down step by step, up at once, because the server sends no more than the network
 * carries, and later if that did not hold the last time. Times are passed in, in milliseconds.
 */
export class DegradationPolicy {
  #step = 0;
  #level: NetworkLevel | null = null;
  #since = 0;
  #raisedAt: number | null = null;
  #patience = 1;

  get mode(): MediaMode {
    return MEDIA_MODES[this.#step] ?? 'audio_only';
  }

  /** Adds a measured level; to be called at every measurement. @returns the mode */
  observe(level: NetworkLevel, at: number): MediaMode {
    if (level !== this.#level) {
      this.#level = level;
      this.#since = at;
    }
    const length = at - this.#since;
    if (level === 'poor') {
      if (length >= (DOWN_AFTER_MS[this.#step] ?? Infinity)) this.#down(at);
    } else {
      if (this.#raisedAt !== null && at - this.#raisedAt >= TRIAL_MS) this.#held();
      if (length >= UP_AFTER_MS[level] * this.#patience && this.#step > 0) this.#up(at);
    }
    return this.mode;
  }

  #down(at: number): void {
    if (this.#raisedAt !== null) this.#patience = Math.min(this.#patience * 2, MOST_PATIENCE);
    this.#raisedAt = null;
    this.#step += 1;
    // The next step waits for the effect of this one.
    this.#since = at;
  }

  #up(at: number): void {
    this.#raisedAt = at;
    this.#step = 0;
    this.#since = at;
  }

  #held(): void {
    this.#raisedAt = null;
    this.#patience = 1;
  }
}
