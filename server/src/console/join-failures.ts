import type { JoinFailureStage } from '@televisit/shared/console.vocabulary';
import { TelevisitError, type ErrorCode } from '@televisit/shared/errors';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { RecentReads } from '../core/recent-reads.ts';
import type { Ids } from '../domain/ids.ts';
import type { ObservationStore } from '../domain/observation-store.ts';
import { seatIndex } from '../domain/session.ts';
import type { SessionStore } from '../domain/session-store.ts';

export interface JoinFailuresOptions {
  readonly store: Pick<SessionStore, 'get'> & { readonly observations: ObservationStore };
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** The person of a join token whose signature is right. */
export interface RefusedPerson {
  /** The session. */
  readonly sid: string;
  /** The user. */
  readonly sub: string;
}

/** A page tries again by itself: within this time the same refusal is recorded once, in milliseconds. */
const SAME_MS = 60_000;
/** Refusals that a page follows by itself, or that are no failure to join. */
const NO_FAILURES: ReadonlySet<ErrorCode> = new Set([
  'wrong_node',
  'shutting_down',
  'meeting_elsewhere',
  'already_joined',
  'joined_elsewhere',
  'too_many_messages',
  'store_unavailable',
]);

/** Records why people could not join, for operators. Only people whose links this server signed are recorded. */
export class JoinFailures {
  readonly #options: JoinFailuresOptions;
  readonly #recent: RecentReads;

  constructor(options: JoinFailuresOptions) {
    this.#options = options;
    this.#recent = new RecentReads(options.clock, SAME_MS);
  }

  /** Records a refusal in the background. Never throws. */
  refused(stage: JoinFailureStage, { sid, sub }: RefusedPerson, error: unknown): void {
    const code = error instanceof TelevisitError ? error.code : 'internal_error';
    if (NO_FAILURES.has(code) || !this.#recent.isNew(JSON.stringify([stage, sid, sub, code]))) return;
    this.#store(stage, { sid, sub }, code).catch((cause: unknown) =>
      this.#options.logger.warn({ err: cause }, 'failed to store a refused join'),
    );
  }

  async #store(stage: JoinFailureStage, { sid, sub }: RefusedPerson, code: ErrorCode): Promise<void> {
    const { store, clock, ids } = this.#options;
    const at = clock.now();
    const session = await store.get(sid);
    if (!session) return;
    const seat = seatIndex(session, sub);
    await store.observations.addFailure({
      failureId: ids.unique(),
      sessionId: sid,
      seat: seat < 0 ? null : seat,
      stage,
      code,
      at,
    });
  }
}
