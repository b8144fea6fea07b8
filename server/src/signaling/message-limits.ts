import type { ClientMessage } from '@televisit/shared/signaling';
import { TokenBucket } from '../core/token-bucket.ts';
import type { Clock } from '../domain/clock.ts';

/** A page never comes near this, however many participants there are. */
const ALL = { perSecond: 60, burst: 240 };
/** More than a person types, waves or raises hands. */
const BROADCAST = { perSecond: 10, burst: 20 };

/** Messages that many others receive, or that are written to the database each time. */
export const BROADCAST_MESSAGES: ReadonlySet<string> = new Set<ClientMessage>([
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
