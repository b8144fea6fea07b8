import { sleep, type Clock } from './clock.ts';

export interface BackoffOptions {
  /** The delay after the first failure, in milliseconds. */
  readonly firstMs: number;
  /** The delay doubles with each failure up to this, in milliseconds. Without it, all delays are equal. */
  readonly maxMs?: number;
  /** The share by which a delay varies in both directions, from 0 to 1, so that retries of many callers spread out. */
  readonly jitter?: number;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random?: () => number;
}

/** The delays between the attempts at something that fails. Holds no state, so that callers can share one. */
export class Backoff {
  readonly #options: Required<BackoffOptions>;

  constructor({ firstMs, maxMs = firstMs, jitter = 0, random = Math.random }: BackoffOptions) {
    this.#options = { firstMs, maxMs, jitter, random };
  }

  /** Returns the delay before the next attempt, in milliseconds. @param failures how many attempts have failed, from 1 */
  delay(failures: number): number {
    const { jitter, random } = this.#options;
    const base = this.base(failures);
    return jitter === 0 ? base : Math.round(base * (1 - jitter + 2 * jitter * random()));
  }

  /** Returns the same delay without jitter. */
  base(failures: number): number {
    const { firstMs, maxMs } = this.#options;
    // Larger powers of two are infinite.
    return Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 1000));
  }
}

/**
 * Repeats `attempt` until it succeeds.
 * @param giveUp decides after each failure whether to stop
 * @throws the error of the last attempt if `giveUp` returns true
 */
export async function retry<T>(
  clock: Clock,
  backoff: Backoff,
  attempt: () => Promise<T>,
  giveUp: (error: unknown, failures: number) => boolean,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (giveUp(error, failures)) throw error;
      await sleep(clock, backoff.delay(failures));
    }
  }
}
