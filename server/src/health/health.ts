import type { Clock } from '../core/clock.ts';
import { every, type Loop } from '../core/timing.ts';

export type CheckState = 'ok' | 'degraded' | 'failed';

/** One condition that a probe depends on. */
export interface Check {
  readonly name: 'event_loop' | 'startup' | 'shutdown' | 'capacity' | 'media_workers' | 'store' | 'bus';
  readonly state: CheckState;
  /** A sentence for the operator; null if the state is `ok`. */
  readonly detail: string | null;
}

/** The answer of a probe: its state is the worst one of its checks. */
export interface HealthReport {
  readonly status: CheckState;
  readonly checks: readonly Check[];
}

/** The state of the other parts of this process, each read when a probe arrives; none asks another system. */
export interface HealthSources {
  /** Returns the number of living media workers of each SFU node of this process; empty if it has none. */
  readonly workers: () => readonly number[];
  /** Whether all SFU nodes of this process are draining. */
  readonly draining: () => boolean;
  readonly full: () => boolean;
  /** Whether another process accepts new visits. */
  readonly othersAccept: () => boolean;
  /** Returns the time of the last successful read of the store, in milliseconds since the Unix epoch. */
  readonly storeReadAt: () => number;
  /** Whether other processes can be reached at the moment; null if there are none. */
  readonly busUp: () => boolean | null;
}

export interface HealthOptions {
  readonly sources: HealthSources;
  /** How long the store may be away before this process counts as unready, in milliseconds; null for any time. */
  readonly storeGraceMs: number | null;
  readonly clock: Clock;
}

/** The interval of the heartbeat, in milliseconds. */
const BEAT_MS = 1000;
/** The age of the heartbeat at which the event loop counts as stuck, in milliseconds. */
const STUCK_MS = 45_000;
/** How long the media workers may be gone before only a restart is expected to bring them back, in milliseconds. */
const WORKERS_GONE_MS = 30_000;
/** The age of the last read at which the store counts as away, in milliseconds. It is read once a second. */
const STORE_AWAY_MS = 5000;

/**
 * Answers the probes of orchestrators and load balancers. Liveness depends on nothing outside this process, because a restart
 * brings no other system back. Readiness fails for what other processes may not share; what all of them share only degrades it,
 * because otherwise a load balancer would have no server left.
 */
export class Health {
  readonly #options: HealthOptions;
  readonly #heartbeat: Loop;
  #phase: 'starting' | 'running' | 'retired' = 'starting';
  #beatAt: number;
  #workersAt: number;

  constructor(options: HealthOptions) {
    const { clock } = options;
    this.#options = options;
    this.#beatAt = clock.now();
    this.#workersAt = this.#beatAt;
    this.#heartbeat = every(
      clock,
      BEAT_MS,
      () => this.#beat(),
      () => undefined,
    );
  }

  /** Whether `retire` was called. */
  get retired(): boolean {
    return this.#phase === 'retired';
  }

  /** Records that everything runs. */
  started(): void {
    if (this.#phase === 'starting') this.#phase = 'running';
  }

  /** Makes this process unready for good. Idempotent. */
  retire(): void {
    this.#phase = 'retired';
  }

  /** Returns whether this process should be restarted (`failed`). */
  liveness(): HealthReport {
    return report(this.#eventLoop(), ...this.#livingWorkers());
  }

  /** Returns whether this process should be sent new work (all but `failed`). */
  readiness(): HealthReport {
    return report(
      this.#startup(),
      this.#shutdown(),
      this.#capacity(),
      ...this.#workers(),
      this.#store(),
      ...this.#bus(),
    );
  }

  /** Returns whether the store is migrated and everything runs. */
  startup(): HealthReport {
    return report(this.#startup());
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    await this.#heartbeat.stop();
  }

  #beat(): void {
    const { clock, sources } = this.#options;
    this.#beatAt = clock.now();
    if (sources.workers().some((count) => count > 0)) this.#workersAt = this.#beatAt;
  }

  #eventLoop(): Check {
    const isStuck = this.#options.clock.now() - this.#beatAt > STUCK_MS;
    return check('event_loop', isStuck && 'failed', 'The event loop runs no timers.');
  }

  #startup(): Check {
    return check('startup', this.#phase === 'starting' && 'failed', 'The server is starting.');
  }

  #shutdown(): Check {
    if (this.retired) return check('shutdown', 'failed', 'The server is shutting down.');
    return check('shutdown', this.#options.sources.draining() && 'failed', 'All SFU nodes are draining.');
  }

  #capacity(): Check {
    const { full, othersAccept } = this.#options.sources;
    if (!full()) return check('capacity', false);
    // Participants who return still need a server.
    if (!othersAccept()) return check('capacity', 'degraded', 'Every server is full.');
    return check('capacity', 'failed', 'The server is full, and others accept new visits.');
  }

  #workers(): readonly Check[] {
    const counts = this.#options.sources.workers();
    if (counts.length === 0) return [];
    if (counts.every((count) => count === 0)) {
      return [check('media_workers', 'failed', 'No media worker runs.')];
    }
    const isMissing = counts.some((count) => count === 0);
    return [check('media_workers', isMissing && 'degraded', 'An SFU node has no media worker.')];
  }

  /** Media workers that died are replaced, so that they fail the liveness only if they stay away. */
  #livingWorkers(): readonly Check[] {
    const [now] = this.#workers();
    if (now?.state !== 'failed') return now ? [now] : [];
    const isGone = this.#options.clock.now() - this.#workersAt > WORKERS_GONE_MS;
    return [{ ...now, state: isGone ? 'failed' : 'degraded' }];
  }

  #store(): Check {
    const { clock, sources, storeGraceMs } = this.#options;
    const awayMs = clock.now() - sources.storeReadAt();
    if (awayMs <= STORE_AWAY_MS) return check('store', false);
    const isOver = storeGraceMs !== null && awayMs > storeGraceMs;
    const seconds = Math.round(awayMs / 1000);
    return check('store', isOver ? 'failed' : 'degraded', `The database was last read ${seconds} s ago.`);
  }

  #bus(): readonly Check[] {
    const isUp = this.#options.sources.busUp();
    if (isUp === null) return [];
    return [check('bus', !isUp && 'degraded', 'Redis is unreachable; visits on other servers change late.')];
  }
}

/** @param state false if the condition holds */
function check(name: Check['name'], state: 'degraded' | 'failed' | false, detail = ''): Check {
  return state ? { name, state, detail } : { name, state: 'ok', detail: null };
}

function report(...checks: readonly Check[]): HealthReport {
  const states = new Set(checks.map(({ state }) => state));
  const worst = (['failed', 'degraded'] as const).find((state) => states.has(state));
  return { status: worst ?? 'ok', checks };
}
