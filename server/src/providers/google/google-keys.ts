import { createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { ProviderError } from '../provider-error.ts';
import type { GoogleApi } from './google-api.ts';

/** How long keys are kept if the answer does not say, in milliseconds. */
const KEEP_MS = 60 * 60_000;
/** The shortest time between two requests for an unknown key, so that forged tokens cause few of them, in milliseconds. */
const UNKNOWN_MS = 60_000;

const keySet = z.object({ keys: z.array(z.unknown()) });
const rsaKey = z.object({ kid: z.string(), kty: z.literal('RSA'), n: z.string(), e: z.string() });

/** Google's public keys (JWK set, RFC 7517), kept as long as `Cache-Control` allows. */
export class GoogleKeys {
  readonly #api: GoogleApi;
  readonly #url: string;
  readonly #clock: Clock;
  #keys: ReadonlyMap<string, KeyObject> = new Map();
  #readAt = -Infinity;
  #expiresAt = -Infinity;
  #reading: Promise<void> | null = null;

  constructor(api: GoogleApi, url: string, clock: Clock) {
    this.#api = api;
    this.#url = url;
    this.#clock = clock;
  }

  /**
   * Returns a key. Reads the keys again if they have expired, or if Google may have added the key since; concurrent calls share
   * one request.
   * @throws {ProviderError} if the keys cannot be read
   */
  async get(kid: string): Promise<KeyObject | null> {
    const now = this.#clock.now();
    const isUnknown = !this.#keys.has(kid) && now - this.#readAt >= UNKNOWN_MS;
    if (now >= this.#expiresAt || isUnknown) {
      this.#reading ??= this.read(new AbortController().signal).finally(() => {
        this.#reading = null;
      });
      await this.#reading;
    }
    return this.#keys.get(kid) ?? null;
  }

  /** Reads the keys now. */
  async read(signal: AbortSignal): Promise<void> {
    const { status, body, headers } = await this.#api.getPublic(this.#url, signal);
    const parsed = keySet.safeParse(body);
    if (status !== 200 || !parsed.success) {
      throw new ProviderError('unavailable', 'Google’s public keys cannot be read', { code: String(status) });
    }
    const keys = parsed.data.keys.flatMap((key) => rsaKey.safeParse(key).data ?? []);
    this.#keys = new Map(keys.map((key) => [key.kid, createPublicKey({ key, format: 'jwk' })]));
    this.#readAt = this.#clock.now();
    const seconds = /(?:^|[\s,])max-age=(\d+)/.exec(headers.get('cache-control') ?? '')?.[1];
    this.#expiresAt = this.#readAt + (seconds === undefined ? KEEP_MS : Number(seconds) * 1000);
  }
}
