import type { NetworkLevel } from '@televisit/shared/vocabulary';
import type { KeyValueStore } from '../core/session-storage-value.ts';
import { DegradationPolicy, type MediaMode } from '../network/degradation-policy.ts';
import { NetworkMonitor, type NetworkSample } from '../network/network-monitor.ts';
import type { VisitStore } from '../state/visit-state.ts';

export interface QualityOptions {
  readonly store: VisitStore;
  /** Returns the measurements since its last call; null while there is no call. */
  readonly sample: () => Promise<NetworkSample | null>;
  readonly setMode: (mode: MediaMode) => void;
  /** Reports the level to the server. */
  readonly report: (level: NetworkLevel) => void;
  /** Returns the time in milliseconds, by a monotonic clock. */
  readonly now?: () => number;
}

/** Measures the network of one join attempt, and sacrifices video for audio while it is poor. */
export class Quality {
  readonly #options: QualityOptions;
  readonly #monitor: NetworkMonitor;
  readonly #policy = new DegradationPolicy();
  #reported: NetworkLevel | null = null;

  constructor(options: QualityOptions) {
    this.#options = options;
    const { store, now = () => performance.now() } = options;
    this.#monitor = new NetworkMonitor(options.sample);
    this.#monitor.on('quality', (network) => {
      store.update({ network });
      if (network.level === null) return;
      this.#policy.observe(network.level, now());
      this.apply();
      this.#report(network.level);
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

  /** Reports the level again, over a new connection that does not know it. */
  reportAgain(): void {
    this.#reported = null;
    const { level } = this.#monitor.quality;
    if (level !== null) this.#report(level);
  }

  stop(): void {
    this.#monitor.stop();
  }

  #report(level: NetworkLevel): void {
    if (level === this.#reported) return;
    this.#reported = level;
    this.#options.report(level);
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
