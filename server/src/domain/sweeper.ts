import type { Clock } from '../core/clock.ts';
import { every, type Loop } from '../core/timing.ts';
import type { FeatureHooks } from './feature.ts';
import { isOccupied, isOver, type Session } from './session.ts';
import type { NodeRecord, NodeStore } from './node-store.ts';
import { type SessionStore, allSessions } from './session-store.ts';
import type { Placement, Sessions } from './sessions.ts';

export interface SweeperOptions {
  readonly store: SessionStore & { readonly nodes: NodeStore };
  readonly sessions: Sessions;
  readonly features: readonly Pick<FeatureHooks, 'settle'>[];
  readonly placement: Pick<Placement, 'recount'>;
  readonly clock: Clock;
  /** The nodes of this process with the time at which the previous process was last alive, if known. */
  readonly ownNodes: ReadonlyMap<string, number | undefined>;
  /** Whether this process has a room for a visit, which then tracks its participants. */
  readonly hasRoom: (sessionId: string) => boolean;
  /** The grace period for reconnecting, in milliseconds. */
  readonly graceMs: number;
  /** Nodes lost for longer than the grace period. */
  readonly lostNodes: () => readonly Pick<NodeRecord, 'nodeId' | 'processId' | 'aliveAt'>[];
  /** How long sessions are kept after their end, in milliseconds; null for forever. */
  readonly retentionMs: number | null;
  readonly onError: (error: unknown) => void;
  readonly onPurged: (sessions: number) => void;
}

/** The interval of sweeps in milliseconds, and so the maximum delay of the end of a visit. */
export const SWEEP_MS = 2000;
/** Sweeps between looking for chats that a crashed server left behind, and counting visits per node. */
const SWEEPS_TO_SETTLE = 30;
/** Sweeps between looking for visits placed here to which no participant has connected. */
const SWEEPS_TO_FIND = 5;
const BATCH = 100;
/** The minimum time for which sessions with undelivered webhooks are kept, in milliseconds. */
const UNDELIVERED_KEPT_MS = 3 * 24 * 60 * 60_000;

/**
 * Performs changes that are due: ends visits whose window has closed or that are empty, closes the attendance of
 * participants whose node is lost and who did not return, and deletes chats of ended visits and sessions past their
 * retention. Several processes may run it at the same time.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  #loop: Loop | undefined;
  #sweeps = 0;
  /** Visits of this process to which no participant has connected, with the time at which that was noticed. */
  #unreached: ReadonlyMap<string, number> = new Map();

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  /** Closes the attendance left open by the previous process, then sweeps until `stop`. */
  async start(): Promise<void> {
    for (const [nodeId, lastAlive] of this.#options.ownNodes) await this.#abandonNode(nodeId, lastAlive);
    const { clock, onError } = this.#options;
    this.#loop = every(clock, SWEEP_MS, (signal) => this.#sweep(signal), onError);
  }

  /** Stops sweeping. Idempotent; waits for the current sweep. */
  async stop(): Promise<void> {
    await this.#loop?.stop();
  }

  /** Closes all attendance on a node. @returns whether every session was written */
  async #abandonNode(nodeId: string, lastAlive = 0): Promise<boolean> {
    let all = true;
    for await (const session of this.#liveOn(nodeId)) {
      // The provider reports who leaves.
      if (session.provider !== 'sfu') continue;
      if (!(await this.#abandonSession(session, lastAlive))) all = false;
    }
    return all;
  }

  async *#liveOn(nodeId: string): AsyncGenerator<Session, void, void> {
    for await (const page of allSessions(this.#options.store, { nodeId, statuses: ['live'] })) yield* page;
  }

  /** Closes the attendance of a session. @returns false if that failed, so that other sessions are still processed */
  async #abandonSession(session: Session, at: number): Promise<boolean> {
    try {
      await this.#options.sessions.abandon(session, at);
      return true;
    } catch (error) {
      this.#options.onError(error);
      return false;
    }
  }

  /**
   * Closes the attendance of visits that were moved or placed here and to which no participant has connected within the
   * grace period. Sessions with the first epoch and without a room are those of other meeting providers.
   */
  async #abandonUnreached(): Promise<void> {
    const { clock, ownNodes, hasRoom, graceMs } = this.#options;
    const unreached = new Map<string, number>();
    for (const nodeId of ownNodes.keys()) {
      for await (const session of this.#liveOn(nodeId)) {
        const { sessionId, placement } = session;
        if (session.provider !== 'sfu') continue;
        if (placement.epoch === 1 || !isOccupied(session) || hasRoom(sessionId)) continue;
        const since = this.#unreached.get(sessionId) ?? clock.now();
        unreached.set(sessionId, since);
        if (clock.now() - since >= graceMs) await this.#abandonSession(session, since);
      }
    }
    this.#unreached = unreached;
  }

  /** Closes the attendance on lost nodes as of their last heartbeat, and releases the nodes. */
  async #releaseLost(): Promise<void> {
    const { store, lostNodes } = this.#options;
    for (const { nodeId, processId, aliveAt } of lostNodes()) {
      if (await this.#abandonNode(nodeId, aliveAt)) await store.nodes.release(nodeId, processId);
    }
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const { store, features, placement, clock, retentionMs, onPurged } = this.#options;
    await this.#releaseLost();
    await this.#expire(signal);
    if (this.#sweeps % SWEEPS_TO_FIND === 0) await this.#abandonUnreached();
    if (this.#sweeps++ % SWEEPS_TO_SETTLE === 0) {
      for (const feature of features) await feature.settle?.();
      placement.recount(await store.countOpenByNode());
    }
    if (retentionMs === null) return;
    const endedBefore = clock.now() - retentionMs;
    const purged = await store.purge(
      endedBefore,
      BATCH,
      Math.min(endedBefore, clock.now() - UNDELIVERED_KEPT_MS),
    );
    if (purged > 0) onPurged(purged);
  }

  /** Expires all due sessions, page by page. A session that cannot be written does not block the others. */
  async #expire(signal: AbortSignal): Promise<void> {
    const { store, sessions, clock, onError } = this.#options;
    const stuck = new Set<string>();
    for (;;) {
      const limit = BATCH + stuck.size;
      const page = await store.due(clock.now(), limit);
      const fresh = page.filter(({ sessionId }) => !stuck.has(sessionId));
      for (const { sessionId } of fresh) {
        const session = await sessions.expire(sessionId).catch(onError);
        if (!session || !isOver(session)) stuck.add(sessionId);
      }
      if (page.length < limit || fresh.length === 0 || signal.aborted) return;
    }
  }
}
