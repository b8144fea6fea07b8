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
  /** Sends what was planned; null where no mail is sent. */
  readonly mailer: { wake(): void } | null;
  readonly onError: (error: unknown) => void;
}

const BATCH = 100;
/** How often it looks for what is due, and tries again what could not be done, in milliseconds. */
const LOOK_MS = 2000;

/**
 * Reminds of visits: a fact in the session's history, and mail. The fact and that there is mail to plan are one write, and
 * mails have ids of their own: processes that do the same at once, or go on where another one died, write to nobody twice.
 */
export class Reminders {
  readonly #options: RemindersOptions;
  #stopped = false;
  readonly #running = new Set<Promise<void>>();
  readonly #cancels = new Set<() => void>();

  constructor(options: RemindersOptions) {
    this.#options = options;
  }

  /** Brings visits in line with the settings until all are, and gives what is due again and again, until `stop`. */
  start(): void {
    this.#repeat(() => this.replan());
    this.#repeat(async () => {
      await this.run();
      return false;
    });
  }

  /** Idempotent; waits for the visits that are at hand. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#cancels) cancel();
    await Promise.all(this.#running);
  }

  /** Does something until it says that it is done. */
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
        const cancel = clock.after(LOOK_MS, () => {
          this.#cancels.delete(cancel);
          this.#repeat(job);
        });
        this.#cancels.add(cancel);
      });
    this.#running.add(running);
  }

  /**
   * Brings visits that lie ahead in line with the settings: older versions, or other settings, may have planned them.
   * @returns whether all are
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

  /** Does what is due now. One visit that can't be written holds up no other. */
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
