import { TelevisitError } from '@televisit/shared/errors';
import type { Placement } from '../domain/sessions.ts';
import type { Wish } from '../domain/placing.ts';
import type { KnownNode, NodeRegistry } from './node-registry.ts';

/** A node's load has to move by this much, of 1, before it counts: visits must not follow every breath of it. */
const DEAD_BAND = 0.1;

type Nodes = Pick<NodeRegistry, 'nodes' | 'find'>;

/** Which SFU node gets a session: one of its region, then the least busy, then the one with the fewest sessions. */
export class ClusterPlacement implements Placement {
  readonly #nodes: Nodes;
  /** Sessions that are not over, for each node, as far as this process knows. */
  #open: Map<string, number>;
  readonly #busy = new Map<string, number>();

  readonly #region: string | null;

  /**
   * @param open sessions that are not over, for each node, as the store knows them
   * @param region where this process is, and so the people of sessions that say nothing else
   */
  constructor(nodes: Nodes, open: ReadonlyMap<string, number>, region: string | null) {
    this.#nodes = nodes;
    this.#open = new Map(open);
    this.#region = region;
  }

  has(nodeId: string): boolean {
    return this.#nodes.find(nodeId)?.alive ?? false;
  }

  takes(nodeId: string): boolean {
    const node = this.#nodes.find(nodeId);
    return node !== undefined && takes(node);
  }

  reserve({ region, not }: Wish): string {
    const wanted = region ?? this.#region;
    const able = this.#nodes.nodes().filter((node) => takes(node) && node.nodeId !== not);
    const near = able.filter((node) => node.region === wanted);
    const [first, ...others] = near.length > 0 ? near : able;
    if (!first) throw new TelevisitError('no_capacity', { retryAfter: 5 });
    const { nodeId } = others.reduce((best, node) => (this.#isBetter(node, best) ? node : best), first);
    this.#open.set(nodeId, this.#openOn(nodeId) + 1);
    return nodeId;
  }

  release(nodeId: string): void {
    this.#open.set(nodeId, Math.max(0, this.#openOn(nodeId) - 1));
  }

  recount(open: ReadonlyMap<string, number>): void {
    this.#open = new Map(open);
  }

  #isBetter(left: KnownNode, right: KnownNode): boolean {
    const [busy, busyRight] = [this.#busyOf(left), this.#busyOf(right)];
    if (busy !== busyRight) return busy < busyRight;
    return this.#openOn(left.nodeId) < this.#openOn(right.nodeId);
  }

  #openOn(nodeId: string): number {
    return this.#open.get(nodeId) ?? 0;
  }

  /** How busy a node is, 0 to 1, with hysteresis. */
  #busyOf({ nodeId, load, capacity }: KnownNode): number {
    const now = Math.max(load.cpu, capacity ? load.participants / capacity : 0);
    const before = this.#busy.get(nodeId) ?? 0;
    const busy = Math.abs(now - before) > DEAD_BAND ? now : before;
    this.#busy.set(nodeId, busy);
    return busy;
  }
}

/** Whether a node takes visits that it does not have yet. */
function takes({ alive, here, url, drainUntil, load }: KnownNode): boolean {
  return alive && (here || url !== '') && drainUntil === null && !load.full;
}
