import { TelevisitError } from '@televisit/shared/errors';
import * as lifecycle from './lifecycle.ts';
import type { Changed, SessionChanges } from './session-changes.ts';
import { isOccupied, isOver, type Session } from './session.ts';

/** The conditions that a session's node has to meet. */
export interface PlacementConstraints {
  /** The preferred region, by a name that operators choose; null for any. */
  readonly region: string | null;
  /** A node that must not be chosen. */
  readonly exclude?: string;
}

/** Chooses the SFU node of a session. */
export interface Placement {
  /** Whether a node is alive, in any process. */
  has(nodeId: string): boolean;
  /** Whether a node is alive and accepts more visits. */
  takes(nodeId: string): boolean;
  /** Learns which nodes there are at this moment. @throws {TelevisitError} `store_unavailable` */
  look(): Promise<void>;
  /** Reserves the best node for a session and returns its id. @throws {TelevisitError} `no_capacity` */
  reserve(constraints: PlacementConstraints): string;
  /** Removes a session from the count of a node. */
  release(nodeId: string): void;
  /** Replaces the counts of open sessions per node with those in the store, which other processes change too. */
  recount(open: ReadonlyMap<string, number>): void;
}

/** Releases the node of a session when a change ends it. */
export function releaseEnded(placement: Pick<Placement, 'release'>, { previous, next }: Changed): void {
  if (isOver(next) && !isOver(previous)) placement.release(next.placement.nodeId);
}

/** Places sessions on other nodes. If several processes try at the same time, one succeeds. */
export class Scheduler {
  readonly #placement: Placement;
  readonly #changes: SessionChanges;

  constructor(placement: Placement, changes: SessionChanges) {
    this.#placement = placement;
    this.#changes = changes;
  }

  /**
   * Returns the session on an available node. Places it again if its node is lost, or accepts no more visits and the
   * session has no participants; sessions with participants are moved by the process that runs them.
   * @throws {TelevisitError} `no_capacity`, `session_over`, `conflict`
   */
  async ensurePlaced(session: Session): Promise<Session> {
    const { nodeId } = session.placement;
    if (this.#placement.takes(nodeId)) return session;
    // A node that another process has just started is no lost one.
    if (!this.#placement.has(nodeId)) {
      await this.#placement.look();
      if (this.#placement.takes(nodeId)) return session;
    }
    const isAlive = this.#placement.has(nodeId);
    if (isAlive && isOccupied(session)) return session;
    try {
      return await this.move(session);
    } catch (error) {
      if (isAlive && error instanceof TelevisitError && error.code === 'no_capacity') return session;
      throw error;
    }
  }

  /**
   * Moves a session off its node, unless another process has moved it in the meantime.
   * @throws {TelevisitError} like `ensurePlaced`
   */
  async move({ sessionId, region, placement: { nodeId: from, epoch } }: Session): Promise<Session> {
    const nodeId = this.#placement.reserve({ region, exclude: from });
    const outcome = { moved: false };
    try {
      const session = await this.#changes.run(sessionId, (current, now) => {
        outcome.moved = current.placement.epoch === epoch;
        return outcome.moved ? lifecycle.place(current, nodeId, now) : null;
      });
      this.#placement.release(outcome.moved ? from : nodeId);
      return session;
    } catch (error) {
      this.#placement.release(nodeId);
      throw error;
    }
  }
}
