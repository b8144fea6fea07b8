import type { Logger } from 'pino';
import { invitationCalendar } from '../calendar/visit-calendar.ts';
import { Backoff, retry } from '../core/backoff.ts';
import { ClaimLoop } from '../core/claim-loop.ts';
import type { Clock } from '../core/clock.ts';
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
  /** IANA time zone of people whose seat has none. */
  readonly timeZone: string;
  /** The public host name, for message ids. */
  readonly host: () => string;
  /** Returns the personal link of a seat. */
  readonly linkOf: (session: Session, seat: number) => string;
  /** Returns where a person chooses their text and push messages; null if there are none. */
  readonly messagesLinkOf?: (session: Session, seat: number) => string | null;
  /** From 0 to 1. */
  readonly random?: () => number;
  /** How long a claimed e-mail belongs to this process, in milliseconds: longer than sending takes, with room for clock skew. */
  readonly leaseMs?: number;
}

const LEASE_MS = SMTP_TIMES.deadlineMs + 90_000;
/** The retries of storing an outcome. */
const STORE_RETRIES = new Backoff({ firstMs: 2000 });
const MAX_STORE_ATTEMPTS = 20;

/**
 * Sends the e-mails in the store. Each is claimed first, so that only one process sends it. If a process dies after the mail
 * server accepted an e-mail but before storing that, another process sends it again with the same Message-ID.
 */
export class Mailer {
  readonly #options: MailerOptions;
  readonly #loop: ClaimLoop<Mail>;

  constructor(options: MailerOptions) {
    const { store, clock, logger, leaseMs = LEASE_MS } = options;
    this.#options = options;
    this.#loop = new ClaimLoop({
      clock,
      claim: (limit) => store.claim(clock.now(), leaseMs, limit),
      handle: (mail, signal) => this.#deliver(mail, signal),
      onClaimError: (error) => logger.warn({ err: error }, 'failed to claim e-mails'),
      onItemError: (error, { sessionId }) => {
        // Nothing of the error's message: SMTP servers repeat addresses in their replies.
        const reason = error instanceof Error ? error.name : 'unknown';
        logger.warn({ sessionId, reason }, 'e-mail delivery status unknown');
      },
    });
  }

  /** Polls for e-mails until `stop`. */
  start(): void {
    this.#loop.start();
  }

  /** Checks for e-mails to send now. */
  wake(): void {
    this.#loop.wake();
  }

  /** Stops polling. Waits briefly for e-mails that are being sent, then aborts them; they are sent again later. Idempotent. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #deliver(mail: Mail, signal: AbortSignal): Promise<void> {
    const { sessions, clock, logger } = this.#options;
    const { sessionId, kind } = mail;
    const session = await sessions.find(sessionId);
    const drop = reasonToDrop(mail, session, clock.now());
    if (!session || drop !== null) {
      await this.#settle(mail, { state: 'dropped', at: clock.now(), error: drop ?? 'nobody_there' });
      return;
    }
    const outcome = await this.#attempt(mail, session, signal);
    const stored = await this.#settle(mail, outcome);
    const about = { sessionId, kind, attempts: mail.attempts, stored };
    if (outcome.state === 'sent') logger.info(about, 'e-mail sent');
    else logger.warn({ ...about, state: outcome.state, error: outcome.error }, 'failed to send e-mail');
  }

  async #attempt(mail: Mail, session: Session, signal: AbortSignal): Promise<MailOutcome> {
    const { transport, clock, random = Math.random } = this.#options;
    try {
      await transport.send(this.#compose(mail, session), signal);
      return { state: 'sent', at: clock.now() };
    } catch (error) {
      if (!(error instanceof MailError)) throw error;
      const now = clock.now();
      const dueAt = error.permanent ? null : nextTry(mail, session, error.code, now, random());
      if (dueAt === null) return { state: 'failed', at: now, error: error.code };
      return { state: 'pending', dueAt, error: error.code };
    }
  }

  #compose(mail: Mail, session: Session): OutgoingMail {
    const { from, timeZone, host, linkOf, messagesLinkOf } = this.#options;
    const known = session.seats[mail.seat] as Session['seats'][number];
    // A former address may be that of another person, who must not learn the name.
    const seat = mail.address === null ? known : { ...known, displayName: null };
    const to = { name: seat.displayName, address: mail.address ?? seat.email ?? '' };
    const method = mail.kind === 'withdrawn' || session.status === 'cancelled' ? 'CANCEL' : 'REQUEST';
    const link = linkOf(session, mail.seat);
    const messagesLink = mail.address === null ? (messagesLinkOf?.(session, mail.seat) ?? null) : null;
    const context = { kind: mail.kind, session, seat, link, messagesLink, timeZone };
    const { localization, ...content } = mailContent(context);
    const calendar = invitationCalendar(session, {
      method,
      organizer: from,
      attendee: to,
      link: method === 'REQUEST' ? link : null,
      untitled: localization.t('untitled'),
    });
    return {
      ...content,
      to,
      language: localization.locale,
      messageId: `<${mail.mailId}@${host()}>`,
      calendar: { method, content: calendar },
    };
  }

  /** Stores an outcome. Retries, so that a brief outage of the store does not cause an e-mail to be sent twice. */
  #settle(mail: Mail, outcome: MailOutcome): Promise<boolean> {
    const { store, clock } = this.#options;
    const giveUp = (_: unknown, failures: number) => this.#loop.stopped || failures === MAX_STORE_ATTEMPTS;
    return retry(clock, STORE_RETRIES, () => store.settle(mail, outcome), giveUp);
  }
}
