import type { NetworkLevel } from '@televisit/shared/vocabulary';
import { DegradationPolicy, type MediaMode } from '../network/degradation-policy.ts';
import { NetworkMonitor, type NetworkSample } from '../network/network-monitor.ts';
import type { VisitStore } from '../state/visit-store.ts';

export interface QualityOptions {
  readonly store: VisitStore;
  /** What was measured since the last time; null while there is no call. */
  readonly sample: () => Promise<NetworkSample | null>;
  readonly setMode: (mode: MediaMode) => void;
  /** Tells the server. */
  readonly report: (level: NetworkLevel) => void;
  /** In milliseconds; any clock that doesn't jump. */
  readonly now?: () => number;
}

/** Measures the network of one start of the client, and gives media up for the sound where it is poor. */
export class Quality {
  readonly #options: QualityOptions;
  readonly #monitor: NetworkMonitor;
  readonly #ladder = new DegradationPolicy();
  #reported: NetworkLevel | null = null;

  constructor(options: QualityOptions) {
    this.#options = options;
    const { store, now = () => performance.now() } = options;
    this.#monitor = new NetworkMonitor(options.sample);
    this.#monitor.on('quality', (network) => {
      store.update({ network });
      if (network.level === null) return;
      this.#ladder.observe(network.level, now());
      this.apply();
      this.#report(network.level);
    });
  }

  /** Idempotent. */
  start(): void {
    this.#monitor.start();
  }

  /** Takes the mode that the network and the person allow. */
  apply(): void {
    const { store, setMode } = this.#options;
    const mediaMode = store.state.saveData ? 'audio_only' : this.#ladder.mode;
    if (mediaMode === store.state.mediaMode) return;
    store.update({ mediaMode });
    setMode(mediaMode);
  }

  /** A new connection to the server knows nothing of the last one's reports. */
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
