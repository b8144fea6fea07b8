import { allSessions } from '../domain/all-sessions.ts';
import type { Clock } from '../domain/clock.ts';
import type { MailStore } from '../domain/mail-store.ts';
import { needsMail } from '../domain/reminder-times.ts';
import type { Session } from '../domain/session.ts';
import type { SessionStore } from '../domain/session-store.ts';
import type { Sessions } from '../domain/sessions.ts';
import { mailsFor } from './mail-plan.ts';

export interface RemindersOptions {
  readonly store: SessionStore;
  readonly mail: MailStore;
  readonly sessions: Sessions;
  readonly clock: Clock;
  /** Sends planned e-mails; null if the server sends none. */
  readonly mailer: { wake(): void } | null;
  readonly onError: (error: unknown) => void;
}

const BATCH = 100;
/** The interval between polls for due reminders, in milliseconds. */
const POLL_MS = 2000;

/**
 * Issues reminders of visits: an event in the session's history, and e-mails. The event and the need to plan e-mails are one
 * write, and ids of e-mails are derived from their content, so that concurrent processes, or one that resumes the work of
 * another, send nothing twice.
 */
export class Reminders {
  readonly #options: RemindersOptions;
  #stopped = false;
  readonly #running = new Set<Promise<void>>();
  readonly #cancels = new Set<() => void>();

  constructor(options: RemindersOptions) {
    this.#options = options;
  }

  /** Applies the current settings to all visits, and polls for due reminders until `stop`. */
  start(): void {
    this.#repeat(() => this.replan());
    this.#repeat(async () => {
      await this.run();
      return false;
    });
  }

  /** Stops polling and waits for visits in progress. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#cancels) cancel();
    await Promise.all(this.#running);
  }

  /** Runs a job repeatedly until it returns true. */
  #repeat(job: () => Promise<boolean>): void {
    const { clock, onError } = this.#options;
    const running = job()
      .catch((error: unknown) => {
        onError(error);
        return false;
      })
      .then((done) => {
        this.#running.delete(running);
        if (done || this.#stopped) return;
        const cancel = clock.after(POLL_MS, () => {
          this.#cancels.delete(cancel);
          this.#repeat(job);
        });
        this.#cancels.add(cancel);
      });
    this.#running.add(running);
  }

  /**
   * Applies the current settings to upcoming visits, which may have been planned under others.
   * @returns whether all were updated
   */
  async replan(): Promise<boolean> {
    const { store, sessions, clock, onError } = this.#options;
    let complete = true;
    for await (const page of allSessions(store, { statuses: ['scheduled'], from: clock.now() })) {
      for (const { sessionId } of page) {
        if (this.#stopped) return false;
        await sessions.replanReminders(sessionId).catch((error: unknown) => {
          complete = false;
          onError(error);
        });
      }
    }
    return complete;
  }

  /** Issues the reminders that are due. A visit that can't be written does not block others. */
  async run(): Promise<void> {
    const { store, clock, onError } = this.#options;
    const stuck = new Set<string>();
    for (;;) {
      const limit = BATCH + stuck.size;
      const page = await store.dueReminders(clock.now(), limit);
      const fresh = page.filter(({ sessionId }) => !stuck.has(sessionId));
      for (const session of fresh) {
        if (this.#stopped) return;
        const next = await this.#remind(session).catch(onError);
        if (!next || (next.remindAt !== null && next.remindAt <= clock.now())) stuck.add(session.sessionId);
      }
      if (page.length < limit || fresh.length === 0 || this.#stopped) return;
    }
  }

  async #remind({ sessionId }: Session): Promise<Session> {
    const { sessions, mailer } = this.#options;
    const session = await sessions.remind(sessionId, mailer !== null);
    return needsMail(session) ? this.#plan(session) : session;
  }

  async #plan(session: Session): Promise<Session> {
    const { mail, sessions, clock, mailer } = this.#options;
    const mails = mailer ? mailsFor(session, await mail.ofSession(session.sessionId), clock.now()) : [];
    await mail.add(mails);
    const next = await sessions.mailPlanned(session, mails.length > 0);
    mailer?.wake();
    return next;
  }
}
