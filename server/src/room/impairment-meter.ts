import type { NetworkLevel } from '@televisit/shared/vocabulary';
import type { Clock } from '../core/clock.ts';

/** A network that is `poor` for this long without a break counts as degraded, in milliseconds. */
const DEGRADED_MS = 15_000;
/** The shortest time between two degradations that are reported, in milliseconds. */
const DEGRADED_PAUSE_MS = 5 * 60_000;

/** Sums up how long a participant's network was poor. */
export class ImpairmentMeter {
  readonly #clock: Clock;
  readonly #onDegraded: () => void;
  #ms = 0;
  #degradedAt: number | null = null;
  #poorSince: number | null = null;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, onDegraded: () => void) {
    this.#clock = clock;
    this.#onDegraded = onDegraded;
  }

  /** For how long the network was poor until now, in milliseconds. */
  get ms(): number {
    return this.#ms + (this.#poorSince === null ? 0 : Math.max(0, this.#clock.now() - this.#poorSince));
  }

  set(level: NetworkLevel | null): void {
    if ((level === 'poor') === (this.#poorSince !== null)) return;
    this.stop();
    if (level !== 'poor') return;
    const now = this.#clock.now();
    this.#poorSince = now;
    const pause = this.#degradedAt === null ? 0 : this.#degradedAt + DEGRADED_PAUSE_MS - now;
    this.#cancel = this.#clock.after(Math.max(DEGRADED_MS, pause), () => {
      this.#degradedAt = this.#clock.now();
      this.#onDegraded();
    });
  }

  /** Pauses until the next level is set. Idempotent. */
  stop(): void {
    this.#cancel?.();
    this.#ms = this.ms;
    this.#poorSince = null;
  }
}
