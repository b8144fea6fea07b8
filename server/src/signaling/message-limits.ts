import type { ClientMessage } from '@televisit/shared/signaling';
import type { Clock } from '../domain/clock.ts';
import { TokenBucket } from './token-bucket.ts';

/** A page never comes near this, however many people are in the visit. */
const ALL = { perSecond: 60, burst: 240 };
/** Nobody types, waves or raises hands faster. */
const SPREAD = { perSecond: 10, burst: 20 };
/** A shared screen is one stream, or two with its sound; each share is written to the database. */
const SHARES = { perSecond: 1, burst: 10 };

/** What one person says and many receive, or what is written to the database each time. */
export const SPREADING: ReadonlySet<string> = new Set<ClientMessage>([
  'chat:send',
  'reaction:send',
  'hand:set',
  'presence:set',
  'network:report',
  'waiting:message',
  'moderation:mute',
  'moderation:ask-unmute',
  'moderation:lock',
  'moderation:screen-share',
  'notes:set',
]);

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
    return this.#all.take() && (!SPREADING.has(event) || this.#spread.take());
  }

  /** Counts a stream of a shared screen. @returns false where it is one too many */
  allowShare(): boolean {
    return this.#shares.take();
  }
}
