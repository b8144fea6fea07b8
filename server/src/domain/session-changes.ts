import { TelevisitError } from '@televisit/shared/errors';
import type { Clock } from '../core/clock.ts';
import { currentTraceparent } from '../core/request-context.ts';
import type { SessionEvent } from './events.ts';
import type { Session } from './session.ts';
import type { SessionChange, SessionStore } from './session-store.ts';

/** A stored change of a session, as passed to listeners. */
export interface Changed {
  readonly previous: Session;
  readonly next: Session;
  readonly events: readonly SessionEvent[];
}

/** Decides on the stored state of a session. Pure. @returns the change to store; null if nothing changes */
export type Command = (session: Session, now: number) => SessionChange | null;

/** The number of attempts at a compare-and-set before it fails with `conflict`. */
export const MAX_ATTEMPTS = 16;

/** The only way to change stored sessions: decide on the stored state, compare-and-set, notify listeners. */
export class SessionChanges {
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #listeners: ((changed: Changed) => void)[] = [];
  /** The last queued change of each session. Changes of one process do not race with each other. */
  readonly #writing = new Map<string, Promise<unknown>>();

  constructor(store: SessionStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Calls back after every stored change of a session by this process. */
  onChange(listener: (changed: Changed) => void): void {
    this.#listeners.push(listener);
  }

  /** Returns a session. @throws {TelevisitError} `session_not_found` */
  async get(sessionId: string): Promise<Session> {
    const session = await this.#store.get(sessionId);
    if (!session) throw new TelevisitError('session_not_found');
    return session;
  }

  /**
   * Decides on the stored state and stores the change. Changes of one session run one after the other.
   * @throws {TelevisitError} `session_not_found`, `conflict`, and as the command
   */
  async run(sessionId: string, command: Command): Promise<Session> {
    const before = this.#writing.get(sessionId) ?? Promise.resolve();
    const mine = before.then(
      () => this.#attempt(sessionId, command),
      () => this.#attempt(sessionId, command),
    );
    this.#writing.set(sessionId, mine);
    try {
      return await mine;
    } finally {
      if (this.#writing.get(sessionId) === mine) this.#writing.delete(sessionId);
    }
  }

  /** Repeats the decision on the current state if another process has changed the session in the meantime. */
  async #attempt(sessionId: string, command: Command): Promise<Session> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const previous = await this.get(sessionId);
      const decided = command(previous, this.#clock.now());
      if (!decided) return previous;
      const change = withTrace(decided);
      if (!(await this.#store.update(change))) continue;
      const { next, events } = change;
      for (const listener of this.#listeners) listener({ previous, next, events });
      return next;
    }
    throw new TelevisitError('conflict');
  }
}

/** Returns a change whose events name the span that caused them, if it is traced. */
export function withTrace({ next, events }: SessionChange): SessionChange {
  const trace = currentTraceparent();
  return trace === undefined
    ? { next, events }
    : { next, events: events.map((event) => ({ ...event, trace })) };
}
