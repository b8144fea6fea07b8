import type { Logger } from 'pino';
import { TelevisitError } from '@televisit/shared/errors';
import type { Clock } from '../domain/clock.ts';
import type { NodeStore } from '../domain/node-store.ts';
import type { NodeRegistry } from './node-registry.ts';

/** A room, as far as draining goes. */
export interface DrainableRoom {
  readonly sessionId: string;
  /** Whether any page is connected. */
  readonly connected: boolean;
}

/** The rooms of this process, as far as draining goes. */
export interface DrainableRooms<R extends DrainableRoom> {
  readonly size: number;
  on(nodeId: string): Promise<readonly R[]>;
  /** @throws {TelevisitError} if the session cannot be migrated at the moment */
  migrate(room: R): Promise<void>;
}

export interface DrainOptions<R extends DrainableRoom> {
  readonly store: NodeStore;
  readonly nodes: NodeRegistry;
  readonly nodeIds: readonly string[];
  readonly rooms: DrainableRooms<R>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called when all nodes of this process are draining, and are empty or out of time: the process can end. */
  readonly onDone: () => void;
}

/** The pause between two looks at the nodes that are draining, in milliseconds. */
const INTERVAL_MS = 500;
/** How many sessions migrate at once: each briefly costs both nodes and every browser a second set of transports. */
const AT_ONCE = 5;

/** Migrates the sessions off nodes that are draining, as `POST /nodes/{nodeId}/drain` or the end of this process asks. */
export class Drain<R extends DrainableRoom> {
  readonly #options: DrainOptions<R>;
  #cancel: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();
  #done = false;
  #stopped = false;

  constructor(options: DrainOptions<R>) {
    this.#options = options;
    this.#schedule();
  }

  /** Whether this process runs nodes whose sessions could go elsewhere. */
  get hasElsewhere(): boolean {
    const { nodes, nodeIds } = this.#options;
    if (nodeIds.length === 0) return false;
    return nodes
      .nodes()
      .some(({ here, alive, drainUntil, load }) => !here && alive && drainUntil === null && !load.full);
  }

  /** Drains every node of this process until a time, in milliseconds since the Unix epoch. */
  async everything(until: number): Promise<void> {
    const { store, nodes, nodeIds } = this.#options;
    for (const nodeId of nodeIds) await store.drain(nodeId, until);
    await nodes.announce();
    this.#run();
  }

  /** Waits for the migrations that are under way. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#running;
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#cancel = this.#options.clock.after(INTERVAL_MS, () => this.#run());
  }

  #run(): void {
    this.#cancel();
    this.#running = this.#running
      .then(() => this.#drain())
      .catch((error: unknown) => this.#options.logger.warn({ err: error }, 'failed to drain'))
      .finally(() => this.#schedule());
  }

  async #drain(): Promise<void> {
    const { nodes, nodeIds, rooms, clock, onDone } = this.#options;
    const own = nodeIds.flatMap((nodeId) => nodes.find(nodeId) ?? []);
    const draining = own.filter(({ drainUntil }) => drainUntil !== null);
    for (const { nodeId } of draining) await this.#empty(nodeId);
    if (draining.length < own.length || own.length === 0 || this.#done) return;
    const isDue = own.every(({ drainUntil }) => clock.now() >= (drainUntil ?? Infinity));
    if (rooms.size > 0 && !isDue) return;
    this.#done = true;
    onDone();
  }

  async #empty(nodeId: string): Promise<void> {
    const { rooms, logger } = this.#options;
    // Participants without a connection would not be told where the session goes: it waits for them to return or leave.
    const pending = (await rooms.on(nodeId)).filter(({ connected }) => connected);
    const workers = Array.from({ length: AT_ONCE }, async () => {
      for (let room = pending.pop(); room; room = pending.pop()) {
        try {
          await rooms.migrate(room);
        } catch (error) {
          if (!(error instanceof TelevisitError)) throw error;
          logger.warn({ code: error.code, sessionId: room.sessionId }, 'failed to migrate a session yet');
          if (error.code === 'no_capacity') pending.length = 0;
        }
      }
    });
    await Promise.all(workers);
  }
}
