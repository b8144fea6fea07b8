import type { AckData, ClientMessage, Payload } from '@televisit/shared/signaling';
import { VisitError } from '../core/errors.ts';
import type { SignalingClient } from './signaling-client.ts';

/** The way to the server while there is one: every start of the client brings a new one. */
export class CurrentSignaling {
  #signaling: SignalingClient | null = null;

  use(signaling: SignalingClient | null): void {
    this.#signaling = signaling;
  }

  /** How many messages were sent whose answer somebody waits for. */
  get awaitedMessages(): number {
    return this.#signaling?.awaitedMessages ?? 0;
  }

  /** Sends a message whose answer changes nothing. */
  send<M extends ClientMessage>(message: M, payload: Payload<M>): void {
    this.#signaling?.send(message, payload);
  }

  /** Sends a message and waits for its answer. Throws a `VisitError`: the server's code, `unreachable`, or `not_joined`. */
  async request<M extends ClientMessage>(message: M, payload: Payload<M>): Promise<AckData[M]> {
    if (!this.#signaling) throw new VisitError('not_joined');
    return this.#signaling.request(message, payload);
  }
}
