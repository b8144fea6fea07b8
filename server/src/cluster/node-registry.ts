import type { Logger } from 'pino';
import { sleep, type Clock } from '../core/clock.ts';
import { every, type Loop } from '../core/timing.ts';
import type { Heartbeat, NodeLoad, NodeRecord, NodeStore } from '../domain/node-store.ts';
import { hasExited } from './process-identity.ts';

/** The interval at which a process stores its heartbeat and reads those of the others, in milliseconds. */
export const HEARTBEAT_MS = 1000;
/** A node without a heartbeat for this long is lost, in milliseconds. */
export const LEASE_MS = 5000;
/** The interval of reads while something waits for the state of a node, in milliseconds. */
export const LOOK_MS = 250;

/** A node as this process knows it. */
export interface KnownNode extends NodeRecord {
  /** Whether this process runs it. */
  readonly here: boolean;
  readonly alive: boolean;
}

/** The report of this process about itself. */
export interface OwnProcess {
  readonly processId: string;
  /** As returned by `processIdentity`. */
  readonly holder: string | null;
  /** The URL at which other processes reach this one; empty until it listens. */
  readonly url: () => string;
  readonly region: string | null;
  readonly version: string;
  readonly capacity: number | null;
}

export interface NodeRegistryOptions {
  readonly store: NodeStore;
  readonly own: OwnProcess;
  readonly nodeIds: readonly string[];
  readonly loadOf: (nodeId: string) => NodeLoad;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface ObservedNode {
  record: NodeRecord;
  /** The minimum by which our clock is ahead of the node's, transit included, in milliseconds. */
  offset: number;
  /** When its lease expires, by our clock. */
  expiresAt: number;
}

/**
 * The SFU nodes of all processes. Each process stores a heartbeat for its nodes once a second; a node without one for a lease
 * is lost. Clocks of different machines may differ: only the time between two heartbeats counts.
 */
export class NodeRegistry {
  readonly #options: NodeRegistryOptions;
  readonly #observed = new Map<string, ObservedNode>();
  readonly #owned = new Set<string>();
  readonly #lostListeners: ((node: NodeRecord) => void)[] = [];
  readonly #ownershipLostListeners: ((nodeId: string) => void)[] = [];
  #beat = 0;
  #lastLook = 0;
  #looking: Promise<void> | undefined;
  #heartbeats: Loop | undefined;
  #stopped = false;

  constructor(options: NodeRegistryOptions) {
    this.#options = options;
  }

  get processId(): string {
    return this.#options.own.processId;
  }

  /** The time of the last successful read of all nodes, in milliseconds since the Unix epoch; 0 before the first one. */
  get readAt(): number {
    return this.#lastLook;
  }

  /** Whether another process has a node that accepts new visits. */
  get othersAccept(): boolean {
    return this.nodes().some(
      ({ here, alive, drainUntil, load }) => !here && alive && drainUntil === null && !load.full,
    );
  }

  /**
   * Takes ownership of this process's nodes and renews it until `stop`. If a node's previous process may still be alive, waits
   * for its lease to expire.
   * @returns when each node was last alive before, if that is known
   * @throws {Error} if another live process runs one of the nodes
   */
  async start(): Promise<ReadonlyMap<string, number>> {
    const lastAlive = new Map<string, number>();
    for (const nodeId of this.#options.nodeIds) {
      const previous = await this.#take(nodeId);
      if (previous) lastAlive.set(nodeId, previous.aliveAt);
    }
    await this.look();
    const { clock, logger } = this.#options;
    this.#heartbeats = every(
      clock,
      HEARTBEAT_MS,
      () => this.announce(),
      (error) => logger.warn({ err: error }, 'failed to store the heartbeat'),
    );
    return lastAlive;
  }

  /** Stores the state of this process now, for example that it listens, and reads that of the others. */
  async announce(): Promise<void> {
    await this.#heartbeat();
    await this.look();
  }

  /** Gives up ownership of this process's nodes. Idempotent. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.#heartbeats?.stop();
    const { store, logger } = this.#options;
    for (const nodeId of this.#owned) {
      await store
        .release(nodeId, this.processId)
        .catch((error: unknown) => logger.warn({ err: error, nodeId }, 'failed to release a node'));
    }
  }

  /** Calls `listener` whenever a process is found to have lost a node. */
  onLost(listener: (node: NodeRecord) => void): void {
    this.#lostListeners.push(listener);
  }

  /** Calls `listener` when another process has taken a node of this one, because this process was suspended for too long. */
  onOwnershipLost(listener: (nodeId: string) => void): void {
    this.#ownershipLostListeners.push(listener);
  }

  /** Returns all known nodes, sorted by name. The load of this process's own nodes is current. */
  nodes(): readonly KnownNode[] {
    return [...this.#observed.keys()].sort().flatMap((nodeId) => this.find(nodeId) ?? []);
  }

  find(nodeId: string): KnownNode | undefined {
    const observed = this.#observed.get(nodeId);
    if (!observed) return undefined;
    const here = this.isHere(nodeId);
    const { record } = observed;
    const load = here ? this.#options.loadOf(nodeId) : record.load;
    return { ...record, load, here, alive: here || this.#isRunning(observed) };
  }

  /** Returns whether this process runs the node. */
  isHere(nodeId: string): boolean {
    return this.#owned.has(nodeId);
  }

  /** Returns the nodes that have been lost for at least `ms` milliseconds. */
  lostFor(ms: number): readonly NodeRecord[] {
    const now = this.#options.clock.now();
    return [...this.#observed.values()]
      .filter(
        (node) => !this.isHere(node.record.nodeId) && !this.#isRunning(node) && now >= node.expiresAt + ms,
      )
      .map(({ record }) => record);
  }

  /** Reads all nodes. Concurrent calls share one read. @throws {TelevisitError} `store_unavailable` */
  look(): Promise<void> {
    this.#looking ??= this.#options.store
      .list()
      .then((records) => this.#observe(records))
      .finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /** Reads all nodes with a read that begins now, rather than sharing one under way. @throws as `look` */
  async lookAfresh(): Promise<void> {
    await this.#looking?.catch(() => undefined);
    await this.look();
  }

  /** Reads all nodes after a moment. Never throws. */
  async lookAgain(): Promise<void> {
    await sleep(this.#options.clock, LOOK_MS);
    if (!this.#stopped) await this.look().catch(() => undefined);
  }

  /** @returns the node's previous record, if any */
  async #take(nodeId: string): Promise<NodeRecord | undefined> {
    const { store, clock, logger } = this.#options;
    let seen: { beat: number; at: number } | undefined;
    for (;;) {
      const previous = (await store.list()).find((node) => node.nodeId === nodeId);
      const now = clock.now();
      seen ??= { beat: previous?.beat ?? 0, at: now };
      if (previous && previous.beat !== seen.beat) throw inUse(previous);
      const isFree =
        !previous ||
        store.exclusive ||
        hasExited(previous.holder) ||
        previous.processId === '' ||
        now - seen.at >= LEASE_MS;
      if (isFree && (await store.beat(this.#heartbeatOf(nodeId), previous?.processId ?? null))) {
        this.#owned.add(nodeId);
        return previous;
      }
      if (isFree) throw inUse(previous ?? { nodeId, url: '' });
      if (seen.at === now)
        logger.info({ nodeId, url: previous.url }, 'waiting for the lease of the node’s previous process');
      await sleep(clock, LOOK_MS);
    }
  }

  async #heartbeat(): Promise<void> {
    const { store, logger } = this.#options;
    this.#beat += 1;
    for (const nodeId of [...this.#owned]) {
      if (await store.beat(this.#heartbeatOf(nodeId), this.processId)) continue;
      // The record of a node that was lost for long is deleted; the node is still ours unless another process took it.
      if (await store.beat(this.#heartbeatOf(nodeId), null)) continue;
      logger.error({ nodeId }, 'lost the ownership of a node to another process');
      this.#owned.delete(nodeId);
      for (const listener of this.#ownershipLostListeners) listener(nodeId);
    }
  }

  #heartbeatOf(nodeId: string): Heartbeat {
    const { own, loadOf, clock } = this.#options;
    const { processId, holder, region, version, capacity } = own;
    return {
      nodeId,
      processId,
      holder,
      url: own.url(),
      region,
      version,
      capacity,
      load: loadOf(nodeId),
      beat: this.#beat,
      aliveAt: clock.now(),
    };
  }

  #observe(records: readonly NodeRecord[]): void {
    const now = this.#options.clock.now();
    const running = [...this.#observed.values()].filter((node) => this.#isRunning(node));
    // Without reads, a missing heartbeat means nothing: all leases start again.
    const wasBlind = now - this.#lastLook > 2 * HEARTBEAT_MS;
    this.#lastLook = now;
    for (const record of records) this.#observeRecord(record, now);
    const names = new Set(records.map(({ nodeId }) => nodeId));
    for (const nodeId of this.#observed.keys()) if (!names.has(nodeId)) this.#observed.delete(nodeId);
    if (wasBlind) {
      for (const node of this.#observed.values()) node.expiresAt = Math.max(node.expiresAt, now + LEASE_MS);
    }
    for (const { record } of running) {
      const current = this.#observed.get(record.nodeId);
      if (current?.record.processId === record.processId && this.#isRunning(current)) continue;
      for (const listener of this.#lostListeners) listener(record);
    }
  }

  #observeRecord(record: NodeRecord, now: number): void {
    const known = this.#observed.get(record.nodeId);
    const isSameProcess = known?.record.processId === record.processId;
    if (isSameProcess && known.record.beat === record.beat) {
      known.record = record;
      return;
    }
    const offset = Math.min(isSameProcess ? known.offset : Infinity, now - record.aliveAt);
    // A clock that was set back must not make a fresh heartbeat look old.
    const expiresAt = Math.max(record.aliveAt + offset, now - 2 * HEARTBEAT_MS) + LEASE_MS;
    this.#observed.set(record.nodeId, { record, offset, expiresAt });
  }

  #isRunning({ record, expiresAt }: ObservedNode): boolean {
    return record.processId !== '' && this.#lastLook < expiresAt;
  }
}

function inUse({ nodeId, url }: Pick<NodeRecord, 'nodeId' | 'url'>): Error {
  return new Error(
    `Another server${url ? ` (${url})` : ''} runs the SFU node ${nodeId}. Stop it, or give each server its own names in SFU_NODES.`,
  );
}
