import { systemClock, type Clock } from './clock.ts';
import { every, type Loop, withTimeout } from './timing.ts';

export interface ClaimLoopOptions<T> {
  readonly clock: Clock;
  /** Claims up to `limit` due items for this process. */
  readonly claim: (limit: number) => Promise<readonly T[]>;
  /** Handles a claimed item. The signal aborts when the process closes and the grace period is over. */
  readonly handle: (item: T, signal: AbortSignal) => Promise<void>;
  /** A claim failed; the next poll repeats it. */
  readonly onClaimError: (error: unknown) => void;
  /** An item could not be handled; its lease ends by itself. */
  readonly onItemError: (error: unknown, item: T) => void;
}

/** The interval between polls for items of other processes and retries, in milliseconds. */
const POLL_MS = 2000;
/** How many items are handled in parallel. */
const PARALLEL = 4;
/** How long `stop` waits for items that are being handled, in milliseconds. */
const STOP_GRACE_MS = 2000;

/** Claims due items of a store with leases, and handles a few of them in parallel. */
export class ClaimLoop<T> {
  readonly #options: ClaimLoopOptions<T>;
  readonly #handling = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #claiming: Promise<void> | null = null;
  #again = false;
  #stopped = false;
  #loop: Loop | undefined;

  constructor(options: ClaimLoopOptions<T>) {
    this.#options = options;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Polls for items until `stop`. */
  start(): void {
    const { clock, onClaimError } = this.#options;
    this.#loop = every(clock, POLL_MS, () => this.wake(), onClaimError, { immediately: true });
  }

  /** Checks for due items now. */
  wake(): void {
    if (this.#stopped) return;
    this.#again = true;
    this.#claiming ??= this.#claim()
      .catch(this.#options.onClaimError)
      .finally(() => (this.#claiming = null));
  }

  /** Stops polling. Waits briefly for items that are being handled, then aborts them. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop?.stop();
    // Other servers do not follow an injected clock.
    await withTimeout(systemClock, STOP_GRACE_MS, this.#idle(), () => this.#closing.abort());
    await this.#idle();
  }

  async #idle(): Promise<void> {
    await this.#claiming;
    await Promise.all(this.#handling);
  }

  async #claim(): Promise<void> {
    while (this.#again && !this.#stopped) {
      const free = PARALLEL - this.#handling.size;
      // The next handled item calls `wake`.
      if (free === 0) return;
      this.#again = false;
      const items = await this.#options.claim(free);
      if (items.length === free) this.#again = true;
      for (const item of items) this.#handle(item);
    }
  }

  #handle(item: T): void {
    const handling = this.#options
      .handle(item, this.#closing.signal)
      .catch((error: unknown) => this.#options.onItemError(error, item))
      .finally(() => {
        this.#handling.delete(handling);
        this.wake();
      });
    this.#handling.add(handling);
  }
}
