import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** People who do not enter within this time begin a trace of their own, in milliseconds. */
const REMEMBER_MS = 10 * 60_000;
const MAX_TRACES = 10_000;

/** The spans in which pages were loaded, by their join token: the connection that follows has no other way to name them. */
export class RecentTraces {
  readonly #traces = new LRUCache<string, string>({ max: MAX_TRACES, ttl: REMEMBER_MS });

  remember(token: string, traceparent: string): void {
    this.#traces.set(keyOf(token), traceparent);
  }

  /** Returns the span of a token; null if this process has not seen it. */
  find(token: string): string | null {
    return this.#traces.get(keyOf(token)) ?? null;
  }
}

/** A process keeps no tokens. */
function keyOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
