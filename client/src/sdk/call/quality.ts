import type { NetworkLevel } from '@televisit/shared/vocabulary';
import type { KeyValueStore } from '../core/session-storage-value.ts';
import { DegradationPolicy, type MediaMode } from '../network/degradation-policy.ts';
import { NetworkMonitor, type NetworkQuality, type NetworkSample } from '../network/network-monitor.ts';
import type { VisitStore } from '../state/visit-state.ts';

export interface QualityOptions {
  readonly store: VisitStore;
  /** Returns the measurements since its last call; null while there is no call. */
  readonly sample: () => Promise<NetworkSample | null>;
  readonly setMode: (mode: MediaMode) => void;
  /** Reports the network to the server. */
  readonly report: (network: Omit<NetworkQuality, 'deviceBusy'> & { level: NetworkLevel }) => void;
  /** Returns the time in milliseconds, by a monotonic clock. */
  readonly now?: () => number;
}

/** The longest time between two reports, in milliseconds. */
const REPORT_MS = 15_000;

/** Measures the network of one join attempt, and sacrifices video for audio while it is poor. */
export class Quality {
  readonly #options: QualityOptions;
  readonly #monitor: NetworkMonitor;
  readonly #policy = new DegradationPolicy();
  readonly #now: () => number;
  #reported: NetworkLevel | null = null;
  #reportedAt = 0;

  constructor(options: QualityOptions) {
    this.#options = options;
    const { store } = options;
    this.#now = options.now ?? (() => performance.now());
    this.#monitor = new NetworkMonitor(options.sample);
    this.#monitor.on('quality', (network) => {
      store.update({ network });
      if (network.level === null) return;
      this.#policy.observe(network.level, this.#now());
      this.apply();
      this.#report(network);
    });
  }

  /** Idempotent. */
  start(): void {
    this.#monitor.start();
  }

  /** Applies the mode that the network and the participant's choice allow. */
  apply(): void {
    const { store, setMode } = this.#options;
    const mediaMode = store.state.saveData ? 'audio_only' : this.#policy.mode;
    if (mediaMode === store.state.mediaMode) return;
    store.update({ mediaMode });
    setMode(mediaMode);
  }

  /** Reports the network again, over a new connection that does not know it. */
  reportAgain(): void {
    this.#reported = null;
    this.#report(this.#monitor.quality);
  }

  stop(): void {
    this.#monitor.stop();
  }

  /** Reports a level that is new, and again after a while, for the figures. */
  #report({ level, rttMs, lossPercent, relayed }: NetworkQuality): void {
    const now = this.#now();
    if (level === null || (level === this.#reported && now - this.#reportedAt < REPORT_MS)) return;
    this.#reported = level;
    this.#reportedAt = now;
    this.#options.report({ level, rttMs, lossPercent, relayed });
  }
}

const SAVE_DATA_KEY = 'televisit:save-data';

/** Whether the participant saves data, remembered across visits. Storage that is full or forbidden is not an error. */
export class SaveData {
  readonly #storage: KeyValueStore | null;

  constructor(storage: KeyValueStore | null) {
    this.#storage = storage;
  }

  /** The remembered choice; false without one. */
  get on(): boolean {
    try {
      return this.#storage?.getItem(SAVE_DATA_KEY) === 'on';
    } catch {
      return false;
    }
  }

  keep(on: boolean): void {
    try {
      if (on) this.#storage?.setItem(SAVE_DATA_KEY, 'on');
      else this.#storage?.removeItem(SAVE_DATA_KEY);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  }
}
