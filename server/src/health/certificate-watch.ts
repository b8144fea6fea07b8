import type { Logger } from 'pino';
import { certificateOf } from '../core/certificate.ts';
import type { Clock } from '../core/clock.ts';
import { every, type Loop } from '../core/timing.ts';

export interface CertificateWatchOptions {
  /** The https address that participants open. */
  readonly url: URL;
  readonly clock: Clock;
  readonly logger: Logger;
}

const TIMEOUT_MS = 6_000;
/** How often the certificate is read, and how soon again if that failed, in milliseconds. */
const READ_MS = 24 * 60 * 60_000;
const RETRY_MS = 60 * 60_000;

/**
 * Knows when the certificate of the public address expires. An untrusted or expired one counts as well: an operator must
 * see its date, too.
 */
export class CertificateWatch {
  readonly #options: CertificateWatchOptions;
  readonly #loop: Loop;
  #expiresAt: number | null = null;
  #readAt: number | null = null;
  #failed = false;

  constructor(options: CertificateWatchOptions) {
    this.#options = options;
    const onError = (error: unknown) => {
      if (!this.#failed) {
        options.logger.warn({ err: error, host: options.url.host }, 'failed to read the certificate');
      }
      this.#failed = true;
    };
    this.#loop = every(options.clock, RETRY_MS, () => this.#read(), onError, { immediately: true });
  }

  /** In milliseconds since the Unix epoch; null before it was read. */
  get expiresAt(): number | null {
    return this.#expiresAt;
  }

  /** Idempotent. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #read(): Promise<void> {
    const now = this.#options.clock.now();
    if (this.#readAt !== null && now - this.#readAt < READ_MS) return;
    const { valid_to: until } = await certificateOf(this.#options.url, {
      timeoutMs: TIMEOUT_MS,
      trusted: false,
    });
    this.#expiresAt = Date.parse(until);
    this.#readAt = now;
    this.#failed = false;
  }
}
