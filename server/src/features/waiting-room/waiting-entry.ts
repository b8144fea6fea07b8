import type { WaitingMessage, WaitingState, WaitingView } from '@televisit/shared/signaling';
import type { DeviceSource } from '@televisit/shared/vocabulary';
import { iso } from '../../core/clock.ts';
import type { MemberConnection } from '../../room/member-connection.ts';
import type { Member } from '../../room/member.ts';

/** How many lines are kept for one member whose connection is dropped. */
const MAX_PENDING_MESSAGES = 20;

/** The state of one member in the waiting room. */
export class WaitingEntry {
  readonly member: Member;
  /** Since when the member waits, in milliseconds since the Unix epoch; null until that is stored. */
  since: number | null = null;
  /** The version of the session that has the member as waiting; null while that is being stored. */
  storedIn: number | null = null;
  /** Whether the member is entering the call. */
  entering = false;
  /** The sources that the page enters with. */
  live: readonly DeviceSource[] = [];
  /** The secret of the page that waits; undefined if it made none. */
  device: string | undefined;
  /** Messages of hosts while the connection was dropped. */
  readonly #pending: WaitingMessage[] = [];
  /** The state that the page knows; undefined before it has been sent one. */
  #sent: string | undefined;

  constructor(member: Member) {
    this.member = member;
  }

  /** Returns what hosts see. @param now stands in while `since` is not stored yet */
  view(now: number): WaitingView {
    const { userId, role, displayName, connection } = this.member;
    return {
      userId,
      role,
      displayName,
      since: iso(this.since ?? now),
      connected: connection !== undefined,
      network: connection?.network ?? null,
    };
  }

  /** Another page waits from now on. */
  replacePage(connection: MemberConnection): void {
    this.#sent = undefined;
    for (const message of this.#pending.splice(0)) connection.emit('waiting:message', message);
  }

  /** Returns what the member waits for, to answer "join" with. */
  state(waiting: Omit<WaitingState, 'since'>, now: number): WaitingState {
    this.#sent = JSON.stringify(waiting);
    return { since: iso(this.since ?? now), ...waiting };
  }

  /** Sends the page what it waits for, unless it knows. */
  update(waiting: Omit<WaitingState, 'since'>, now: number): void {
    if (this.#sent === undefined || this.#sent === JSON.stringify(waiting)) return;
    this.member.connection?.emit('waiting:updated', this.state(waiting, now));
  }

  /** Sends the page a line; keeps it if the connection is dropped. */
  write(message: WaitingMessage): void {
    const { connection } = this.member;
    if (connection) connection.emit('waiting:message', message);
    else if (this.#pending.length < MAX_PENDING_MESSAGES) this.#pending.push(message);
  }
}
