import type { Line } from './line-state.ts';

/** Bandwidths of a line, in bit/s. */
export interface Bandwidths {
  /** What the worker estimates. */
  readonly available: number;
  /** What is sent. */
  readonly sent: number;
  /** What the present pictures take. */
  readonly present: number;
  /** The bandwidth with which the pictures would be complete, or the next larger one would fit; 0 for none. */
  readonly wanted: number;
  /** Whether that is for the smallest pictures. */
  readonly isLowest: boolean;
  /** The bandwidth with which all pictures would be as large as the page displays them. */
  readonly most: number;
}

/** What to do in the next second, in bit/s. */
export interface Attempt {
  /** The bandwidth that the worker should probe; 0 for none. */
  readonly probe: number;
  /** The bandwidth to assume at least; 0 for none. */
  readonly minimum: number;
}

/** A bandwidth whose effect is awaited: after a `probe`, or in a `trial` that sends as much. */
interface Pending {
  readonly kind: 'probe' | 'trial';
  readonly at: number;
  readonly bandwidth: number;
  /** What the line has carried before. */
  readonly before: number;
  readonly isLowest: boolean;
}

interface Failure {
  /** A bandwidth that the line has carried. */
  readonly carried: number;
  /** How often in a row more than that has failed. */
  readonly count: number;
  /** Until when no more is attempted. */
  readonly until: number;
  /** Until when the bandwidth is kept that the line has carried. */
  readonly keptUntil: number;
}

/** Time after which the next attempt may follow a trial, and within which one may fail, in milliseconds. */
const NEXT_AFTER_MS = 2_000;
const TRIAL_MS = 5_000;
/** How long the effect of a probe may take, in milliseconds, and how many times the estimate it may be. */
const PROBE_MS = 1_500;
const PROBE_FACTOR = 3;
/** The pauses after the first failure and at most, in milliseconds; each is twice as long as the previous one. */
const PAUSES_MS = {
  probe: { first: 4_000, longest: 30_000 },
  trial: { first: 12_000, longest: 60_000 },
  /** Of a trial as long as even the smallest pictures stutter. */
  lowest: { first: 4_000, longest: 8_000 },
} as const;
/** The pause between attempts while packets queue, in milliseconds. The browser's own packets to the server may be the reason. */
const QUEUED_PAUSE_MS = 10_000;
/** How long the line gets what it has carried before, after a failed trial, in milliseconds. */
const KEPT_MS = 3_000;
/** The share of a bandwidth that the worker must keep for the trial not to fail. */
const KEPT_SHARE = 0.8;
/** The share of the present pictures that must be sent before larger ones are tried. */
const SENT_SHARE = 0.75;
/** A bandwidth that exceeds another one by no more than this is the same. */
const SAME = 1.1;

/**
 * Finds out whether a line carries more than the worker estimates, which rises slowly after congestion. A probe of the worker, a
 * burst of 15 ms, costs little. If the worker can send none, the larger pictures themselves are sent for a trial: if they are too
 * much, the worker finds out and lowers its estimate.
 */
export class BandwidthTrials {
  #lastAvailable = 0;
  #pending: Pending | null = null;
  #failure: Failure | null = null;
  #lastAt = -Infinity;

  /** Adds a second of a line, by a clock in milliseconds. */
  observe(line: Line, bandwidths: Bandwidths, at: number): Attempt {
    const { available, sent, present, wanted, isLowest, most } = bandwidths;
    const falls = available < this.#lastAvailable * 0.98;
    this.#lastAvailable = available;
    const needsTrial = this.#pending !== null && this.#judge(this.#pending, line, available, at);
    const minimum = this.#failure !== null && at < this.#failure.keptUntil ? this.#failure.carried : 0;
    const idle = { probe: 0, minimum };
    const queues = line.isQueued && at - this.#lastAt < QUEUED_PAUSE_MS && !needsTrial;
    const untested = !isLowest && sent < present * SENT_SHARE;
    if (this.#rests(at) || falls || queues || untested || line.isLosing) return idle;
    if (wanted <= available || this.#isRefused(wanted, at)) return idle;
    this.#lastAt = at;
    const kind = needsTrial || line.discardsProbes ? 'trial' : 'probe';
    this.#pending = { kind, at, bandwidth: wanted, before: Math.min(available, present), isLowest };
    if (kind === 'trial') return { probe: 0, minimum: Math.max(wanted, minimum) };
    // A line that has failed before gets no larger burst than it must.
    const farther = this.#failure === null ? Math.min(most, available * PROBE_FACTOR) : 0;
    return { probe: Math.max(wanted, farther), minimum };
  }

  /** Judges an attempt by what the worker estimates now. @returns whether a trial must follow the probe */
  #judge(
    { kind, at: since, bandwidth, before, isLowest }: Pending,
    line: Line,
    available: number,
    at: number,
  ): boolean {
    const isLate = at - since >= (kind === 'probe' ? PROBE_MS : TRIAL_MS);
    if (line.isLosing || (kind === 'trial' && available < bandwidth * KEPT_SHARE)) {
      this.#fail(kind, { before, isLowest }, at);
    } else if (available >= bandwidth && (kind === 'probe' || isLate)) {
      this.#pending = null;
      if (this.#failure !== null && bandwidth > this.#failure.carried * SAME) this.#failure = null;
    } else if (kind === 'probe' && line.discardsProbes) {
      this.#pending = null;
      return true;
    } else if (isLate) {
      if (kind === 'probe') this.#fail(kind, { before, isLowest }, at);
      else this.#pending = null;
    }
    return false;
  }

  #fail(kind: Pending['kind'], { before, isLowest }: Pick<Pending, 'before' | 'isLowest'>, at: number): void {
    const failure = this.#failure;
    this.#pending = null;
    this.#lastAt = at;
    const count = failure !== null && before <= failure.carried * SAME ? failure.count + 1 : 1;
    const { first, longest } = PAUSES_MS[kind === 'trial' && isLowest ? 'lowest' : kind];
    const pause = Math.min(longest, first * 2 ** (count - 1));
    const keptUntil = kind === 'trial' ? at + KEPT_MS : at;
    this.#failure = { carried: before, count, until: at + pause, keptUntil };
  }

  #rests(at: number): boolean {
    return (
      this.#pending !== null && (this.#pending.kind === 'probe' || at - this.#pending.at < NEXT_AFTER_MS)
    );
  }

  #isRefused(bandwidth: number, at: number): boolean {
    return this.#failure !== null && at < this.#failure.until && bandwidth > this.#failure.carried * SAME;
  }
}
