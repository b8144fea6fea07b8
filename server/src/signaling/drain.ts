import type { Logger } from 'pino';
import { TelevisitError } from '@televisit/shared/errors';
import type { Clock } from '../core/clock.ts';
import { every, type Loop } from '../core/every.ts';
import type { NodeStore } from '../domain/node-store.ts';
import type { NodeRegistry } from '../cluster/node-registry.ts';
import type { Rooms } from './rooms.ts';

export interface DrainOptions {
  readonly store: NodeStore;
  readonly nodes: NodeRegistry;
  readonly nodeIds: readonly string[];
  readonly rooms: Rooms;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Every node of this process is to be empty, and is, or its time is up: the process can end. */
  readonly onDone: () => void;
}

/** How often the nodes that are being drained are looked at, in milliseconds. */
const LOOK_MS = 500;
/** So many visits move at once: each costs both nodes and every browser in it a second set of transports for a moment. */
const AT_ONCE = 5;

/** Moves the visits off nodes that are being drained, as `POST /nodes/{nodeId}/drain` or the end of this process asks. */
export class Drain {
  readonly #options: DrainOptions;
  readonly #loop: Loop;
  #done = false;

  constructor(options: DrainOptions) {
    this.#options = options;
    const { clock, logger } = options;
    this.#loop = every(
      clock,
      LOOK_MS,
      () => this.#drain(),
      (error) => logger.warn({ err: error }, 'visits could not be moved'),
    );
  }

  /** Whether this process carries visits that could go elsewhere. */
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
    this.#loop.trigger();
  }

  /** Idempotent; waits for what is being moved. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #drain(): Promise<void> {
    const { nodes, nodeIds, rooms, clock, onDone } = this.#options;
    const own = nodeIds.flatMap((nodeId) => nodes.find(nodeId) ?? []);
    const drained = own.filter(({ drainUntil }) => drainUntil !== null);
    for (const { nodeId } of drained) await this.#empty(nodeId);
    if (drained.length < own.length || own.length === 0 || this.#done) return;
    const isDue = own.every(({ drainUntil }) => clock.now() >= (drainUntil ?? Infinity));
    if (rooms.size > 0 && !isDue) return;
    this.#done = true;
    onDone();
  }

  async #empty(nodeId: string): Promise<void> {
    const { rooms, logger } = this.#options;
    // Who has lost the connection would not hear where the visit goes: it waits for them, or for their leave.
    const waiting = (await rooms.on(nodeId)).filter(({ connected }) => connected);
    const movers = Array.from({ length: AT_ONCE }, async () => {
      for (let room = waiting.pop(); room; room = waiting.pop()) {
        try {
          await rooms.move(room);
        } catch (error) {
          if (!(error instanceof TelevisitError)) throw error;
          logger.warn({ code: error.code, sessionId: room.sessionId }, 'a visit could not be moved yet');
          if (error.code === 'no_capacity') waiting.length = 0;
        }
      }
    });
    await Promise.all(movers);
  }
}
