/** People are active for this long after each of their messages, in milliseconds: some of a join are on their way then. */
const ACTIVE_MS = 500;
/** The pause between two requests of backends while people are active, in milliseconds. */
const REST_MS = 6;

/**
 * Spreads work over the turns of the event loop: one piece in each, between which everything that has arrived is handled. Each key
 * has a queue, and queues take turns, so that a session with much work hardly delays others.
 */
export class Turns<K> {
  readonly #restMs: number;
  readonly #queues = new Map<K, (() => void)[]>();
  #isScheduled = false;

  /** @param restMs the pause after each piece, in milliseconds */
  constructor(restMs = 0) {
    this.#restMs = restMs;
  }

  /** Resolves when it is the turn of the next piece of `key`. */
  next(key: K): Promise<void> {
    return new Promise((resolve) => {
      const queue = this.#queues.get(key);
      if (queue) queue.push(resolve);
      else this.#queues.set(key, [resolve]);
      if (!this.#isScheduled) this.#schedule();
    });
  }

  #schedule(): void {
    this.#isScheduled = this.#queues.size > 0;
    if (!this.#isScheduled) return;
    setImmediate(() => {
      this.#take();
      if (this.#restMs > 0) setTimeout(() => this.#schedule(), this.#restMs);
      else this.#schedule();
    });
  }

  #take(): void {
    for (const [key, queue] of this.#queues) {
      // The key goes to the end, or away.
      this.#queues.delete(key);
      const first = queue.shift();
      if (queue.length > 0) this.#queues.set(key, queue);
      first?.();
      return;
    }
  }
}

/** The turns of this process, which has one event loop, for the streams of large visits; by session. */
export const STREAM_TURNS = new Turns<unknown>();

const requests = new Turns<string>(REST_MS);
let actedAt = -Infinity;

/** Records that a person in a visit has sent something. */
export function personActed(): void {
  actedAt = performance.now();
}

/**
 * Resolves when a request of a backend may continue. Only while people are active, the requests take turns: one that imports
 * sessions has many under way.
 * @param keyId of the backend's secret
 */
export async function requestTurn(keyId: string): Promise<void> {
  if (performance.now() - actedAt < ACTIVE_MS) await requests.next(keyId);
}
