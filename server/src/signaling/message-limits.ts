import type { MessageContract } from '@televisit/shared/core/contract';
import { CLIENT_MESSAGES } from '@televisit/shared/signaling';
import type { Clock } from '../core/clock.ts';
import { TokenBucket } from '../core/token-bucket.ts';

/** A page never comes near this, however many participants there are. */
const ALL = { perSecond: 60, burst: 240 };
/** More than a person types, waves or raises hands. */
const BROADCAST = { perSecond: 10, burst: 20 };

/** Messages that reach many participants, or write to the database each time. */
const BROADCAST_MESSAGES: ReadonlySet<string> = new Set(
  Object.entries<MessageContract>(CLIENT_MESSAGES).flatMap(([name, { rate }]) =>
    rate === 'broadcast' ? [name] : [],
  ),
);

/** Limits how many messages one connection may send. */
export class MessageLimits {
  readonly #all: TokenBucket;
  readonly #broadcast: TokenBucket;

  constructor(clock: Clock) {
    this.#all = new TokenBucket(ALL, clock);
    this.#broadcast = new TokenBucket(BROADCAST, clock);
  }

  /** Counts a message, valid or not. @returns false if a limit is exceeded */
  allow(event: string): boolean {
    return this.#all.take() && (!BROADCAST_MESSAGES.has(event) || this.#broadcast.take());
  }
}
