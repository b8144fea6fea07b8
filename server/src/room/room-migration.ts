import type { Clock } from '../core/clock.ts';
import type { MemberConnection } from './member-connection.ts';

export interface RoomMigrationOptions {
  readonly clock: Clock;
  /** Returns the connections by which participants are in the call here. */
  readonly connections: () => readonly MemberConnection[];
  /** Called when no participant needs this room any longer, or their time is over. */
  readonly onDone: () => void;
}

/** How long participants may take to move over, in milliseconds. */
export const MIGRATION_TIMEOUT_MS = 10_000;

/**
 * The migration of a session to another node, make before break: participants set up the other side while this one
 * continues, and say when they have; the room closes with the last.
 */
export class RoomMigration {
  readonly #options: RoomMigrationOptions;
  readonly #completed = new Set<MemberConnection>();
  #state: 'none' | 'placing' | 'announced' = 'none';
  #cancel: () => void = () => undefined;

  constructor(options: RoomMigrationOptions) {
    this.#options = options;
  }

  /** Whether a new placement in the store is this room's own doing. */
  get isOwn(): boolean {
    return this.#state !== 'none';
  }

  /** Whether the members have been asked to connect to the other node. */
  get isAnnounced(): boolean {
    return this.#state === 'announced';
  }

  /** The next placement that is stored is this room's own doing. */
  begin(): void {
    if (this.#state === 'none') this.#state = 'placing';
  }

  /** No new placement could be stored. Does nothing once the migration is announced. */
  abort(): void {
    if (this.#state === 'placing') this.#state = 'none';
  }

  /** Records that the members have been asked. */
  announce(): void {
    this.#state = 'announced';
    this.#cancel = this.#options.clock.after(MIGRATION_TIMEOUT_MS, this.#options.onDone);
    this.check();
  }

  /** A page shows the other side. */
  complete(connection: MemberConnection): void {
    this.#completed.add(connection);
    this.check();
  }

  /** Finishes if every participant who is connected here has moved over. */
  check(): void {
    if (!this.isAnnounced) return;
    if (this.#options.connections().every((one) => this.#completed.has(one))) this.#options.onDone();
  }

  close(): void {
    this.#cancel();
  }
}
