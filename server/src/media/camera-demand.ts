import type { Clock } from '../domain/clock.ts';

/** The best simulcast layer that anybody looks at, 0 to 2; null where nobody looks. */
export type Demand = number | null;

/** How long a lower demand has to hold before the sender hears of it, in milliseconds. */
export const LOWER_AFTER_MS = 2000;

/** What the sender of one camera is told of those who look: more at once, less when it has held for a while. */
export class CameraDemand {
  readonly #clock: Clock;
  readonly #tell: (demand: Demand) => void;
  #told: Demand | undefined;
  #lower: { readonly demand: Demand; readonly cancel: () => void } | undefined;

  constructor(clock: Clock, tell: (demand: Demand) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** What the sender was told last; undefined before the first time. */
  get told(): Demand | undefined {
    return this.#told;
  }

  /** What is looked at now. The first one is told at once, whatever it is. */
  set(demand: Demand): void {
    const isLower = this.#told !== undefined && rank(demand) < rank(this.#told);
    if (isLower && this.#lower?.demand === demand) return;
    this.close();
    if (demand === this.#told) return;
    if (!isLower) {
      this.#say(demand);
      return;
    }
    const cancel = this.#clock.after(LOWER_AFTER_MS, () => {
      this.#lower = undefined;
      this.#say(demand);
    });
    this.#lower = { demand, cancel };
  }

  /** Idempotent: what has not been told is not told any more. */
  close(): void {
    this.#lower?.cancel();
    this.#lower = undefined;
  }

  #say(demand: Demand): void {
    this.#told = demand;
    this.#tell(demand);
  }
}

/** The highest of several; null where there is none. */
export function highest(demands: Iterable<Demand>): Demand {
  let best: Demand = null;
  for (const demand of demands) if (rank(demand) > rank(best)) best = demand;
  return best;
}

function rank(demand: Demand): number {
  return demand ?? -1;
}
