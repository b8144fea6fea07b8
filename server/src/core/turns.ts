/** How long work may take in one turn of the event loop before what has arrived is handled, in milliseconds. */
const TURN_MS = 2;
/** People are active for this long after each of their messages, in milliseconds: some of a join are on their way then. */
const ACTIVE_MS = 500;
/** The pause between two requests of backends while people are active, in milliseconds. */
const REST_MS = 6;

/**
 * Spreads work over the turns of the event loop: a few pieces in each, between which everything that has arrived is handled. Each
 * key has a queue, and queues take turns, so whoever has much to do delays others by little.
 */
export class Turns<K> {
  readonly #maxPieces: number;
  readonly #restMs: () => number;
  readonly #queues = new Map<K, (() => void)[]>();
  #waiting = 0;
  #isScheduled = false;

  /**
   * @param maxPieces the most pieces of a turn, however short they are
   * @param restMs returns how long to pause after a turn, in milliseconds; turns with a pause after them have one piece
   */
  constructor(maxPieces: number, restMs: () => number = () => 0) {
    this.#maxPieces = maxPieces;
    this.#restMs = restMs;
  }

  /** Resolves when it is the turn of the next piece of `key`. */
  next(key: K): Promise<void> {
    return new Promise((resolve) => {
      const queue = this.#queues.get(key);
      if (queue) queue.push(resolve);
      else this.#queues.set(key, [resolve]);
      this.#waiting += 1;
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting === 0) return;
    this.#isScheduled = true;
    const restMs = this.#restMs();
    const pieces = restMs > 0 ? 1 : Math.min(this.#waiting, this.#maxPieces);
    let from: number | undefined;
    // Callbacks that are set together run in the same turn, each with the promises that it resolves.
    for (let piece = 1; piece <= pieces; piece++) {
      setImmediate(() => {
        from ??= performance.now();
        if (piece === 1 || performance.now() - from < TURN_MS) this.#take();
        if (piece < pieces) return;
        const proceed = () => {
          this.#isScheduled = false;
          this.#schedule();
        };
        if (restMs > 0) setTimeout(proceed, restMs);
        else proceed();
      });
    }
  }

  #take(): void {
    for (const [key, queue] of this.#queues) {
      // The key goes to the end, or away.
      this.#queues.delete(key);
      const first = queue.shift();
      if (queue.length > 0) this.#queues.set(key, queue);
      this.#waiting -= 1;
      first?.();
      return;
    }
  }
}

let actedAt = -Infinity;

/** Records that a person in a visit has sent something. */
export function personActed(): void {
  actedAt = performance.now();
}

/** The turns of this process, which has one event loop, for the streams of large visits; by session. */
export const STREAM_TURNS = new Turns<unknown>(1);

/** For requests of backends, by secret: one that imports sessions has many under way. */
export const REQUEST_TURNS = new Turns<unknown>(8, () =>
  performance.now() - actedAt < ACTIVE_MS ? REST_MS : 0,
);
