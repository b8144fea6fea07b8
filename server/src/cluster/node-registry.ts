import type { Logger } from 'pino';
import { sleep, type Clock } from '../core/clock.ts';
import { every, type Loop } from '../core/every.ts';
import type { Heartbeat, NodeLoad, NodeRecord, NodeStore } from '../domain/node-store.ts';
import { isGone } from './holder.ts';

/** How often a process says that its nodes are alive, and looks at the others, in milliseconds. */
export const HEARTBEAT_MS = 1000;
/** A node that has not been heard of for this long is lost, in milliseconds. */
export const LEASE_MS = 5000;
/** How soon somebody who waits for the fate of a node looks again, in milliseconds. */
export const LOOK_MS = 250;

/** A node as this process knows it. */
export interface KnownNode extends NodeRecord {
  /** Whether this process runs it. */
  readonly here: boolean;
  readonly alive: boolean;
}

/** What this process says of itself. */
export interface OwnProcess {
  readonly processId: string;
  /** As `ownHolder`. */
  readonly holder: string | null;
  /** Where the others reach it; empty while it does not listen yet. */
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

interface Observed {
  record: NodeRecord;
  /** How far our clock is ahead of the node's at least, transit included, in milliseconds. */
  offset: number;
  /** When its lease runs out, by our clock. */
  expiresAt: number;
}

/**
 * The SFU nodes of all processes. Each process says once a second that its own are alive; one that has not been heard of
 * for a lease is lost. Clocks of different machines may differ: only the time between two heartbeats counts.
 */
export class NodeRegistry {
  readonly #options: NodeRegistryOptions;
  readonly #observed = new Map<string, Observed>();
  readonly #held = new Set<string>();
  readonly #lostListeners: ((node: NodeRecord) => void)[] = [];
  readonly #robbedListeners: ((nodeId: string) => void)[] = [];
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

  /**
   * Takes the nodes of this process, and looks after them until `stop`. A node whose process may still be alive is
   * watched for a lease first.
   * @returns when each of them was last alive before, where that is known
   * @throws Error where another process that is alive runs one of them
   */
  async start(): Promise<ReadonlyMap<string, number>> {
    const before = new Map<string, number>();
    for (const nodeId of this.#options.nodeIds) {
      const previous = await this.#take(nodeId);
      if (previous) before.set(nodeId, previous.aliveAt);
    }
    await this.look();
    const { clock, logger } = this.#options;
    this.#heartbeats = every(
      clock,
      HEARTBEAT_MS,
      () => this.announce(),
      (error) => logger.warn({ err: error }, 'failed to store the heartbeat'),
    );
    return before;
  }

  /** Says at once how this process is now, for instance that it listens. */
  async announce(): Promise<void> {
    await this.#heartbeat();
    await this.look();
  }

  /** Idempotent. The nodes of this process belong to nobody afterwards. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.#heartbeats?.stop();
    const { store, logger } = this.#options;
    for (const nodeId of this.#held) {
      await store
        .release(nodeId, this.processId)
        .catch((error: unknown) => logger.warn({ err: error, nodeId }, 'a node could not be released'));
    }
  }

  /** Calls back when a node has been lost by another process, once for each loss. */
  onLost(listener: (node: NodeRecord) => void): void {
    this.#lostListeners.push(listener);
  }

  /** Calls back when another process has taken a node of this one, which must have stood still for too long. */
  onRobbed(listener: (nodeId: string) => void): void {
    this.#robbedListeners.push(listener);
  }

  /** Every node that is known, in the order of their names; loads of this process's own are those of this moment. */
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

  /** Whether this process runs the node. */
  isHere(nodeId: string): boolean {
    return this.#held.has(nodeId);
  }

  /** Nodes that have been lost for at least that long, in milliseconds. */
  lostFor(ms: number): readonly NodeRecord[] {
    const now = this.#options.clock.now();
    return [...this.#observed.values()]
      .filter((one) => !this.isHere(one.record.nodeId) && !this.#isRunning(one) && now >= one.expiresAt + ms)
      .map(({ record }) => record);
  }

  /** Looks at all nodes again in a moment. Never throws. */
  async lookAgain(): Promise<void> {
    await sleep(this.#options.clock, LOOK_MS);
    if (!this.#stopped) await this.look().catch(() => undefined);
  }

  async #take(nodeId: string): Promise<NodeRecord | undefined> {
    const { store, clock, logger } = this.#options;
    let seen: { beat: number; at: number } | undefined;
    for (;;) {
      const previous = (await store.list()).find((node) => node.nodeId === nodeId);
      const now = clock.now();
      seen ??= { beat: previous?.beat ?? 0, at: now };
      if (previous && previous.beat !== seen.beat) throw inUse(previous);
      const free =
        !previous ||
        store.exclusive ||
        isGone(previous.holder) ||
        previous.processId === '' ||
        now - seen.at >= LEASE_MS;
      if (free && (await store.beat(this.#sayOf(nodeId), previous?.processId ?? null))) {
        this.#held.add(nodeId);
        return previous;
      }
      if (free) throw inUse(previous ?? { nodeId, url: '' });
      if (seen.at === now)
        logger.info({ nodeId, url: previous.url }, 'waiting whether another server runs this node');
      await sleep(clock, LOOK_MS);
    }
  }

  async #heartbeat(): Promise<void> {
    const { store } = this.#options;
    this.#beat += 1;
    for (const nodeId of [...this.#held]) {
      if (await store.beat(this.#sayOf(nodeId), this.processId)) continue;
      // One that was lost for long has been forgotten, and is ours still where nobody else took it.
      if (await store.beat(this.#sayOf(nodeId), null)) continue;
      this.#options.logger.error({ nodeId }, 'another server runs this node now');
      this.#held.delete(nodeId);
      for (const listener of this.#robbedListeners) listener(nodeId);
    }
  }

  #sayOf(nodeId: string): Heartbeat {
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

  /** Looks at all nodes now. Several who look at once share one answer. @throws TelevisitError `store_unavailable` */
  look(): Promise<void> {
    this.#looking ??= this.#options.store
      .list()
      .then((records) => this.#observe(records))
      .finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /** Looks at all nodes as they are stored from now on: a look that runs may have begun before. @throws as `look` */
  async lookAfresh(): Promise<void> {
    await this.#looking?.catch(() => undefined);
    await this.look();
  }

  #observe(records: readonly NodeRecord[]): void {
    const now = this.#options.clock.now();
    const running = [...this.#observed.values()].filter((one) => this.#isRunning(one));
    // While nobody could look, nobody could be seen.
    const blind = now - this.#lastLook > 2 * HEARTBEAT_MS;
    this.#lastLook = now;
    for (const record of records) this.#hear(record, now);
    const names = new Set(records.map(({ nodeId }) => nodeId));
    for (const nodeId of this.#observed.keys()) if (!names.has(nodeId)) this.#observed.delete(nodeId);
    if (blind) {
      for (const one of this.#observed.values()) one.expiresAt = Math.max(one.expiresAt, now + LEASE_MS);
    }
    for (const { record } of running) {
      const current = this.#observed.get(record.nodeId);
      if (current?.record.processId === record.processId && this.#isRunning(current)) continue;
      for (const listener of this.#lostListeners) listener(record);
    }
  }

  #hear(record: NodeRecord, now: number): void {
    const known = this.#observed.get(record.nodeId);
    const same = known?.record.processId === record.processId;
    if (same && known.record.beat === record.beat) {
      known.record = record;
      return;
    }
    const offset = Math.min(same ? known.offset : Infinity, now - record.aliveAt);
    // A clock that was set back must not make a node that we just heard of look old.
    const expiresAt = Math.max(record.aliveAt + offset, now - 2 * HEARTBEAT_MS) + LEASE_MS;
    this.#observed.set(record.nodeId, { record, offset, expiresAt });
  }

  #isRunning({ record, expiresAt }: Observed): boolean {
    return record.processId !== '' && this.#lastLook < expiresAt;
  }
}

function inUse({ nodeId, url }: Pick<NodeRecord, 'nodeId' | 'url'>): Error {
  return new Error(
    `Another server${url ? ` (${url})` : ''} runs the SFU node ${nodeId}. Stop it, or give each server its own names in SFU_NODES.`,
  );
}
