import type { UnsentSession, WebhookStore } from '../domain/webhook-store.ts';

/** The number of sessions on a page, not counting those that failed before. */
export const PAGE_SIZE = 100;

/** A part of what a scan finds. */
export interface ScanPage {
  /** The sessions to dispatch. */
  readonly sessions: readonly UnsentSession[];
  /** Whether there may be more unsent sessions. */
  readonly isFull: boolean;
}

/**
 * Finds sessions whose events no process dispatches. Sessions that are still unsent at the second scan were abandoned by
 * their process; newer ones are probably in progress elsewhere. If there are more than a page of them, the other processes do
 * not keep up, and all of them count.
 */
export class OutboxScanner {
  readonly #webhooks: Pick<WebhookStore, 'unsentSessions'>;
  /** The sessions that were unsent on the previous page. */
  #seen: ReadonlySet<string> = new Set();
  /** The sessions that failed since the previous scan began. */
  #failed: ReadonlySet<string> = new Set();
  #isFirstPage = true;

  constructor(webhooks: Pick<WebhookStore, 'unsentSessions'>) {
    this.#webhooks = webhooks;
  }

  /** Begins a scan, in which sessions that failed before are tried again, once. */
  begin(): void {
    this.#isFirstPage = true;
  }

  /** Reads the next page. @param own sessions that this process is responsible for, however new they are */
  async next(own: ReadonlySet<string>): Promise<ScanPage> {
    // Sessions that fail again and again must not crowd out the others.
    const limit = PAGE_SIZE + this.#failed.size;
    const unsent = await this.#webhooks.unsentSessions(limit);
    const isFull = unsent.length === limit;
    const sessions = unsent.filter(({ sessionId }) => {
      const isAbandoned = isFull || this.#seen.has(sessionId) || own.has(sessionId);
      return isAbandoned && (this.#isFirstPage || !this.#failed.has(sessionId));
    });
    this.#seen = new Set(unsent.map(({ sessionId }) => sessionId));
    return { sessions, isFull };
  }

  /** Notes which sessions of the page failed. */
  report(failed: readonly string[]): void {
    this.#failed = new Set(this.#isFirstPage ? failed : [...this.#failed, ...failed]);
    this.#isFirstPage = false;
  }
}
