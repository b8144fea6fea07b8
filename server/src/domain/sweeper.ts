import { allSessions } from './all-sessions.ts';
import type { Chats } from './chats.ts';
import type { Clock } from './clock.ts';
import { isOver } from './session.ts';
import type { SessionStore } from './session-store.ts';
import type { Sessions } from './sessions.ts';

export interface SweeperOptions {
  readonly store: SessionStore;
  readonly sessions: Sessions;
  readonly chats: Pick<Chats, 'settle'>;
  readonly clock: Clock;
  /** The nodes of this process. */
  readonly nodeIds: readonly string[];
  /** How long sessions are kept after their end, in milliseconds; null for ever. */
  readonly retentionMs: number | null;
  readonly onError: (error: unknown) => void;
  readonly onPurged: (sessions: number) => void;
}

/** How often it looks, in milliseconds: a visit ends this late at most. */
export const SWEEP_MS = 2000;
/** How often it looks for chats that visits left behind, in sweeps: only a server that died leaves any. */
const SWEEPS_TO_SETTLE = 30;
const BATCH = 100;
/** What endpoints are still to be told of is kept for this long at least, in milliseconds, whatever the retention. */
const UNTOLD_KEPT_MS = 3 * 24 * 60 * 60_000;

/**
 * Does what time alone asks for: ends visits whose window has closed or that stand empty, deletes what visits left of
 * their chat and what is past its retention, and notes that the process is alive. Several processes may do so at once.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  #running: Promise<void> = Promise.resolve();
  #cancel: () => void = () => undefined;
  #stopped = false;
  #sweeps = 0;

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  /** Who seemed to be in a visit when the process before us died has left; then sweeps until `stop`. */
  async start(): Promise<void> {
    const { store, clock, nodeIds } = this.#options;
    const alive = await Promise.all(nodeIds.map((nodeId) => store.lastAlive(nodeId)));
    for (const [index, nodeId] of nodeIds.entries()) await this.#abandon(nodeId, alive[index]);
    await store.markAlive(nodeIds, clock.now());
    this.#schedule();
  }

  /** Idempotent; waits for the sweep that runs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#running;
  }

  async #abandon(nodeId: string, lastAlive = 0): Promise<void> {
    const { store, sessions } = this.#options;
    for await (const page of allSessions(store, { nodeId, statuses: ['live'] })) {
      for (const { sessionId } of page) await sessions.abandon(sessionId, lastAlive);
    }
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#cancel = this.#options.clock.after(SWEEP_MS, () => {
      this.#running = this.#sweep()
        .catch(this.#options.onError)
        .finally(() => this.#schedule());
    });
  }

  async #sweep(): Promise<void> {
    const { store, chats, clock, nodeIds, retentionMs, onPurged } = this.#options;
    await store.markAlive(nodeIds, clock.now());
    await this.#expire();
    if (this.#sweeps++ % SWEEPS_TO_SETTLE === 0) await chats.settle();
    if (retentionMs === null) return;
    const endedBefore = clock.now() - retentionMs;
    const purged = await store.purge(endedBefore, BATCH, Math.min(endedBefore, clock.now() - UNTOLD_KEPT_MS));
    if (purged > 0) onPurged(purged);
  }

  /** Ends what is due, page by page. One visit that can't be written holds up no other. */
  async #expire(): Promise<void> {
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
      if (page.length < limit || fresh.length === 0 || this.#stopped) return;
    }
  }
}
