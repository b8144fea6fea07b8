import type { Clock } from '../core/clock.ts';
import { every, type Loop } from '../core/every.ts';
import { allSessions } from './all-sessions.ts';
import type { Chats } from './chats.ts';
import { isOccupied, isOver, type Session } from './session.ts';
import type { NodeRecord, NodeStore } from './node-store.ts';
import type { SessionStore } from './session-store.ts';
import type { Placement, Sessions } from './sessions.ts';

export interface SweeperOptions {
  readonly store: SessionStore & { readonly nodes: NodeStore };
  readonly sessions: Sessions;
  readonly chats: Pick<Chats, 'settle'>;
  readonly placement: Pick<Placement, 'recount'>;
  readonly clock: Clock;
  /** The nodes of this process, each with the time at which it was last alive before, where that is known. */
  readonly ownNodes: ReadonlyMap<string, number | undefined>;
  /** Whether there is a room for a visit here: it knows who is in. */
  readonly hasRoom: (sessionId: string) => boolean;
  /** How long people may take to come back, in milliseconds. */
  readonly graceMs: number;
  /** Nodes that were lost so long ago that nobody can be expected back to them. */
  readonly lostNodes: () => readonly Pick<NodeRecord, 'nodeId' | 'processId' | 'aliveAt'>[];
  /** How long sessions are kept after their end, in milliseconds; null for ever. */
  readonly retentionMs: number | null;
  readonly onError: (error: unknown) => void;
  readonly onPurged: (sessions: number) => void;
}

/** How often it looks, in milliseconds: a visit ends this late at most. */
export const SWEEP_MS = 2000;
/** How often it looks for chats that visits left behind, which only a server that died does, and counts visits, in sweeps. */
const SWEEPS_TO_SETTLE = 30;
/** How often it looks for visits that nobody has followed to where they live now, in sweeps. */
const SWEEPS_TO_FIND = 5;
const BATCH = 100;
/** What endpoints are still to be told of is kept for this long at least, in milliseconds, whatever the retention. */
const UNTOLD_KEPT_MS = 3 * 24 * 60 * 60_000;

/**
 * Does what time alone asks for: ends visits whose window has closed or that stand empty, takes people out whose node is
 * lost and who did not come back, deletes what visits left of their chat and what is past its retention. Several
 * processes may do so at once.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  #loop: Loop | undefined;
  #sweeps = 0;
  /** Visits of this process that nobody has followed to it, each with the time at which that was noticed. */
  #unreached: ReadonlyMap<string, number> = new Map();

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  /** Who seemed to be in a visit when the process before us died has left; then sweeps until `stop`. */
  async start(): Promise<void> {
    for (const [nodeId, lastAlive] of this.#options.ownNodes) await this.#abandon(nodeId, lastAlive);
    const { clock, onError } = this.#options;
    this.#loop = every(clock, SWEEP_MS, (signal) => this.#sweep(signal), onError);
  }

  /** Idempotent; waits for the sweep that runs. */
  async stop(): Promise<void> {
    await this.#loop?.stop();
  }

  /** @returns whether all of it could be written */
  async #abandon(nodeId: string, lastAlive = 0): Promise<boolean> {
    let all = true;
    for await (const session of this.#liveOn(nodeId)) {
      if (!(await this.#takeOut(session, lastAlive))) all = false;
    }
    return all;
  }

  async *#liveOn(nodeId: string): AsyncGenerator<Session, void, void> {
    for await (const page of allSessions(this.#options.store, { nodeId, statuses: ['live'] })) yield* page;
  }

  /** Everybody in a visit left at a time. @returns whether it could be written: one that can't holds up no other */
  async #takeOut(session: Session, at: number): Promise<boolean> {
    try {
      await this.#options.sessions.abandon(session, at);
      return true;
    } catch (error) {
      this.#options.onError(error);
      return false;
    }
  }

  /**
   * Whoever is in a visit that was moved here, or placed anew, has left where nobody of it has come for the grace. Of the
   * others, those without a room are another provider's.
   */
  async #takeOutUnreached(): Promise<void> {
    const { clock, ownNodes, hasRoom, graceMs } = this.#options;
    const unreached = new Map<string, number>();
    for (const nodeId of ownNodes.keys()) {
      for await (const session of this.#liveOn(nodeId)) {
        const { sessionId, placement } = session;
        if (placement.epoch === 1 || !isOccupied(session) || hasRoom(sessionId)) continue;
        const since = this.#unreached.get(sessionId) ?? clock.now();
        unreached.set(sessionId, since);
        if (clock.now() - since >= graceMs) await this.#takeOut(session, since);
      }
    }
    this.#unreached = unreached;
  }

  /** Whoever was on a lost node and has not come back by now left when it was last alive; nothing is on it any more. */
  async #buryLost(): Promise<void> {
    const { store, lostNodes } = this.#options;
    for (const { nodeId, processId, aliveAt } of lostNodes()) {
      if (await this.#abandon(nodeId, aliveAt)) await store.nodes.release(nodeId, processId);
    }
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const { store, chats, placement, clock, retentionMs, onPurged } = this.#options;
    await this.#buryLost();
    await this.#expire(signal);
    if (this.#sweeps % SWEEPS_TO_FIND === 0) await this.#takeOutUnreached();
    if (this.#sweeps++ % SWEEPS_TO_SETTLE === 0) {
      await chats.settle();
      placement.recount(await store.countOpenByNode());
    }
    if (retentionMs === null) return;
    const endedBefore = clock.now() - retentionMs;
    const purged = await store.purge(endedBefore, BATCH, Math.min(endedBefore, clock.now() - UNTOLD_KEPT_MS));
    if (purged > 0) onPurged(purged);
  }

  /** Ends what is due, page by page. One visit that can't be written holds up no other. */
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
