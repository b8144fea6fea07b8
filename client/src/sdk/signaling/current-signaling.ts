import type { AckData, ClientMessage, Payload } from '@televisit/shared/signaling';
import { VisitError } from '../core/errors.ts';
import type { SignalingClient } from './signaling-client.ts';

/** Sends messages over the signaling connection of the node session that is shown, if there is one. */
export class CurrentSignaling {
  #signaling: SignalingClient | null = null;

  use(signaling: SignalingClient | null): void {
    this.#signaling = signaling;
  }

  /** How many messages were sent with `request()`. */
  get awaitedMessages(): number {
    return this.#signaling?.awaitedMessages ?? 0;
  }

  /** Sends a message without waiting for its answer. */
  send<M extends ClientMessage>(message: M, payload: Payload<M>): void {
    this.#signaling?.send(message, payload);
  }

  /** Sends a message and waits for its answer. @throws {VisitError} the server's code, `unreachable`, or `not_joined` */
  async request<M extends ClientMessage>(message: M, payload: Payload<M>): Promise<AckData[M]> {
    if (!this.#signaling) throw new VisitError('not_joined');
    return this.#signaling.request(message, payload);
  }
}
