import { TelevisitError } from '@televisit/shared/errors';
import ipaddr from 'ipaddr.js';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

export interface RateLimitOptions {
  /** Requests per second for each internal secret; 0 for no limit. */
  readonly secretPerSecond: number;
  /** Requests per minute for each address, without an internal secret; 0 for no limit. */
  readonly addressPerMinute: number;
}

/** The number of requests that one wrong secret counts as. */
const GUESS_COST = 10;

/** The limit of signaling connections for each participant, far above what a bad network causes. */
const CONNECTIONS_PER_MINUTE = 60;

/** The limit of uploads and downloads for each participant. */
const FILES_PER_MINUTE = 60;

/** Limits the requests of each caller to this process. @throws {TelevisitError} `too_many_requests` from every method */
export class RateLimits {
  readonly #secrets: RateLimiterMemory | null;
  readonly #addresses: RateLimiterMemory | null;
  readonly #people = limiter(CONNECTIONS_PER_MINUTE, 60);
  readonly #files = limiter(FILES_PER_MINUTE, 60);
  readonly #guessCost: number;

  constructor({ secretPerSecond, addressPerMinute }: RateLimitOptions) {
    this.#secrets = limiter(secretPerSecond, 1);
    this.#addresses = limiter(addressPerMinute, 60);
    this.#guessCost = Math.min(GUESS_COST, addressPerMinute);
  }

  /** Counts a request of a backend. */
  secret(keyId: string): Promise<void> {
    return consume(this.#secrets, keyId, 1);
  }

  /** Counts a request without an internal secret. */
  address(ip: string | undefined): Promise<void> {
    return consume(this.#addresses, networkOf(ip), 1);
  }

  /** Counts a signaling connection of a participant. */
  person(sessionId: string, userId: string): Promise<void> {
    return consume(this.#people, `${sessionId} ${userId}`, 1);
  }

  /** Counts an upload or download of a participant. */
  file(sessionId: string, userId: string): Promise<void> {
    return consume(this.#files, `${sessionId} ${userId}`, 1);
  }

  /** Counts a wrong internal secret. */
  guess(ip: string | undefined): Promise<void> {
    return consume(this.#addresses, networkOf(ip), this.#guessCost);
  }
}

function limiter(points: number, duration: number): RateLimiterMemory | null {
  return points === 0 ? null : new RateLimiterMemory({ points, duration });
}

async function consume(limiter: RateLimiterMemory | null, key: string, points: number): Promise<void> {
  try {
    await limiter?.consume(key, points);
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    throw new TelevisitError('too_many_requests', { retryAfter: Math.ceil(error.msBeforeNext / 1000) });
  }
}

/** Returns the key of an address: for IPv6 its /64, because one customer can use all addresses in it. */
function networkOf(ip: string | undefined): string {
  if (ip === undefined || !ipaddr.isValid(ip)) return 'unknown';
  const address = ipaddr.process(ip);
  return address instanceof ipaddr.IPv6 ? address.parts.slice(0, 4).join(':') : address.toString();
}
