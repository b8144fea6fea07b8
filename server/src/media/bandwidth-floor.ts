import type { Line } from './line-state.ts';

/** What is sent over a line, and what the worker takes to be possible, in bit/s. */
export interface Traffic {
  /** The bandwidth that the worker estimates. */
  readonly available: number;
  /** What is sent. */
  readonly sent: number;
}

/** Growth of the floor per second on a line with random loss. */
const GROWTH = 1.1;
/** How much more than what is sent the floor may be, and how much it may be at least, in bit/s. */
const BEYOND_SENT = 2;
const LEAST = 150_000;

/**
 * Chooses the bandwidth below which the worker's estimate of a line must not fall. The estimate falls with every loss, but
 * packets that are lost although none queue say nothing about the bandwidth.
 */
export class BandwidthFloor {
  #floor = 0;

  /** Adds a second of a line. @returns the bandwidth in bit/s; 0 for none */
  observe({ isCongested, isLossy, isFresh }: Line, traffic: Traffic): number {
    if (isCongested || !isLossy) this.#floor = 0;
    else if (isFresh) this.#floor = grown(this.#floor, traffic);
    return Math.round(this.#floor);
  }
}

/** Returns the floor of a line with random loss: it grows, but not far beyond what is sent. */
function grown(floor: number, { available, sent }: Traffic): number {
  const most = Math.max(sent * BEYOND_SENT, LEAST, floor);
  return Math.max(Math.min(floor * GROWTH, most), Math.min(available, most));
}
