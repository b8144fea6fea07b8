import type { types } from 'mediasoup-client';
import {
  testConnection,
  type ConnectionTestOptions,
  NO_TEST,
  type ConnectionTestState,
} from '../network/connection-test.ts';
import type { VisitStore } from '../state/visit-state.ts';

export interface ConnectionCheckOptions extends Pick<ConnectionTestOptions, 'signaling' | 'iceServers'> {
  readonly store: VisitStore;
  readonly device: Promise<types.Device>;
}

/** Runs connection tests, one at a time, and keeps their progress in the state. */
export class ConnectionCheck {
  readonly #options: ConnectionCheckOptions;
  readonly #abort = new AbortController();
  #running: Promise<void> | null = null;

  constructor(options: ConnectionCheckOptions) {
    this.#options = options;
  }

  /** Resolves when the test is over, or the one that is running. @throws {VisitError} if the test could not run */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => (this.#running = null));
    return this.#running;
  }

  stop(): void {
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    const { signaling, iceServers } = this.#options;
    const { signal } = this.#abort;
    this.#update({ ...NO_TEST, running: true });
    try {
      const device = await this.#options.device;
      const onGrade: ConnectionTestOptions['onGrade'] = (path, grade) => this.#update({ [path]: grade });
      await testConnection({ device, signaling, iceServers, signal, onGrade });
    } finally {
      this.#update({ running: false });
    }
  }

  #update(change: Partial<ConnectionTestState>): void {
    if (this.#abort.signal.aborted) return;
    this.#options.store.update((state) => ({
      ...state,
      connectionTest: { ...state.connectionTest, ...change },
    }));
  }
}
