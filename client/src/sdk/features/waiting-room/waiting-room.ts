import type { Line } from '../../signaling/line.ts';

/** What a host does for the people of `state.waitingPeople`. Every method throws a `VisitError`. */
export class WaitingRoom {
  readonly #line: Line;

  constructor(line: Line) {
    this.#line = line;
  }

  /** Lets somebody in. */
  async admit(userId: string): Promise<void> {
    await this.#line.request('waiting:admit', { userId });
  }

  /** Says no for now; the person may ask again. */
  async decline(userId: string): Promise<void> {
    await this.#line.request('waiting:decline', { userId });
  }

  /** Writes a line, up to 300 characters, to somebody who waits. */
  async message(userId: string, text: string): Promise<void> {
    await this.#line.request('waiting:message', { userId, text });
  }
}
