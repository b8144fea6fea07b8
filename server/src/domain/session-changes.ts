import { TelevisitError } from '@televisit/shared/errors';
import type { Clock } from './clock.ts';
import type { SessionEvent } from './events.ts';
import type { Session } from './session.ts';
import type { SessionChange, SessionStore } from './session-store.ts';

/** What a change of a session looks like to those who follow it. */
export interface Changed {
  readonly previous: Session;
  readonly next: Session;
  readonly events: readonly SessionEvent[];
}

/** What becomes of a session as it is stored now; null where there is nothing to change. */
export type Decision = (session: Session, now: number) => SessionChange | null;

/** How often a lost compare-and-set is decided anew before the caller hears of it. */
export const MAX_ATTEMPTS = 16;

/** The one way in which stored sessions change: decided on what is stored, written as a compare-and-set, then told. */
export class SessionChanges {
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #listeners: ((changed: Changed) => void)[] = [];
  /** The last change of each session that is being written: changes of one process never race with each other. */
  readonly #writing = new Map<string, Promise<unknown>>();

  constructor(store: SessionStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Calls back after every stored change of a session by this process. */
  onChange(listener: (changed: Changed) => void): void {
    this.#listeners.push(listener);
  }

  /** @throws TelevisitError `session_not_found` */
  async get(sessionId: string): Promise<Session> {
    const session = await this.#store.get(sessionId);
    if (!session) throw new TelevisitError('session_not_found');
    return session;
  }

  /**
   * Decides on the stored state and writes, one change of a session after the other.
   * @throws TelevisitError `session_not_found`, `conflict`, and what the decision throws
   */
  async run(sessionId: string, decide: Decision): Promise<Session> {
    const before = this.#writing.get(sessionId) ?? Promise.resolve();
    const mine = before.then(
      () => this.#attempt(sessionId, decide),
      () => this.#attempt(sessionId, decide),
    );
    this.#writing.set(sessionId, mine);
    try {
      return await mine;
    } finally {
      if (this.#writing.get(sessionId) === mine) this.#writing.delete(sessionId);
    }
  }

  /** Other processes may write at the same time: what they changed is read, and decided on, anew. */
  async #attempt(sessionId: string, decide: Decision): Promise<Session> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const previous = await this.get(sessionId);
      const change = decide(previous, this.#clock.now());
      if (!change) return previous;
      if (!(await this.#store.update(change))) continue;
      const { next, events } = change;
      for (const listener of this.#listeners) listener({ previous, next, events });
      return next;
    }
    throw new TelevisitError('conflict');
  }
}
