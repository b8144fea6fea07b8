import type { NetworkLevel } from '@televisit/shared/vocabulary';
import { Emitter } from '../core/emitter.ts';

/** Measurements of the network since the previous sample; null if unknown. */
export interface NetworkSample {
  /** Round-trip time in milliseconds. */
  readonly rttMs: number | null;
  /** Share of received packets that were lost, 0 to 1. */
  readonly lossIn: number | null;
  /** Share of sent packets that were lost, 0 to 1. */
  readonly lossOut: number | null;
  /** Share of the time in which a picture that should move was frozen, 0 to 1. */
  readonly frozen: number | null;
  /** Share of the played sound that the browser made up because its packets were missing, 0 to 1. */
  readonly concealed: number | null;
  /** Packets of sound that the browser asked for again, as a share of those expected. */
  readonly requested: number | null;
  /** Whether the device is too slow to encode or decode the pictures. */
  readonly busy: boolean;
  /** Whether a TURN server relays the media. */
  readonly relayed: boolean;
}

/** The network as the participant sees it. */
export interface NetworkQuality {
  /** Null before the first measurement. */
  readonly level: NetworkLevel | null;
  readonly rttMs: number | null;
  /** The worse of the two directions, in per cent. */
  readonly lossPercent: number | null;
  /** Whether the device is too slow for its pictures, and nothing is lost: then the network is not to blame. */
  readonly deviceBusy: boolean;
  /** Whether a TURN server relays the media. */
  readonly relayed: boolean;
}

export const UNKNOWN_NETWORK: NetworkQuality = {
  level: null,
  rttMs: null,
  lossPercent: null,
  deviceBusy: false,
  relayed: false,
};

/** Interval of the measurements, in milliseconds. */
export const SAMPLE_MS = 2_000;
/** Numbers of consecutive worse, or better, measurements that change the level. */
const WORSE_AFTER = 2;
const BETTER_AFTER = 2;

const RANK: Readonly<Record<NetworkLevel, number>> = { poor: 0, fair: 1, good: 2 };

/** The share of lost packets from which the network is to blame. */
const LOSSY = 0.03;
/** The share of lost packets that no retransmission makes up for. */
const HOPELESS_LOSS = 0.35;

/**
 * Returns the level of one measurement. Conversation suffers from 300 ms one way (ITU-T G.114 calls 400 ms unacceptable).
 * Packets that are lost are sent again, so loss alone is only poor if sound or picture suffer.
 */
export function levelOf({ rttMs, lossIn, lossOut, frozen, concealed }: NetworkSample): NetworkLevel | null {
  if (rttMs === null && lossIn === null && lossOut === null) return null;
  const loss = Math.max(lossIn ?? 0, lossOut ?? 0);
  const rtt = rttMs ?? 0;
  const unknown = frozen === null && concealed === null;
  const suffers = unknown || (concealed ?? 0) > 0.1 || (frozen ?? 0) > 0.3;
  if (rtt > 700 || loss > HOPELESS_LOSS || (loss > 0.1 && suffers)) return 'poor';
  // A slow machine may freeze a picture too; congestion also shows in loss or delay.
  if (loss > LOSSY || rtt > 350 || (frozen ?? 0) > 0.1) return 'fair';
  return 'good';
}

/** Measures the network of a call every two seconds and emits a quality without short fluctuations. */
export class NetworkMonitor extends Emitter<{ quality: NetworkQuality }> {
  readonly #sample: () => Promise<NetworkSample | null>;
  #quality: NetworkQuality = UNKNOWN_NETWORK;
  #differs = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #measuring = false;

  /** @param sample returns the measurements since its last call, or null while there is no call */
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

  /** Resets the quality; nothing is emitted afterwards. Idempotent. */
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
    const level = this.#smooth(levelOf(sample));
    const { rttMs, lossIn, lossOut, busy, relayed } = sample;
    const loss = lossIn === null && lossOut === null ? null : Math.max(lossIn ?? 0, lossOut ?? 0);
    this.#quality = {
      level,
      rttMs: rttMs === null ? null : Math.round(rttMs),
      lossPercent: loss === null ? null : Math.round(loss * 1000) / 10,
      deviceBusy: busy && (loss ?? 0) <= LOSSY,
      relayed,
    };
    this.emit('quality', this.#quality);
  }

  /** Returns the level after a measurement; apart from the first, a single one changes nothing. */
  #smooth(measured: NetworkLevel | null): NetworkLevel | null {
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

/** Sources of a browser's network events: the window, and the Network Information API if available. */
export interface NetworkSignals {
  readonly window: EventTarget | undefined;
  /** Only phones report `type`; every browser with this API also reports each change of an estimate. */
  readonly connection: (EventTarget & { readonly type?: string }) | undefined;
}

/**
 * Calls back when the device has changed to another network.
 * @param onChange `wasOffline`: the device was offline in between
 * @returns a function that unsubscribes
 */
export function watchNetwork(
  onChange: (wasOffline: boolean) => void,
  { window, connection }: NetworkSignals = browserSignals(),
): () => void {
  const online = () => onChange(true);
  let type = connection?.type;
  const change = () => {
    if (connection?.type === type) return;
    type = connection?.type;
    if (type !== 'none') onChange(false);
  };
  window?.addEventListener('online', online);
  connection?.addEventListener('change', change);
  return () => {
    window?.removeEventListener('online', online);
    connection?.removeEventListener('change', change);
  };
}

function browserSignals(): NetworkSignals {
  const { navigator } = globalThis as { navigator?: { connection?: EventTarget } };
  const window = 'addEventListener' in globalThis ? (globalThis as unknown as EventTarget) : undefined;
  return { window, connection: navigator?.connection };
}
