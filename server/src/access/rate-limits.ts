import { TelevisitError } from '@televisit/shared/errors';
import ipaddr from 'ipaddr.js';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { parseAddress } from './client-address.ts';

/** Called when a limit is exceeded. */
export type LimitObserver = (limit: 'secret' | 'address' | 'person' | 'file' | 'login' | 'operator') => void;

export interface RateLimitOptions {
  /** Requests per second for each internal secret; 0 for no limit. */
  readonly secretPerSecond: number;
  /** Requests per minute for each address, without an internal secret; 0 for no limit. */
  readonly addressPerMinute: number;
}

/** A wrong secret counts as ten requests, and a static file as a tenth of one: a page loads dozens. */
const REQUEST_COST = 10;
const GUESS_COST = 100;
const STATIC_COST = 1;

/** The limit of signaling connections for each participant, far above what a bad network causes. */
const CONNECTIONS_PER_MINUTE = 60;

/** The limit of logins to the console for each address. */
const LOGINS_PER_MINUTE = 20;
/** The limit of requests for each operator who is logged in to the console. */
const OPERATOR_PER_MINUTE = 600;

/** The limit of uploads and downloads for each participant. */
const FILES_PER_MINUTE = 60;

/** Limits the requests of each caller to this process. @throws {TelevisitError} `too_many_requests` from every method */
export class RateLimits {
  readonly #secrets: RateLimiterMemory | null;
  readonly #addresses: RateLimiterMemory | null;
  readonly #people = limiter(CONNECTIONS_PER_MINUTE, 60);
  readonly #files = limiter(FILES_PER_MINUTE, 60);
  readonly #logins = limiter(LOGINS_PER_MINUTE, 60);
  readonly #operators = limiter(OPERATOR_PER_MINUTE, 60);
  readonly #guessCost: number;
  readonly #onLimited: LimitObserver;

  constructor(
    { secretPerSecond, addressPerMinute }: RateLimitOptions,
    onLimited: LimitObserver = () => undefined,
  ) {
    this.#onLimited = onLimited;
    this.#secrets = limiter(secretPerSecond, 1);
    this.#addresses = limiter(addressPerMinute * REQUEST_COST, 60);
    this.#guessCost = Math.min(GUESS_COST, addressPerMinute * REQUEST_COST);
  }

  /** Counts a request of a backend. */
  secret(keyId: string): Promise<void> {
    return this.#consume('secret', this.#secrets, keyId, 1);
  }

  /** Counts a request without an internal secret. */
  address(ip: string | undefined): Promise<void> {
    return this.#consume('address', this.#addresses, networkOf(ip), REQUEST_COST);
  }

  /** Counts a request for a file that is the same for every client. */
  staticFile(ip: string | undefined): Promise<void> {
    return this.#consume('address', this.#addresses, networkOf(ip), STATIC_COST);
  }

  /** Counts a signaling connection of a participant. */
  person(sessionId: string, userId: string): Promise<void> {
    return this.#consume('person', this.#people, `${sessionId} ${userId}`, 1);
  }

  /** Counts an upload or download of a participant. */
  file(sessionId: string, userId: string): Promise<void> {
    return this.#consume('file', this.#files, `${sessionId} ${userId}`, 1);
  }

  /** Counts an attempt to log in to the console. */
  login(ip: string | undefined): Promise<void> {
    return this.#consume('login', this.#logins, networkOf(ip), 1);
  }

  /** Counts a request of an operator. */
  operator(loginId: string): Promise<void> {
    return this.#consume('operator', this.#operators, loginId, 1);
  }

  /** Counts a wrong internal secret. */
  guess(ip: string | undefined): Promise<void> {
    return this.#consume('address', this.#addresses, networkOf(ip), this.#guessCost);
  }

  async #consume(
    name: Parameters<LimitObserver>[0],
    limiter: RateLimiterMemory | null,
    key: string,
    points: number,
  ): Promise<void> {
    try {
      await limiter?.consume(key, points);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      this.#onLimited(name);
      throw new TelevisitError('too_many_requests', { retryAfter: Math.ceil(error.msBeforeNext / 1000) });
    }
  }
}

function limiter(points: number, duration: number): RateLimiterMemory | null {
  return points === 0 ? null : new RateLimiterMemory({ points, duration });
}

/** Returns the key of an address: for IPv6 its /64, because one customer can use all addresses in it. */
export function networkOf(ip: string | undefined): string {
  const parsed = parseAddress(ip ?? '');
  if (parsed === undefined) return 'unknown';
  const address = ipaddr.parse(parsed);
  return address instanceof ipaddr.IPv6 ? address.parts.slice(0, 4).join(':') : address.toString();
}
