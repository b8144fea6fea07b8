import type { Clock } from '../core/clock.ts';

/** The best simulcast layer that any receiver displays, 0 to 2; null if no receiver displays the camera. */
export type Demand = number | null;

/** How long a lower demand must hold before the sender is notified, in milliseconds. */
export const LOWER_AFTER_MS = 2000;

/** Tells the sender of a camera which layers are in demand: a rise at once, a fall once it has held for a while. */
export class CameraDemand {
  readonly #clock: Clock;
  readonly #notify: (demand: Demand) => void;
  #notified: Demand | undefined;
  #pendingFall: { readonly demand: Demand; readonly cancel: () => void } | undefined;

  constructor(clock: Clock, notify: (demand: Demand) => void) {
    this.#clock = clock;
    this.#notify = notify;
  }

  /** The demand that the sender was last notified of; undefined before the first notification. */
  get notified(): Demand | undefined {
    return this.#notified;
  }

  /** Sets the current demand. The first one is always notified at once. */
  set(demand: Demand): void {
    const falls = this.#notified !== undefined && rank(demand) < rank(this.#notified);
    if (falls && this.#pendingFall?.demand === demand) return;
    this.close();
    if (demand === this.#notified) return;
    if (!falls) {
      this.#send(demand);
      return;
    }
    const cancel = this.#clock.after(LOWER_AFTER_MS, () => {
      this.#pendingFall = undefined;
      this.#send(demand);
    });
    this.#pendingFall = { demand, cancel };
  }

  /** Drops a pending notification. Idempotent. */
  close(): void {
    this.#pendingFall?.cancel();
    this.#pendingFall = undefined;
  }

  #send(demand: Demand): void {
    this.#notified = demand;
    this.#notify(demand);
  }
}

/** Returns the highest of several demands; null if there is none. */
export function highestDemand(demands: Iterable<Demand>): Demand {
  let best: Demand = null;
  for (const demand of demands) if (rank(demand) > rank(best)) best = demand;
  return best;
}

function rank(demand: Demand): number {
  return demand ?? -1;
}
