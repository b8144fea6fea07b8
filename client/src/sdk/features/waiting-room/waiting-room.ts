import type { CurrentSignaling } from '../../signaling/current-signaling.ts';

/** What a host does for the people of `state.waitingPeople`. Every method throws a `VisitError`. */
export class WaitingRoom {
  readonly #signaling: CurrentSignaling;

  constructor(signaling: CurrentSignaling) {
    this.#signaling = signaling;
  }

  /** Lets somebody in. */
  async admit(userId: string): Promise<void> {
    await this.#signaling.request('waiting:admit', { userId });
  }

  /** Says no for now; the person may ask again. */
  async decline(userId: string): Promise<void> {
    await this.#signaling.request('waiting:decline', { userId });
  }

  /** Writes a line, up to 300 characters, to somebody who waits. */
  async message(userId: string, text: string): Promise<void> {
    await this.#signaling.request('waiting:message', { userId, text });
  }
}
