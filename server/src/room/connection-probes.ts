import { TelevisitError } from '@televisit/shared/errors';
import type { ProbeResult } from '@televisit/shared/signaling';
import type { ProbePath } from '@televisit/shared/vocabulary';
import { TokenBucket } from '../core/token-bucket.ts';
import type { Clock } from '../core/clock.ts';
import type { Probe } from '../media/probe.ts';

/** Three connection tests in a row, and another one every half minute; each opens up to three probes. */
const ALLOWED = { perSecond: 0.1, burst: 9 };

/** The connection tests of one connection, one at a time for each path. */
export class ConnectionProbes {
  readonly #allowed: TokenBucket;
  readonly #probes = new Map<ProbePath, Probe>();
  #closed = false;

  constructor(clock: Clock) {
    this.#allowed = new TokenBucket(ALLOWED, clock);
  }

  /**
   * Closes the last probe of this path and opens another.
   * @throws {TelevisitError} `too_many_messages`, `media_unavailable` if the connection is gone, and as `open`
   */
  async open(path: ProbePath, open: () => Promise<Probe>): Promise<ProbeResult> {
    if (!this.#allowed.take()) throw new TelevisitError('too_many_messages');
    this.#probes.get(path)?.close();
    this.#probes.delete(path);
    const probe = await open();
    if (this.#closed) {
      probe.close();
      throw new TelevisitError('media_unavailable');
    }
    this.#probes.set(path, probe);
    return probe.parameters;
  }

  /** Returns the open probe that has this transport. */
  find(transportId: string): Probe | undefined {
    return [...this.#probes.values()].find(({ id, closed }) => id === transportId && !closed);
  }

  /** Closes all of them; others may be opened afterwards. */
  clear(): void {
    for (const probe of this.#probes.values()) probe.close();
    this.#probes.clear();
  }

  /** The connection is gone. Idempotent. */
  close(): void {
    this.#closed = true;
    this.clear();
  }
}
