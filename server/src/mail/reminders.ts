import type { Clock } from '../core/clock.ts';
import { every, type Loop } from '../core/timing.ts';
import type { MailStore } from '../domain/mail-store.ts';
import { needsMessages } from '../domain/reminder-times.ts';
import type { Session } from '../domain/session.ts';
import { type SessionStore, allSessions } from '../domain/session-store.ts';
import type { Sessions } from '../domain/sessions.ts';
import { mailsFor } from './mail-plan.ts';

export interface RemindersOptions {
  readonly store: SessionStore;
  readonly mail: MailStore;
  readonly sessions: Sessions;
  readonly clock: Clock;
  /** Sends planned e-mails; null if the server sends none. */
  readonly mailer: { wake(): void } | null;
  /** Plans and sends messages by other channels; default: none. */
  readonly notifications?: MessagePlanner | null;
  readonly onError: (error: unknown) => void;
}

/** Plans messages to the people of a visit. */
export interface MessagePlanner {
  /** Stores the messages that a session requires; repeating it stores nothing twice. @returns whether there are any */
  plan(session: Session): Promise<boolean>;
  /** Sends planned messages now. */
  wake(): void;
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
  #due: Loop | undefined;
  #replanning: Loop | undefined;

  constructor(options: RemindersOptions) {
    this.#options = options;
  }

  /** Applies the current settings to all visits, and polls for due reminders until `stop`. */
  start(): void {
    const { clock, onError } = this.#options;
    const immediately = { immediately: true };
    this.#due = every(clock, POLL_MS, () => this.run(), onError, immediately);
    const replanning = every(
      clock,
      POLL_MS,
      async () => {
        if (await this.replan()) void replanning.stop();
      },
      onError,
      immediately,
    );
    this.#replanning = replanning;
  }

  /** Stops polling and waits for visits in progress. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([this.#replanning?.stop(), this.#due?.stop()]);
  }

  /** Looks for due reminders now rather than at the next interval. */
  wake(): void {
    this.#due?.trigger();
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
    const { sessions, mailer, notifications = null } = this.#options;
    const session = await sessions.remind(sessionId, mailer !== null || notifications !== null);
    return needsMessages(session) ? this.#plan(session) : session;
  }

  async #plan(session: Session): Promise<Session> {
    const { mail, sessions, clock, mailer, notifications } = this.#options;
    const mails = mailer ? mailsFor(session, await mail.ofSession(session.sessionId), clock.now()) : [];
    await mail.add(mails);
    const notified = (await notifications?.plan(session)) ?? false;
    const next = await sessions.messagesPlanned(session, mails.length > 0 || notified);
    mailer?.wake();
    notifications?.wake();
    return next;
  }
}
