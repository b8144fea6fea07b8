import type { types } from 'mediasoup-client';
import { isAnswer } from '../core/errors.ts';
import type { SignalingClient } from '../signaling/signaling-client.ts';

/** How long a restart may take to bring a failed transport back before it is given up, in milliseconds. */
const PATIENCE_MS = 5_000;

/** Finds a transport a new way to the server when the old one is lost (ICE restart, RFC 8445, 2.4). */
export class IceRestart {
  readonly #transport: types.Transport;
  readonly #signaling: SignalingClient;
  readonly #onGivenUp: () => void;
  #running: Promise<boolean> | null = null;
  /** A restart that the server has not heard of, or has refused. */
  #due = false;
  #giveUpTimer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /** @param onGivenUp is called when no restart has brought a failed transport back */
  constructor(transport: types.Transport, signaling: SignalingClient, onGivenUp: () => void) {
    this.#transport = transport;
    this.#signaling = signaling;
    this.#onGivenUp = onGivenUp;
    transport.on('connectionstatechange', (state) => this.#changed(state));
  }

  /** Restarts, once at a time. Never throws. @returns whether the server has answered, if only to refuse */
  run(): Promise<boolean> {
    // Before it has begun to connect there is no way to lose.
    if (this.#closed || this.#transport.connectionState === 'new') return Promise.resolve(true);
    this.#running ??= this.#restart().finally(() => (this.#running = null));
    return this.#running;
  }

  /** A new signaling connection is there: what the server has not done, or what is broken still, is tried again. */
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
      if (!this.#closed) console.warn('televisit: no new way for the media yet', error);
      return isAnswer(error);
    }
  }

  #changed(state: types.ConnectionState): void {
    if (this.#closed) return;
    if (state === 'failed') this.#giveUpTimer ??= setTimeout(() => this.#onGivenUp(), PATIENCE_MS);
    if (state !== 'connected') return;
    clearTimeout(this.#giveUpTimer);
    this.#giveUpTimer = undefined;
  }
}

function isBroken(state: types.ConnectionState): boolean {
  return state === 'disconnected' || state === 'failed';
}
