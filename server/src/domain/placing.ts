import { TelevisitError } from '@televisit/shared/errors';
import type { Clock } from './clock.ts';
import * as lifecycle from './lifecycle.ts';
import type { SessionChanges } from './session-changes.ts';
import type { Session } from './session.ts';
import type { SessionStore } from './session-store.ts';

/** Chooses the SFU node of a session. */
export interface Placement {
  /** Whether the node is there to carry media. */
  has(nodeId: string): boolean;
  /** Counts a session onto the least loaded node and names it. @throws TelevisitError `no_capacity` */
  reserve(): string;
  /** Takes a session off a node again. */
  release(nodeId: string): void;
}

/** A node that was marked alive this lately is there, in milliseconds. */
const ALIVE_MS = 10_000;

export interface PlacingOptions {
  readonly store: SessionStore;
  readonly placement: Placement;
  readonly clock: Clock;
}

/** Finds another node for sessions whose node is gone. */
export class Placing {
  readonly #options: PlacingOptions;
  readonly #changes: SessionChanges;

  constructor(options: PlacingOptions, changes: SessionChanges) {
    this.#options = options;
    this.#changes = changes;
  }

  /**
   * Moves a session off a node that is not there any more; of several who try one does.
   * @throws TelevisitError `media_unavailable`, `no_capacity`, `session_over`, `conflict`
   */
  async place({ sessionId, placement: { nodeId: lost } }: Session): Promise<Session> {
    const { store, placement, clock } = this.#options;
    const lastAlive = (await store.lastAlive(lost)) ?? 0;
    // Another server runs that node: the visit is there, and the person has come to the wrong place.
    if (clock.now() - lastAlive < ALIVE_MS) throw new TelevisitError('media_unavailable', { retryAfter: 5 });
    const nodeId = placement.reserve();
    const decided = { byUs: false };
    try {
      const session = await this.#changes.run(sessionId, (current, now) => {
        decided.byUs = !placement.has(current.placement.nodeId);
        return decided.byUs ? lifecycle.place(current, nodeId, lastAlive, now) : null;
      });
      if (!decided.byUs) placement.release(nodeId);
      return session;
    } catch (error) {
      placement.release(nodeId);
      throw error;
    }
  }
}
