import type { DeviceSource, NetworkLevel } from '@televisit/shared/vocabulary';
import type { WaitingMessage, WaitingState, WaitingView } from '@televisit/shared/signaling';
import { iso, type Clock } from '../domain/clock.ts';
import type { Connection } from './connection.ts';

/** Lines that one person who is away for a moment is kept. */
const MAX_UNSEEN = 20;

/** Somebody in the waiting room. They outlive a dropped connection by the grace. */
export class WaitingPerson {
  readonly userId: string;
  readonly #role: WaitingView['role'];
  readonly #displayName: string | null;
  readonly #clock: Clock;
  /** What a host wrote while the connection was dropped. */
  readonly #unseen: WaitingMessage[] = [];
  #connection: Connection | undefined;
  #live: readonly DeviceSource[];
  #told: string | undefined;
  #endGrace: (() => void) | undefined;
  /** When they came, in milliseconds since the Unix epoch; null until that is stored. */
  since: number | null = null;
  /** The version of the visit that holds that they wait; null while that is being stored. */
  storedIn: number | null = null;
  /** Whether they are on their way in. */
  entering = false;
  /** The secret of the page that asks; undefined where it made none. */
  device: string | undefined;

  constructor(connection: Connection, live: readonly DeviceSource[], clock: Clock) {
    const { sub, role, name } = connection.claims;
    this.userId = sub;
    this.#role = role;
    this.#displayName = name;
    this.#clock = clock;
    this.#connection = connection;
    this.#live = live;
  }

  /** Undefined while the person's connection is dropped. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** The sources that the person enters with. */
  get live(): readonly DeviceSource[] {
    return this.#live;
  }

  view(): WaitingView {
    return {
      userId: this.userId,
      role: this.#role,
      displayName: this.#displayName,
      since: iso(this.since ?? this.#clock.now()),
      connected: this.#connection !== undefined,
      network: this.network,
    };
  }

  get network(): NetworkLevel | null {
    return this.#connection?.network ?? null;
  }

  /** They ask again, perhaps from another connection: the one before hears of it and goes. */
  back(connection: Connection, live: readonly DeviceSource[]): void {
    this.#live = live;
    if (this.#connection === connection) return;
    this.#endGrace?.();
    this.dismiss('replaced');
    this.#connection = connection;
    this.#told = undefined;
    for (const message of this.#unseen.splice(0)) connection.emit('waiting:message', message);
  }

  /** What they wait for, for the answer to "join". */
  state(waiting: Omit<WaitingState, 'since'>): WaitingState {
    this.#told = JSON.stringify(waiting);
    return { since: iso(this.since ?? this.#clock.now()), ...waiting };
  }

  /** Tells them what they wait for, unless they know. */
  tell(waiting: Omit<WaitingState, 'since'>): void {
    if (this.#told === undefined || this.#told === JSON.stringify(waiting)) return;
    this.#connection?.emit('waiting:updated', this.state(waiting));
  }

  write(message: WaitingMessage): void {
    if (this.#connection) this.#connection.emit('waiting:message', message);
    else if (this.#unseen.length < MAX_UNSEEN) this.#unseen.push(message);
  }

  /** The connection dropped; `expired` is called after the grace. */
  waitForReturn(graceMs: number, expired: () => void): void {
    this.#connection = undefined;
    this.#endGrace = this.#clock.after(graceMs, expired);
  }

  /** Ends a connection whose place another one has taken. */
  dismiss(reason: 'replaced'): void {
    this.#connection?.emit(reason);
    this.#connection?.dismiss();
    this.#connection = undefined;
  }

  /** They wait no longer. Idempotent; the connection stays. */
  close(): void {
    this.#endGrace?.();
    this.#connection = undefined;
  }
}
