import type { Logger } from 'pino';
import { TelevisitError } from '@televisit/shared/errors';
import type { Clock } from '../core/clock.ts';
import { every, type Loop, withTimeout } from '../core/timing.ts';
import type { NodeStore } from '../domain/node-store.ts';
import type { NodeRegistry } from './node-registry.ts';

/** A room as draining sees it. */
export interface DrainableRoom {
  readonly sessionId: string;
  /** Whether any of its participants is connected. */
  readonly connected: boolean;
  /** Calls `listener` once everyone has left it, or immediately. */
  onClose(listener: () => void): void;
}

/** The rooms of this process. */
export interface DrainableRooms<Room extends DrainableRoom> {
  /** The number of rooms on all nodes, including those that are still moving. */
  readonly size: number;
  on(nodeId: string): Promise<readonly Room[]>;
  /** Moves a room to another node. @throws {TelevisitError} `no_capacity`, `session_not_found`, `session_over`, `conflict` */
  move(room: Room): Promise<void>;
}

export interface DrainOptions<Room extends DrainableRoom> {
  readonly store: NodeStore;
  readonly nodes: NodeRegistry;
  readonly nodeIds: readonly string[];
  readonly rooms: DrainableRooms<Room>;
  /** Called when a room could not be moved; it is tried again. */
  readonly onMoveFailed?: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The interval at which draining nodes are checked, in milliseconds. */
const CHECK_MS = 500;
/**
 * The least number of rooms that move at the same time. Each has two sets of transports for a moment, and its people join on the
 * other servers at once.
 */
const CONCURRENT_MOVES = 5;
/** The share of the rooms that move at the same time, if that is more. */
const SHARE = 0.1;
/** How long the next room waits for the people of one to get to the other server, in milliseconds. */
const ARRIVAL_MS = 3000;

/** Moves rooms off draining nodes, as requested by `POST /nodes/{nodeId}/drain` or by the shutdown of this process. */
export class Drain<Room extends DrainableRoom = DrainableRoom> {
  readonly #options: DrainOptions<Room>;
  readonly #loop: Loop;
  readonly #done = Promise.withResolvers<undefined>();

  /** Begins to check the nodes until `stop`. */
  constructor(options: DrainOptions<Room>) {
    this.#options = options;
    const { clock, logger } = options;
    this.#loop = every(
      clock,
      CHECK_MS,
      (signal) => this.#drain(signal),
      (error) => logger.warn({ err: error }, 'failed to move rooms off draining nodes'),
    );
  }

  /** Resolves once all nodes of this process are draining and are empty or past their deadline: the process can exit. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** Moves all rooms to other processes, within `seconds`. Does nothing if no other process can take them. */
  async evacuate(seconds: number): Promise<void> {
    if (!this.#canMove()) return;
    const { clock, store, nodes, nodeIds } = this.#options;
    const milliseconds = seconds * 1000;
    const until = clock.now() + milliseconds;
    for (const nodeId of nodeIds) await store.drain(nodeId, until);
    await nodes.announce();
    this.#loop.trigger();
    // Even if an operator withdraws the drain of a node meanwhile, the process is going to exit.
    await withTimeout(clock, milliseconds, this.done, () => this.#done.resolve(undefined));
  }

  /** Waits for moves under way. Idempotent. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  #canMove(): boolean {
    const { nodes, nodeIds } = this.#options;
    return nodeIds.length > 0 && nodes.othersAccept;
  }

  async #drain(signal: AbortSignal): Promise<void> {
    const { nodes, nodeIds, rooms, clock } = this.#options;
    const own = nodeIds.flatMap((nodeId) => nodes.find(nodeId) ?? []);
    const draining = own.filter(({ drainUntil }) => drainUntil !== null);
    for (const { nodeId, drainUntil } of draining) await this.#empty(nodeId, drainUntil ?? Infinity, signal);
    if (draining.length < own.length || own.length === 0) return;
    const isDue = own.every(({ drainUntil }) => clock.now() >= (drainUntil ?? Infinity));
    if (rooms.size > 0 && !isDue) return;
    this.#done.resolve(undefined);
  }

  async #empty(nodeId: string, until: number, signal: AbortSignal): Promise<void> {
    const { rooms, clock, logger, onMoveFailed } = this.#options;
    // If all participants are disconnected, none learns where the room moves: it waits until one returns or all leave.
    const movable = (await rooms.on(nodeId)).filter(({ connected }) => connected);
    const next = () => (signal.aborted || clock.now() >= until ? undefined : movable.pop());
    const concurrent = Math.max(CONCURRENT_MOVES, Math.ceil(movable.length * SHARE));
    const stopped = Promise.withResolvers<unknown>();
    signal.addEventListener('abort', stopped.resolve);
    const movers = Array.from({ length: concurrent }, async () => {
      for (let room = next(); room; room = next()) {
        try {
          await rooms.move(room);
          await this.#left(room, stopped.promise);
        } catch (error) {
          if (!(error instanceof TelevisitError)) throw error;
          onMoveFailed?.();
          logger.warn({ code: error.code, sessionId: room.sessionId }, 'failed to move a room, trying again');
          if (error.code === 'no_capacity') movable.length = 0;
        }
      }
    });
    await Promise.all(movers).finally(() => signal.removeEventListener('abort', stopped.resolve));
  }

  /** Resolves once everyone has left a room that moves, somebody takes too long, or `stopped` resolves. */
  #left(room: Room, stopped: Promise<unknown>): Promise<unknown> {
    const left = new Promise<void>((resolve) => room.onClose(resolve));
    return withTimeout(this.#options.clock, ARRIVAL_MS, Promise.race([left, stopped]), () => undefined);
  }
}
