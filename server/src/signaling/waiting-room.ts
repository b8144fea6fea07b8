import { TelevisitError, type ErrorCode } from '@televisit/shared/errors';
import type { DeviceSource, LeaveReason } from '@televisit/shared/vocabulary';
import type { JoinResult, WaitingState, WaitingView } from '@televisit/shared/signaling';
import type { Logger } from 'pino';
import { iso, type Clock } from '../domain/clock.ts';
import { seatOf, type Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { Connection } from './connection.ts';
import { WaitingPerson } from './waiting-person.ts';

export interface WaitingRoomOptions {
  readonly sessionId: string;
  readonly sessions: Sessions;
  readonly clock: Clock;
  /** How long somebody whose connection dropped keeps their place, in milliseconds. */
  readonly graceMs: number;
  readonly logger: Logger;
  /** Whether this person may not enter as things are now. */
  readonly mustWait: (userId: string) => boolean;
  /** What everybody waits for now. */
  readonly state: () => Omit<WaitingState, 'since'>;
  /** The visit as it was last stored. */
  readonly session: () => Session;
  /** Whether a connection is still one of the room's. */
  readonly isHere: (connection: Connection) => boolean;
  /** Takes a connection into the visit. */
  readonly enter: (
    connection: Connection,
    live: readonly DeviceSource[],
    device: string | undefined,
  ) => Promise<JoinResult>;
  /** The list of waiting people has changed. */
  readonly onChange: () => void;
}

/** How soon somebody who may enter but could not tries again, in milliseconds. */
const RETRY_MS = 2000;

/** Time may help against these. */
const PASSING: readonly ErrorCode[] = ['visit_full', 'store_unavailable', 'conflict'];

/** Those who wait to be let into a visit. Their media is published by entering, and by nothing else. */
export class WaitingRoom {
  readonly #options: WaitingRoomOptions;
  readonly #people = new Map<string, WaitingPerson>();
  #cancelRetry: (() => void) | undefined;

  constructor(options: WaitingRoomOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#people.size;
  }

  /** Everybody who waits, those who have waited longest first. */
  get people(): readonly WaitingView[] {
    return [...this.#people.values()]
      .filter(({ since }) => since !== null)
      .map((person) => person.view())
      .sort((a, b) => a.since.localeCompare(b.since) || a.userId.localeCompare(b.userId));
  }

  has(connection: Connection): boolean {
    return this.#people.get(connection.userId)?.connection === connection;
  }

  /**
   * A person wants to enter.
   * @returns what they wait for; null where they may enter
   * @throws TelevisitError `media_unavailable` where the connection is gone meanwhile, and as `Sessions.wait`
   */
  async ask(
    connection: Connection,
    live: readonly DeviceSource[],
    device: string | undefined,
  ): Promise<WaitingState | null> {
    const { sessionId, sessions, clock, mustWait, state, isHere } = this.#options;
    const { userId } = connection;
    if (!mustWait(userId)) return null;
    let person = this.#people.get(userId);
    if (person) {
      person.back(connection, live);
      person.storedIn = null;
    } else {
      // Known before it is stored: a host who comes meanwhile lets this person in, too.
      person = new WaitingPerson(connection, live, clock);
      this.#people.set(userId, person);
    }
    person.device = device;
    try {
      const session = await sessions.wait(sessionId, userId);
      person.since = seatOf(session, userId)?.waitingSince ?? clock.now();
      person.storedIn = session.version;
    } catch (error) {
      if (this.#people.get(userId) === person && person.connection === connection) this.#forget(person);
      throw error;
    }
    if (!isHere(connection)) {
      this.#abandoned(connection);
      throw new TelevisitError('media_unavailable');
    }
    // While it was written they may have been let in, from another process or by what happened here.
    if (!mustWait(userId)) return null;
    if (this.#people.get(userId) === person) this.#options.onChange();
    return person.state(state());
  }

  /** What people wait for may have changed: who need not wait any more is let in, the others are told. */
  reconsider(): void {
    for (const person of this.#people.values()) {
      if (!this.#options.mustWait(person.userId)) this.#letIn(person);
      else if (this.#wasDeclined(person)) this.declined(person.userId);
      else person.tell(this.#options.state());
    }
  }

  /** How somebody waits has changed: hosts hear of it. */
  changed(): void {
    this.#options.onChange();
  }

  /** Somebody is in the visit now, and so not here. */
  entered(userId: string): void {
    const person = this.#people.get(userId);
    if (!person) return;
    const { connection } = person;
    this.#forget(person);
    if (connection && !connection.joined) {
      connection.emit('replaced');
      connection.dismiss();
    }
  }

  /** A host said no for now. */
  declined(userId: string): void {
    const person = this.#people.get(userId);
    if (!person) return;
    person.connection?.emit('declined');
    this.#forget(person);
  }

  /** A host writes a line. @throws TelevisitError `not_waiting` */
  write(userId: string, text: string, displayName: string | null): void {
    const person = this.#people.get(userId);
    if (!person) throw new TelevisitError('not_waiting');
    person.write({ text, displayName, at: iso(this.#options.clock.now()) });
  }

  /** A connection is gone, or about to go. A drop keeps the person's place for the grace. */
  disconnected(connection: Connection, reason: LeaveReason): void {
    const person = this.#people.get(connection.userId);
    if (person?.connection !== connection) return;
    if (reason !== 'connection_lost') {
      this.#gone(person);
      return;
    }
    person.waitForReturn(this.#options.graceMs, () => this.#gone(person));
    this.#options.onChange();
  }

  /** Everybody's media is gone: they keep their place, and ask again with new transports. */
  mediaLost(): void {
    for (const person of this.#people.values()) {
      if (person.connection) person.waitForReturn(this.#options.graceMs, () => this.#gone(person));
    }
    this.#options.onChange();
  }

  /** Somebody may not come in any more. */
  expel(userId: string): void {
    const person = this.#people.get(userId);
    if (person) this.#forget(person);
  }

  /** Idempotent. It stays stored since when people wait: they may come back to another room. */
  close(): void {
    this.#cancelRetry?.();
    for (const person of this.#people.values()) person.close();
    this.#people.clear();
  }

  /** In the queue of the person's connection, so that nothing that they ask for runs at the same time. */
  #letIn(person: WaitingPerson): void {
    const { connection } = person;
    if (!connection) {
      this.#gone(person);
      return;
    }
    if (person.entering) return;
    person.entering = true;
    connection.queue
      .push(() => this.#enter(person, connection), 'admitted')
      .catch((error: unknown) => this.#notIn(person, connection, error))
      .finally(() => (person.entering = false));
  }

  async #enter(person: WaitingPerson, connection: Connection): Promise<void> {
    const { mustWait, enter } = this.#options;
    if (this.#people.get(person.userId) !== person || !this.has(connection)) return;
    if (mustWait(person.userId)) return;
    connection.emit('admitted', await enter(connection, person.live, person.device));
  }

  #notIn(person: WaitingPerson, connection: Connection, error: unknown): void {
    const { logger, clock } = this.#options;
    if (connection.closed || this.#people.get(person.userId) !== person) return;
    // Their media was lost on the way, and they ask again.
    if (person.connection !== connection) return;
    if (!(error instanceof TelevisitError) || !PASSING.includes(error.code)) {
      logger.error({ err: error }, 'a waiting person could not enter');
      connection.drop();
      return;
    }
    logger.debug({ code: error.code }, 'a waiting person could not enter yet');
    this.#cancelRetry?.();
    this.#cancelRetry = clock.after(RETRY_MS, () => this.reconsider());
  }

  /** Whether it is stored that they wait no longer: a host declined, and nobody here heard of it. */
  #wasDeclined({ userId, storedIn }: WaitingPerson): boolean {
    const session = this.#options.session();
    if (storedIn === null || session.version < storedIn || !this.#options.state().needsAdmission)
      return false;
    return seatOf(session, userId)?.waitingSince == null;
  }

  /** It was stored that a person waits whose connection is gone by now. One that dropped keeps their place. */
  #abandoned(connection: Connection): void {
    const person = this.#people.get(connection.userId);
    if (!person) this.stopWaiting(connection.userId);
    else if (person.connection === connection) this.#gone(person);
    else this.#options.onChange();
  }

  #gone(person: WaitingPerson): void {
    if (this.#people.get(person.userId) !== person) return;
    this.#forget(person);
    this.stopWaiting(person.userId);
  }

  /** It is stored that somebody waits no longer. */
  stopWaiting(userId: string): void {
    const { sessionId, sessions, logger } = this.#options;
    sessions
      .stopWaiting(sessionId, userId)
      .catch((error: unknown) =>
        logger.warn({ err: error }, 'it could not be stored that somebody waits no longer'),
      );
  }

  #forget(person: WaitingPerson): void {
    this.#people.delete(person.userId);
    person.close();
    this.#options.onChange();
  }
}
