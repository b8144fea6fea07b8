import { TelevisitError } from '@televisit/shared/errors';
import type { Placement } from '../domain/sessions.ts';

/** How busy a node's media is right now, in consumers. */
export type NodeLoad = (nodeId: string) => number;

/** The SFU nodes of this process, and which of them gets the next session. */
export class LocalNodes implements Placement {
  readonly #open: Map<string, number>;
  readonly #load: NodeLoad;

  /**
   * @param nodeIds the nodes that this process runs
   * @param open sessions that are not over, for each node, as the store knows them
   */
  constructor(nodeIds: readonly string[], open: ReadonlyMap<string, number>, load: NodeLoad) {
    this.#open = new Map(nodeIds.map((id) => [id, open.get(id) ?? 0]));
    this.#load = load;
  }

  /** Whether this process runs the node. */
  has(nodeId: string): boolean {
    return this.#open.has(nodeId);
  }

  /** The node with the least media; among equals the one with the fewest open sessions, then the first named. */
  reserve(): string {
    let best: { nodeId: string; load: number; open: number } | undefined;
    for (const [nodeId, open] of this.#open) {
      const load = this.#load(nodeId);
      if (!best || load < best.load || (load === best.load && open < best.open))
        best = { nodeId, load, open };
    }
    if (!best) throw new TelevisitError('no_capacity');
    this.#open.set(best.nodeId, best.open + 1);
    return best.nodeId;
  }

  release(nodeId: string): void {
    const open = this.#open.get(nodeId);
    if (open !== undefined) this.#open.set(nodeId, Math.max(0, open - 1));
  }
}
