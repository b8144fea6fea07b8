import type { Line } from './line-state.ts';

/** Bandwidths of a line, in bit/s. */
export interface Bandwidths {
  /** What the worker estimates. */
  readonly available: number;
  /** The bandwidth with which the pictures would be complete, or the next larger one would fit; 0 for none. */
  readonly wanted: number;
  /** The bandwidth with which all pictures would be as large as the page displays them. */
  readonly most: number;
}

/** What to do in the next second, in bit/s. */
export interface Attempt {
  /** The bandwidth that the worker should probe; 0 for none. */
  readonly probe: number;
  /** The bandwidth that is assumed at least; 0 for none. */
  readonly minimum: number;
}

interface Pending {
  readonly kind: 'probe' | 'trial';
  readonly at: number;
  readonly wanted: number;
  /** Whether the worker has counted losses that the browser does not know. */
  readonly unseenLoss: boolean;
}

const NOTHING: Attempt = { probe: 0, minimum: 0 };

/** How long the effect of a probe, or a trial, may take, in milliseconds. */
const EFFECT_MS = { probe: 1_500, trial: 3_000 } as const;
/** How many times the estimate a probe may be, and what it may always be, in bit/s: a burst of 15 ms is a few packets then. */
const FACTOR = 3;
const SMALL = 1_800_000;
/** A probe exceeds what is wanted by this, because it is the most that the worker estimates until the next one. */
const BEYOND_WANTED = 1.25;
/** The pauses after the first probe without effect and at most, in milliseconds; each is twice as long as the previous one. */
const FIRST_PAUSE_MS = 4_000;
const LONGEST_PAUSE_MS = 30_000;
/** The pause while packets queue, in milliseconds. The browser's own packets to the server may be the reason. */
const QUEUED_PAUSE_MS = 10_000;

/**
 * Finds out whether a line carries more than the worker estimates, which rises slowly after congestion. A probe of the worker is a
 * burst of 15 ms. If the worker discards its probes, the larger picture itself is sent for a trial, which costs more if it fails.
 */
export class BandwidthProbes {
  #lastAvailable = 0;
  #pending: Pending | null = null;
  #startedAt = -Infinity;
  #failures = 0;
  #discardsProbes = false;
  #pausedUntil = -Infinity;

  /** Whether the effect of a probe is awaited. */
  get isPending(): boolean {
    return this.#pending !== null;
  }

  /** Adds a second of a line, by a clock in milliseconds. */
  observe(line: Line, { available, wanted, most }: Bandwidths, at: number): Attempt {
    const falls = available < this.#lastAvailable * 0.98;
    this.#lastAvailable = available;
    if (this.#pending !== null) this.#pending = this.#judged(this.#pending, line, available, at);
    if (this.#pending !== null) return this.#pending.kind === 'trial' ? trialOf(this.#pending) : NOTHING;
    const queues = line.isQueued && at - this.#startedAt < QUEUED_PAUSE_MS;
    if (wanted <= available || at < this.#pausedUntil || falls || queues || line.isLosing) return NOTHING;
    const kind = this.#discardsProbes ? 'trial' : 'probe';
    if (kind === 'trial' && (line.isQueued || line.isLossy)) return NOTHING;
    this.#pending = { kind, at, wanted, unseenLoss: false };
    this.#startedAt = at;
    if (kind === 'trial') return trialOf(this.#pending);
    const bandwidth = Math.max(wanted, Math.min(most, Math.max(available * FACTOR, SMALL)));
    return { probe: bandwidth * BEYOND_WANTED, minimum: 0 };
  }

  /** Returns what is still awaited after another second; null if it has succeeded or failed. */
  #judged(pending: Pending, line: Line, available: number, at: number): Pending | null {
    const { kind, at: since, wanted } = pending;
    const isLate = at - since >= EFFECT_MS[kind];
    const unseenLoss = pending.unseenLoss || line.hasUnseenLoss;
    const failed = line.isLosing || (kind === 'probe' ? isLate : line.isQueued);
    if (available >= wanted && (kind === 'probe' || (isLate && !failed))) {
      this.#failures = 0;
      return null;
    }
    if (!failed) return isLate ? null : { ...pending, unseenLoss };
    this.#discardsProbes = kind === 'probe' && unseenLoss && !line.isLosing;
    if (this.#discardsProbes) return null;
    this.#pausedUntil = at + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    this.#failures += 1;
    return null;
  }
}

function trialOf({ wanted }: Pending): Attempt {
  return { probe: 0, minimum: wanted };
}
