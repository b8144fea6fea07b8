import type { Clock } from '../domain/clock.ts';
import type { Connection } from './connection.ts';

export interface RoomMoveOptions {
  readonly clock: Clock;
  /** Those who have joined and are connected here still. */
  readonly joined: () => readonly Connection[];
  /** Nobody needs this side of the visit any more, or they have had long enough. */
  readonly onDone: () => void;
}

/** How long people may take to go over to the other node, in milliseconds. */
export const MOVE_PATIENCE_MS = 10_000;

/**
 * A visit that goes over to another node: people build the new side while this one goes on, say so one by one, and the
 * last one closes the door.
 */
export class RoomMove {
  readonly #options: RoomMoveOptions;
  readonly #over = new Set<Connection>();
  #state: 'none' | 'begun' | 'told' = 'none';
  #cancel: () => void = () => undefined;

  constructor(options: RoomMoveOptions) {
    this.#options = options;
  }

  /** Whether a new place that is stored was chosen here. */
  get begun(): boolean {
    return this.#state !== 'none';
  }

  /** Whether people have been told. */
  get told(): boolean {
    return this.#state === 'told';
  }

  /** The next placement is our own doing. */
  begin(): void {
    if (this.#state === 'none') this.#state = 'begun';
  }

  /** It could not be placed. */
  undo(): void {
    if (this.#state === 'begun') this.#state = 'none';
  }

  /** People are told now. */
  start(): void {
    this.#state = 'told';
    this.#cancel = this.#options.clock.after(MOVE_PATIENCE_MS, this.#options.onDone);
    this.look();
  }

  /** Somebody sees and hears the others on the new side. */
  isOver(connection: Connection): void {
    this.#over.add(connection);
    this.look();
  }

  /** Somebody went over, or their connection is gone. */
  look(): void {
    if (this.told && this.#options.joined().every((one) => this.#over.has(one))) this.#options.onDone();
  }

  close(): void {
    this.#cancel();
  }
}
