import { TelevisitError } from '@televisit/shared/errors';
import * as lifecycle from './lifecycle.ts';
import type { Changed, SessionChanges } from './session-changes.ts';
import { isOccupied, isOver, type Session } from './session.ts';

/** The conditions that a session's node has to meet. */
export interface PlacementConstraints {
  /** Where the people are, by a name that operators give; null for anywhere. */
  readonly region: string | null;
  /** A node that must not be chosen. */
  readonly exclude?: string;
}

/** Chooses the SFU node of a session. */
export interface Placement {
  /** Whether the node is there to carry media, in whatever process. */
  has(nodeId: string): boolean;
  /** Whether it is there, and takes visits that it does not carry yet. */
  takes(nodeId: string): boolean;
  /** Counts a session onto the node that is best for it, and names that. @throws TelevisitError `no_capacity` */
  reserve(constraints: PlacementConstraints): string;
  /** Takes a session off a node again. */
  release(nodeId: string): void;
  /** Sessions that are not over, for each node, as they are stored: other processes place and end them too. */
  recount(open: ReadonlyMap<string, number>): void;
}

/** Releases the node of a session when a change ends it. */
export function releaseEnded(placement: Pick<Placement, 'release'>, { previous, next }: Changed): void {
  if (isOver(next) && !isOver(previous)) placement.release(next.placement.nodeId);
}

/** Gives sessions another node. Of several who try at once one does. */
export class Placing {
  readonly #placement: Placement;
  readonly #changes: SessionChanges;

  constructor(placement: Placement, changes: SessionChanges) {
    this.#placement = placement;
    this.#changes = changes;
  }

  /**
   * The session on a node that can carry it. Where its node is lost it is placed anew; where that takes no visits any more,
   * too, unless people are in it already: those are moved by the process that they are on.
   * @throws TelevisitError `no_capacity`, `session_over`, `conflict`
   */
  async settle(session: Session): Promise<Session> {
    const { nodeId } = session.placement;
    if (this.#placement.takes(nodeId)) return session;
    const isThere = this.#placement.has(nodeId);
    if (isThere && isOccupied(session)) return session;
    try {
      return await this.move(session);
    } catch (error) {
      if (isThere && error instanceof TelevisitError && error.code === 'no_capacity') return session;
      throw error;
    }
  }

  /** Moves a session off its node; it stays where somebody else has moved it meanwhile. @throws as `settle` */
  async move({ sessionId, region, placement: { nodeId: from, epoch } }: Session): Promise<Session> {
    const nodeId = this.#placement.reserve({ region, exclude: from });
    const decided = { byUs: false };
    try {
      const session = await this.#changes.run(sessionId, (current, now) => {
        decided.byUs = current.placement.epoch === epoch;
        return decided.byUs ? lifecycle.place(current, nodeId, now) : null;
      });
      this.#placement.release(decided.byUs ? from : nodeId);
      return session;
    } catch (error) {
      this.#placement.release(nodeId);
      throw error;
    }
  }
}
