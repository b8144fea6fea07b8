import type { NetworkLevel } from '@televisit/shared/vocabulary';
import { Emitter } from '../core/emitter.ts';

/** What was measured of the way to the server since the last time; null where nothing is known. */
export interface NetworkSample {
  /** Round trip in milliseconds. */
  readonly rttMs: number | null;
  /** Share of lost packets, 0 to 1, of what was received … */
  readonly lossIn: number | null;
  /** … and of what was sent. */
  readonly lossOut: number | null;
  /** Share of the time in which a picture that should move stood still, 0 to 1. */
  readonly frozen: number | null;
}

/** How the network is, as a person is told. */
export interface NetworkQuality {
  /** Null before the first measurement. */
  readonly level: NetworkLevel | null;
  readonly rttMs: number | null;
  /** The worse of the two directions, in per cent. */
  readonly lossPercent: number | null;
}

export const UNKNOWN_NETWORK: NetworkQuality = { level: null, rttMs: null, lossPercent: null };

/** How often is measured, in milliseconds. */
export const SAMPLE_MS = 2_000;
/** So many measurements in a row that are worse, or better, change the level. */
const WORSE_AFTER = 2;
const BETTER_AFTER = 3;

const RANK: Readonly<Record<NetworkLevel, number>> = { poor: 0, fair: 1, good: 2 };

/**
 * The level of one measurement. Conversation suffers from 300 ms one way (ITU-T G.114 calls 400 ms unacceptable); Opus
 * with in-band FEC hides about 5% of loss, and 10% is heard by everybody.
 */
export function levelOf({ rttMs, lossIn, lossOut, frozen }: NetworkSample): NetworkLevel | null {
  if (rttMs === null && lossIn === null && lossOut === null) return null;
  const loss = Math.max(lossIn ?? 0, lossOut ?? 0);
  const rtt = rttMs ?? 0;
  if (loss > 0.1 || rtt > 700) return 'poor';
  // A picture that stands still may be the fault of a slow machine; a full line shows in loss or delay, too.
  if (loss > 0.03 || rtt > 350 || (frozen ?? 0) > 0.1) return 'fair';
  return 'good';
}

/** Measures the network of a call every two seconds and tells what a person should know of it. */
export class NetworkMonitor extends Emitter<{ quality: NetworkQuality }> {
  readonly #sample: () => Promise<NetworkSample | null>;
  #quality: NetworkQuality = UNKNOWN_NETWORK;
  #differs = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #measuring = false;

  /** @param sample what was measured since it was last called, or null while there is no call */
  constructor(sample: () => Promise<NetworkSample | null>) {
    super();
    this.#sample = sample;
  }

  get quality(): NetworkQuality {
    return this.#quality;
  }

  /** Idempotent. */
  start(): void {
    this.#timer ??= setInterval(() => void this.#measure(), SAMPLE_MS);
  }

  /** Idempotent. Nothing is told afterwards, and nothing is known any more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#quality = UNKNOWN_NETWORK;
    this.#differs = 0;
  }

  async #measure(): Promise<void> {
    if (this.#measuring) return;
    this.#measuring = true;
    const sample = await this.#sample().catch(() => null);
    this.#measuring = false;
    if (this.#timer === undefined || !sample) return;
    const level = this.#settle(levelOf(sample));
    const { rttMs, lossIn, lossOut } = sample;
    const loss = lossIn === null && lossOut === null ? null : Math.max(lossIn ?? 0, lossOut ?? 0);
    this.#quality = {
      level,
      rttMs: rttMs === null ? null : Math.round(rttMs),
      lossPercent: loss === null ? null : Math.round(loss * 1000) / 10,
    };
    this.emit('quality', this.#quality);
  }

  /** One measurement alone changes nothing, but the first. */
  #settle(measured: NetworkLevel | null): NetworkLevel | null {
    const { level } = this.#quality;
    if (measured === null || measured === level) {
      this.#differs = 0;
      return level;
    }
    if (level === null) return measured;
    const worse = RANK[measured] < RANK[level];
    this.#differs =
      Math.sign(this.#differs) === (worse ? -1 : 1) ? this.#differs + (worse ? -1 : 1) : worse ? -1 : 1;
    if (Math.abs(this.#differs) < (worse ? WORSE_AFTER : BETTER_AFTER)) return level;
    this.#differs = 0;
    return measured;
  }
}
