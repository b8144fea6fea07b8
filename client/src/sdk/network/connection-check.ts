import type { types } from 'mediasoup-client';
import { NO_TEST, testConnection, type ConnectionTestOptions } from './connection-test.ts';
import type { VisitStore } from '../state/visit-store.ts';

export interface ConnectionCheckOptions extends Pick<ConnectionTestOptions, 'signaling' | 'iceServers'> {
  readonly store: VisitStore;
  readonly device: Promise<types.Device>;
}

/** Runs connection tests one at a time and shows in the state how they go. */
export class ConnectionCheck {
  readonly #options: ConnectionCheckOptions;
  readonly #abort = new AbortController();
  #running: Promise<void> | null = null;

  constructor(options: ConnectionCheckOptions) {
    this.#options = options;
  }

  /** Resolves when the test is over, or the one that runs already. Throws a `VisitError` where it could not be made. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => (this.#running = null));
    return this.#running;
  }

  stop(): void {
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    const { store, signaling, iceServers } = this.#options;
    const { signal } = this.#abort;
    const update = (change: Partial<typeof NO_TEST>) => {
      if (signal.aborted) return;
      store.update(({ connectionTest, ...state }) => ({
        ...state,
        connectionTest: { ...connectionTest, ...change },
      }));
    };
    update({ ...NO_TEST, running: true });
    try {
      const device = await this.#options.device;
      const onGrade: ConnectionTestOptions['onGrade'] = (path, grade) => update({ [path]: grade });
      await testConnection({ device, signaling, iceServers, signal, onGrade });
    } finally {
      update({ running: false });
    }
  }
}
