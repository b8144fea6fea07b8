import type { NetworkLevel } from '@televisit/shared/vocabulary';
import type { Clock } from '../domain/clock.ts';

/** So long in a row at `poor` is worth a place in the history, in milliseconds. */
const DEGRADED_MS = 15_000;
/** And not again within this time. */
const DEGRADED_PAUSE_MS = 5 * 60_000;

/** Sums up how long a person's network was poor. */
export class ImpairmentMeter {
  readonly #clock: Clock;
  readonly #onDegraded: () => void;
  #ms: number;
  #degradedAt: number | null;
  #poorSince: number | null = null;
  #cancel: (() => void) | undefined;

  /** @param previous the same person's meter before this one; it must have been stopped */
  constructor(clock: Clock, onDegraded: () => void, previous?: ImpairmentMeter) {
    this.#clock = clock;
    this.#onDegraded = onDegraded;
    this.#ms = previous ? previous.ms : 0;
    this.#degradedAt = previous ? previous.#degradedAt : null;
  }

  /** How long it was poor until now, in milliseconds. */
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

  /** Nothing more is measured until the next level. Idempotent. */
  stop(): void {
    this.#cancel?.();
    this.#ms = this.ms;
    this.#poorSince = null;
  }
}
