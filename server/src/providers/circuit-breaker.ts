import type { Clock } from '../core/clock.ts';

/** Failures within this time open the breaker, in milliseconds. */
const WINDOW_MS = 60_000;
const FAILURES = 5;
/** How long an open breaker refuses calls before it lets one try, in milliseconds. */
const OPEN_MS = 30_000;

/**
 * Keeps calls from a provider that does not answer: five failures within a minute open it for 30 s, then one call may try.
 */
export class CircuitBreaker {
  readonly #clock: Clock;
  #failures: readonly number[] = [];
  #openUntil = 0;
  /** Whether the one call after a time of refusing is under way. */
  #isTrying = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns the milliseconds until a call may try; 0 if calls are let through. */
  retryAfterMs(): number {
    const now = this.#clock.now();
    if (now < this.#openUntil) return this.#openUntil - now;
    return this.#isTrying ? 1000 : 0;
  }

  /** Reserves a call. @returns false if the provider is not to be called now */
  enter(): boolean {
    if (this.retryAfterMs() > 0) return false;
    if (this.#openUntil > 0) this.#isTrying = true;
    return true;
  }

  succeeded(): void {
    this.#failures = [];
    this.#openUntil = 0;
    this.#isTrying = false;
  }

  failed(): void {
    const now = this.#clock.now();
    this.#failures = [...this.#failures.filter((at) => now - at < WINDOW_MS), now];
    if (this.#isTrying || this.#failures.length >= FAILURES) this.#openUntil = now + OPEN_MS;
    this.#isTrying = false;
  }
}
