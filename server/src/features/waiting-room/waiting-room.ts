import { TelevisitError, type ErrorCode } from '@televisit/shared/errors';
import type { waitingRoom as contract, WaitingView } from '@televisit/shared/features/waiting-room';
import type { WaitingState } from '@televisit/shared/signaling';
import { iso } from '../../core/clock.ts';
import type { SessionEvent } from '../../domain/events.ts';
import { eventPerson } from '../../domain/people.ts';
import { seatIndex, seatOf } from '../../domain/session.ts';
import type { MemberConnection } from '../../room/member-connection.ts';
import type { Member } from '../../room/member.ts';
import type { Arrival, HandlersOf, LeftPlace, PartOf, RoomContext } from '../../room/room-part.ts';
import type { ServerFeature } from '../feature.ts';
import { mustWait, needsAdmission, waitingCommands } from './rules.ts';
import { WaitingEntry } from './waiting-entry.ts';

/** The pause before a member who may enter but could not tries again, in milliseconds. */
const RETRY_MS = 2000;

/** Errors that may be gone at the next try. */
const TRANSIENT: readonly ErrorCode[] = ['visit_full', 'store_unavailable', 'conflict'];

/** The members who wait to be let in. Their media is published by entering, and by nothing else. */
export class WaitingRoom implements PartOf<typeof contract> {
  readonly #room: RoomContext;
  readonly #graceMs: number;
  readonly #entries = new Map<Member, WaitingEntry>();
  #cancelRetry: (() => void) | undefined;

  /** @param graceMs how long a member whose connection dropped is still in the call, in milliseconds */
  constructor(room: RoomContext, graceMs: number) {
    this.#room = room;
    this.#graceMs = graceMs;
  }

  readonly handlers: HandlersOf<typeof contract> = {
    'waiting:admit': async ({ member: host }, { userId }) => {
      const { sessions, sessionId } = this.#room;
      try {
        await sessions.apply(sessionId, waitingCommands.admit(userId, host));
      } catch (error) {
        const notWaiting = error instanceof TelevisitError && error.code === 'not_waiting';
        // Another host was faster.
        if (!notWaiting || !this.#isAdmitted(userId)) throw error;
      }
      return null;
    },

    'waiting:decline': async ({ member: host }, { userId }) => {
      const { sessions, sessionId } = this.#room;
      await sessions.apply(sessionId, waitingCommands.decline(userId, host));
      return null;
    },

    'waiting:message': ({ member: host }, { userId, text }) => {
      const entry = this.#entryOf(userId);
      if (!entry) throw new TelevisitError('not_waiting');
      entry.write({ text, displayName: host.displayName, at: iso(this.#room.clock.now()) });
      return null;
    },
  };

  snapshot(viewer: Member) {
    return { waiting: viewer.isHost ? this.#people : [] };
  }

  /** Hosts see who waits in the preview, too. */
  onConnected(connection: MemberConnection): void {
    if (connection.isHost) connection.emit('waiting:people', { people: this.#people });
  }

  onFact(fact: SessionEvent, userId: string | undefined): void {
    if (fact.type !== 'participant.declined' || userId === undefined) return;
    const entry = this.#entryOf(userId);
    if (entry) this.#room.release(entry.member, 'declined');
  }

  onSession(): void {
    this.#reconsider();
  }

  onJoined(member: Member): void {
    if (this.#entries.delete(member)) this.#tellHosts();
    if (member.isHost) this.#reconsider();
  }

  onChanged(member: Member): void {
    if (this.#entries.has(member)) this.#tellHosts();
  }

  onLeft(member: Member, { place, endsWaiting }: LeftPlace): void {
    const wasListed = this.#entries.delete(member);
    if (place === 'waiting-room' && endsWaiting) this.#stopWaiting(member.userId);
    // A room that closes keeps in the store since when members wait: they may come back to another room.
    if (this.#room.closed) return;
    if (wasListed) this.#tellHosts();
    if (place === 'call') this.#reconsider();
  }

  close(): void {
    this.#cancelRetry?.();
    this.#entries.clear();
  }

  /**
   * Has a page wait if it must.
   * @throws {TelevisitError} `media_unavailable` if the connection closes in the meantime, and as `waitingCommands.wait`
   */
  async admit({ member, connection, live, device }: Arrival): Promise<WaitingState | null> {
    const { sessionId, sessions, clock } = this.#room;
    const { userId } = member;
    if (!this.#mustWait(userId)) return null;
    // Listed before it is stored, so that a host who joins in the meantime admits this member too.
    const entry = this.#enlist(member, connection);
    entry.live = live;
    entry.device = device;
    try {
      const session = await sessions.apply(sessionId, waitingCommands.wait(userId));
      entry.since = seatOf(session, userId)?.waitingSince ?? clock.now();
      entry.storedIn = session.version;
    } catch (error) {
      if (this.#isListed(entry, connection)) this.#room.release(member, 'not_admitted');
      throw error;
    }
    if (!this.#room.isAttached(connection)) {
      this.#abandon(userId, connection);
      throw new TelevisitError('media_unavailable');
    }
    // While that was stored the member may have been let in, by another process or by what happened here.
    if (!this.#mustWait(userId)) return null;
    if (this.#entries.get(member) === entry) this.#tellHosts();
    return entry.state(this.#state, clock.now());
  }

  /** Everyone who waits, those who have waited longest first. */
  get #people(): readonly WaitingView[] {
    const now = this.#room.clock.now();
    return [...this.#entries.values()]
      .filter(({ since }) => since !== null)
      .map((entry) => entry.view(now))
      .sort((a, b) => a.since.localeCompare(b.since) || a.userId.localeCompare(b.userId));
  }

  /** The conditions under which waiting members are admitted. */
  get #state(): Omit<WaitingState, 'since'> {
    const { members, session } = this.#room;
    return { hostPresent: members.hostPresent, needsAdmission: needsAdmission(session) };
  }

  #entryOf(userId: string): WaitingEntry | undefined {
    const member = this.#room.members.get(userId);
    return member && this.#entries.get(member);
  }

  #isListed(entry: WaitingEntry, connection: MemberConnection): boolean {
    return this.#entries.get(entry.member) === entry && entry.member.connection === connection;
  }

  #mustWait(userId: string): boolean {
    const { session, members, clock } = this.#room;
    if (members.get(userId)?.isParticipant) return false;
    const arrival = { hostPresent: members.hostPresent, graceMs: this.#graceMs, now: clock.now() };
    return mustWait(session, seatIndex(session, userId), arrival);
  }

  /** Whether a host let this person in, so that they need not ask again. */
  #isAdmitted(userId: string): boolean {
    return seatOf(this.#room.session, userId)?.admittedAt != null && !this.#mustWait(userId);
  }

  /** Lists a member who waits by this connection; another page of the same member is replaced. */
  #enlist(member: Member, connection: MemberConnection): WaitingEntry {
    const isOther = member.connection !== connection;
    const replaced = member.wait(connection);
    replaced?.emit('replaced');
    replaced?.dismiss();
    const entry = this.#entries.get(member) ?? new WaitingEntry(member);
    this.#entries.set(member, entry);
    entry.storedIn = null;
    if (isOther) entry.replacePage(connection);
    return entry;
  }

  /** Admits the members who no longer have to wait, and sends the others the new conditions. */
  #reconsider(): void {
    const now = this.#room.clock.now();
    for (const entry of this.#entries.values()) {
      if (!this.#mustWait(entry.member.userId)) this.#letIn(entry);
      else if (this.#wasDeclined(entry)) this.#room.release(entry.member, 'declined');
      else entry.update(this.#state, now);
    }
  }

  /** Enters in the queue of the connection, so that no message of the page runs at the same time. */
  #letIn(entry: WaitingEntry): void {
    const { connection } = entry.member;
    if (!connection) {
      this.#room.release(entry.member, 'connection_lost');
      return;
    }
    if (entry.entering) return;
    entry.entering = true;
    connection.queue
      .push(() => this.#enter(entry, connection), 'admitted')
      .catch((error: unknown) => this.#failedToEnter(entry, connection, error))
      .finally(() => (entry.entering = false));
  }

  async #enter(entry: WaitingEntry, connection: MemberConnection): Promise<void> {
    const { member, live, device } = entry;
    if (!this.#isListed(entry, connection) || this.#mustWait(member.userId)) return;
    const snapshot = await this.#room.enter({ member, connection, live, device });
    connection.emit('admitted', snapshot());
  }

  #failedToEnter(entry: WaitingEntry, connection: MemberConnection, error: unknown): void {
    const { logger, clock } = this.#room;
    // A member whose connection or media is gone by now asks again.
    if (connection.closed || !this.#isListed(entry, connection)) return;
    if (!(error instanceof TelevisitError) || !TRANSIENT.includes(error.code)) {
      logger.error({ err: error }, 'failed to let a waiting member in');
      connection.drop();
      return;
    }
    logger.debug({ code: error.code }, 'a waiting member cannot enter yet');
    this.#cancelRetry?.();
    this.#cancelRetry = clock.after(RETRY_MS, () => this.#reconsider());
  }

  /** Whether the store says that the member no longer waits: a host on another process declined. */
  #wasDeclined({ member: { userId }, storedIn }: WaitingEntry): boolean {
    const { session } = this.#room;
    if (storedIn === null || session.version < storedIn || !needsAdmission(session)) return false;
    return seatOf(session, userId)?.waitingSince == null;
  }

  /** A member was stored as waiting whose connection is gone by now. If it dropped, the member keeps the place. */
  #abandon(userId: string, connection: MemberConnection): void {
    const entry = this.#entryOf(userId);
    if (!entry) this.#stopWaiting(userId);
    else if (entry.member.connection === connection) this.#room.release(entry.member, 'not_admitted');
    else this.#tellHosts();
  }

  #stopWaiting(userId: string): void {
    const { sessionId, sessions, logger } = this.#room;
    sessions
      .apply(sessionId, waitingCommands.stopWaiting(userId))
      .catch((error: unknown) => logger.warn({ err: error }, 'failed to store the end of waiting'));
  }

  #tellHosts(): void {
    const people = this.#people;
    for (const connection of this.#room.members.connections) {
      if (connection.isHost) connection.emit('waiting:people', { people });
    }
  }
}

export const waitingRoom: ServerFeature<typeof contract> = {
  webhooks: {
    'participant.waiting': (session, { seat, at }) => ({
      ...eventPerson(session, seat),
      waitingSince: iso(at),
    }),
    'participant.admitted': (session, { seat }) => eventPerson(session, seat),
  },
  start: ({ graceMs }) => ({ room: { prepare: () => (room) => new WaitingRoom(room, graceMs) } }),
};
