import type { MessageContract } from '@televisit/shared/core/contract';
import { CLIENT_MESSAGES } from '@televisit/shared/signaling';
import type { Clock } from '../domain/clock.ts';
import { TokenBucket } from './token-bucket.ts';

/** A page never comes near this, however many people are in the visit. */
const ALL = { perSecond: 60, burst: 240 };
/** Nobody types, waves or raises hands faster. */
const SPREAD = { perSecond: 10, burst: 20 };
/** A shared screen is one stream, or two with its sound; each share is written to the database. */
const SHARES = { perSecond: 1, burst: 10 };

/** Messages that reach many participants, or write to the database each time. */
const BROADCAST: ReadonlySet<string> = new Set(
  Object.entries<MessageContract>(CLIENT_MESSAGES).flatMap(([name, { rate }]) =>
    rate === 'broadcast' ? [name] : [],
  ),
);

/** How many messages one connection may send. */
export class MessageLimits {
  readonly #all: TokenBucket;
  readonly #spread: TokenBucket;
  readonly #shares: TokenBucket;

  constructor(clock: Clock) {
    this.#all = new TokenBucket(ALL, clock);
    this.#spread = new TokenBucket(SPREAD, clock);
    this.#shares = new TokenBucket(SHARES, clock);
  }

  /** Counts a message, be it a good one or not. @returns false where it is one too many */
  allow(event: string): boolean {
    return this.#all.take() && (!BROADCAST.has(event) || this.#spread.take());
  }

  /** Counts a stream of a shared screen. @returns false where it is one too many */
  allowShare(): boolean {
    return this.#shares.take();
  }
}
