import type { types } from 'mediasoup-client';
import { isAnswer } from '../core/errors.ts';
import type { SignalingClient } from '../signaling/signaling-client.ts';

/** Maximum time for a restart to recover a failed transport, in milliseconds. */
const RECOVERY_TIMEOUT_MS = 5_000;

/** Finds a new path for a transport that has lost its path (ICE restart, RFC 8445, 2.4). */
export class IceRestart {
  readonly #transport: types.Transport;
  readonly #signaling: SignalingClient;
  readonly #onGivenUp: () => void;
  #running: Promise<boolean> | null = null;
  /** Whether a restart has not reached the server, or was refused. */
  #due = false;
  #giveUpTimer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /** @param onGivenUp called if no restart has recovered a failed transport in time */
  constructor(transport: types.Transport, signaling: SignalingClient, onGivenUp: () => void) {
    this.#transport = transport;
    this.#signaling = signaling;
    this.#onGivenUp = onGivenUp;
    transport.on('connectionstatechange', (state) => this.#changed(state));
  }

  /** Restarts, one restart at a time. Never throws. @returns whether the server has answered, even if only to refuse */
  run(): Promise<boolean> {
    // A transport that has not begun to connect has no path to lose.
    if (this.#closed || this.#transport.connectionState === 'new') return Promise.resolve(true);
    this.#running ??= this.#restart().finally(() => (this.#running = null));
    return this.#running;
  }

  /** Repeats a restart that the server has not done, or that has not helped, over a new signaling connection. */
  retry(): void {
    if (this.#due || isBroken(this.#transport.connectionState)) void this.run();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#giveUpTimer);
  }

  async #restart(): Promise<boolean> {
    this.#due = true;
    try {
      const transportId = this.#transport.id;
      const { iceParameters } = await this.#signaling.request('transport:restart-ice', { transportId });
      this.#due = false;
      if (!this.#closed)
        await this.#transport.restartIce({ iceParameters: iceParameters as types.IceParameters });
      return true;
    } catch (error) {
      if (!this.#closed) console.warn('televisit: failed to restart ICE', error);
      return isAnswer(error);
    }
  }

  #changed(state: types.ConnectionState): void {
    if (this.#closed) return;
    if (state === 'failed') this.#giveUpTimer ??= setTimeout(() => this.#onGivenUp(), RECOVERY_TIMEOUT_MS);
    if (state !== 'connected') return;
    clearTimeout(this.#giveUpTimer);
    this.#giveUpTimer = undefined;
  }
}

function isBroken(state: types.ConnectionState): boolean {
  return state === 'disconnected' || state === 'failed';
}
