import type { Logger } from 'pino';
import { invitationCalendar, invitationMethod } from '../calendar/visit-calendar.ts';
import { Backoff, retry } from '../core/backoff.ts';
import { systemClock, type Clock } from '../core/clock.ts';
import { every, type Loop } from '../core/every.ts';
import { withTimeout } from '../core/with-timeout.ts';
import type { Mail, MailOutcome, MailStore } from '../domain/mail-store.ts';
import type { Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import { mailContent } from './mail-content.ts';
import { nextTry, reasonToDrop } from './mail-plan.ts';
import type { MailAddress } from './mail-settings.ts';
import { MailError, SMTP_TIMES, type MailTransport, type OutgoingMail } from './smtp.ts';

export interface MailerOptions {
  readonly store: MailStore;
  readonly sessions: Pick<Sessions, 'find'>;
  readonly transport: MailTransport;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  readonly from: MailAddress;
  /** IANA name of the zone for those whose seat names none. */
  readonly timeZone: string;
  /** The host name that people reach us by; it makes the ids of messages. */
  readonly host: () => string;
  /** Where the person in a seat enters. */
  readonly linkOf: (session: Session, seat: number) => string;
  /** From 0 to 1. */
  readonly random?: () => number;
  /** How long a mail is ours alone, in milliseconds: longer than its sending takes, and clocks differ. */
  readonly leaseMs?: number;
}

const LEASE_MS = SMTP_TIMES.deadlineMs + 90_000;
/** How often it looks for what others planned, or what is to be tried again, in milliseconds. */
const POLL_MS = 2000;
/** So many mails are on their way at once. */
const PARALLEL = 4;
/** A mail that is on its way when the server closes gets this long, in milliseconds. */
const LAST_MAIL_MS = 2000;
/** The retries of storing what became of a mail. */
const STORE_RETRIES = new Backoff({ firstMs: 2000 });
const MAX_STORE_ATTEMPTS = 20;

/**
 * Sends the mail that the store holds. Each mail is claimed before it is sent, so that of several processes one sends it;
 * where one dies between the mail server's yes and its own note, another sends it again under the same Message-ID.
 */
export class Mailer {
  readonly #options: MailerOptions;
  readonly #sending = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #claiming: Promise<void> | null = null;
  #again = false;
  #stopped = false;
  #loop: Loop | undefined;

  constructor(options: MailerOptions) {
    this.#options = options;
  }

  /** Looks for mail now, and again and again until `stop`. */
  start(): void {
    const { clock, logger } = this.#options;
    this.#loop = every(
      clock,
      POLL_MS,
      () => this.wake(),
      (error) => logger.warn({ err: error }, 'failed to look for mail'),
      { immediately: true },
    );
  }

  /** There may be mail to send. */
  wake(): void {
    if (this.#stopped) return;
    this.#again = true;
    this.#claiming ??= this.#claim()
      .catch((error: unknown) => this.#options.logger.warn({ err: error }, 'mail could not be claimed'))
      .finally(() => (this.#claiming = null));
  }

  /** Idempotent; what is on its way gets a moment, and is then left to be sent again. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop?.stop();
    // A mail server does not follow the clock of a test.
    await withTimeout(systemClock, LAST_MAIL_MS, this.#idle(), () => this.#closing.abort());
    await this.#idle();
  }

  async #idle(): Promise<void> {
    await this.#claiming;
    await Promise.all(this.#sending);
  }

  async #claim(): Promise<void> {
    const { store, clock, leaseMs = LEASE_MS } = this.#options;
    while (this.#again && !this.#stopped) {
      const free = PARALLEL - this.#sending.size;
      // Whoever is done wakes us.
      if (free === 0) return;
      this.#again = false;
      const mails = await store.claim(clock.now(), leaseMs, free);
      if (mails.length === free) this.#again = true;
      for (const mail of mails) this.#send(mail);
    }
  }

  #send(mail: Mail): void {
    const sending = this.#deliver(mail)
      .catch((error: unknown) => {
        // Nothing of the mail itself: an SMTP server repeats addresses in its answers.
        const reason = error instanceof Error ? error.name : 'unknown';
        this.#options.logger.warn({ sessionId: mail.sessionId, reason }, 'what became of a mail is unknown');
      })
      .finally(() => {
        this.#sending.delete(sending);
        this.wake();
      });
    this.#sending.add(sending);
  }

  async #deliver(mail: Mail): Promise<void> {
    const { sessions, clock, logger } = this.#options;
    const { sessionId, kind } = mail;
    const session = await sessions.find(sessionId);
    const drop = reasonToDrop(mail, session, clock.now());
    if (!session || drop !== null) {
      await this.#settle(mail, { state: 'dropped', at: clock.now(), error: drop ?? 'nobody_there' });
      return;
    }
    const outcome = await this.#attempt(mail, session);
    const noted = await this.#settle(mail, outcome);
    const about = { sessionId, kind, attempts: mail.attempts, noted };
    if (outcome.state === 'sent') logger.info(about, 'mail sent');
    else logger.warn({ ...about, state: outcome.state, error: outcome.error }, 'mail not sent');
  }

  async #attempt(mail: Mail, session: Session): Promise<MailOutcome> {
    const { transport, clock, random = Math.random } = this.#options;
    try {
      await transport.send(this.#written(mail, session), this.#closing.signal);
      return { state: 'sent', at: clock.now() };
    } catch (error) {
      if (!(error instanceof MailError)) throw error;
      const now = clock.now();
      const dueAt = error.permanent ? null : nextTry(mail, session, error.code, now, random());
      if (dueAt === null) return { state: 'failed', at: now, error: error.code };
      return { state: 'pending', dueAt, error: error.code };
    }
  }

  #written(mail: Mail, session: Session): OutgoingMail {
    const { from, timeZone, host, linkOf } = this.#options;
    const seat = session.seats[mail.seat] as Session['seats'][number];
    const to = { name: seat.displayName, address: seat.email ?? '' };
    const link = linkOf(session, mail.seat);
    const { speech, ...words } = mailContent({ kind: mail.kind, session, seat, link, timeZone });
    const content = invitationCalendar(session, {
      organizer: from,
      attendee: to,
      untitled: speech.words.untitled,
    });
    return {
      ...words,
      to,
      language: speech.locale,
      messageId: `<${mail.mailId}@${host()}>`,
      calendar: { method: invitationMethod(session), content },
    };
  }

  /** What was sent must not be sent again because the store was away for a moment. */
  #settle(mail: Mail, outcome: MailOutcome): Promise<boolean> {
    const { store, clock } = this.#options;
    const giveUp = (_: unknown, failures: number) => this.#stopped || failures === MAX_STORE_ATTEMPTS;
    return retry(clock, STORE_RETRIES, () => store.settle(mail, outcome), giveUp);
  }
}
