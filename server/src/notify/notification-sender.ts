import type { Logger } from 'pino';
import { Backoff, retry } from '../core/backoff.ts';
import { ClaimLoop } from '../core/claim-loop.ts';
import type { Clock } from '../core/clock.ts';
import { SYSTEM } from '../domain/events.ts';
import type { Notification, NotificationOutcome } from '../domain/notification-store.ts';
import { optOutOf } from '../domain/seats.ts';
import type { Store } from '../domain/session-store.ts';
import type { Seat, Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import { pushPayload, smsText } from './notification-content.ts';
import {
  expiryOf,
  isCall,
  nextTry,
  notBefore,
  reasonToDrop,
  type NotificationRules,
} from './notification-plan.ts';
import { OPTED_OUT, type Answer, type Notifier, type OutgoingPush, type OutgoingSms } from './notifier.ts';

export interface NotificationSenderOptions {
  readonly store: Pick<Store, 'notifications' | 'push'>;
  readonly sessions: Pick<Sessions, 'find' | 'note' | 'apply'>;
  /** Null for channels that are not configured. */
  readonly sms: Notifier<OutgoingSms> | null;
  readonly push: Notifier<OutgoingPush> | null;
  readonly rules: NotificationRules;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Returns the personal link of a seat. */
  readonly linkOf: (session: Session, seat: number) => string;
  /** How long a claimed notification belongs to this process, in milliseconds: longer than sending takes. */
  readonly leaseMs?: number;
}

/** Three requests of ten seconds with the pauses between them, to look for a message and to send it, and room for clock skew. */
const LEASE_MS = 3 * 60_000;
/** The delays between attempts; calls are of use for a short time only. */
const RETRIES = { firstMs: 30_000, maxMs: 15 * 60_000, jitter: 0.2 };
const CALL_RETRIES = { firstMs: 5000, maxMs: 60_000, jitter: 0.2 };
/** The retries of storing an outcome. */
const STORE_RETRIES = new Backoff({ firstMs: 2000 });
const MAX_STORE_ATTEMPTS = 20;

/**
 * Sends the notifications in the store. Each is claimed first, so that only one process sends it. If a process dies after the
 * provider accepted a message but before storing that, another process finds out (Twilio), or sends it again with the same key
 * (gateway) or topic (push service).
 */
export class NotificationSender {
  readonly #options: NotificationSenderOptions;
  readonly #loop: ClaimLoop<Notification>;

  constructor(options: NotificationSenderOptions) {
    const { store, clock, logger, leaseMs = LEASE_MS } = options;
    this.#options = options;
    this.#loop = new ClaimLoop({
      clock,
      claim: (limit) => store.notifications.claim(clock.now(), leaseMs, limit),
      handle: (notification, signal) => this.#deliver(notification, signal),
      onClaimError: (error) => logger.warn({ err: error }, 'failed to claim notifications'),
      onItemError: (error, { sessionId, kind, channel }) => {
        // Nothing of the error's message: it could repeat an address.
        const reason = error instanceof Error ? error.name : 'unknown';
        logger.warn({ sessionId, kind, channel, reason }, 'notification delivery status unknown');
      },
    });
  }

  /** Polls for notifications until `stop`. */
  start(): void {
    this.#loop.start();
  }

  /** Checks for notifications to send now. */
  wake(): void {
    this.#loop.wake();
  }

  /** Stops polling. Waits briefly for notifications that are being sent, then ends their requests. Idempotent. */
  async stop(): Promise<void> {
    const stopping = this.#loop.stop();
    await stopping;
    this.#options.sms?.close();
    this.#options.push?.close();
  }

  async #deliver(notification: Notification, signal: AbortSignal): Promise<void> {
    const { sessions, clock, logger, rules } = this.#options;
    const now = clock.now();
    const { sessionId, seat: place, kind, channel } = notification;
    const session = await sessions.find(sessionId);
    const seat = session?.seats[place];
    const drop = reasonToDrop(notification, session, now);
    if (!session || !seat || drop !== null) {
      await this.#settle(notification, { state: 'dropped', at: now, error: drop ?? 'nobody_there' });
      return;
    }
    const dueAt = notBefore(notification, session, rules, now);
    if (dueAt > now) {
      await this.#settle(notification, this.#later(notification, dueAt, null, true));
      return;
    }
    const answer = await this.#send(notification, session, seat, signal);
    const outcome = this.#outcomeOf(answer, notification, session);
    const stored = await this.#settle(notification, outcome);
    const about = { sessionId, kind, channel, attempts: notification.attempts, stored };
    if (outcome.state === 'sent') logger.info(about, 'notification sent');
    else logger.warn({ ...about, state: outcome.state, error: outcome.error }, 'failed to send notification');
    if (stored) await this.#record(notification, outcome);
  }

  #send(notification: Notification, session: Session, seat: Seat, signal: AbortSignal): Promise<Answer> {
    const { sms, push } = this.#options;
    if (notification.channel === 'sms') {
      return sms ? this.#sendSms(sms, notification, session, seat, signal) : notConfigured();
    }
    return push ? this.#sendPush(push, notification, session, seat, signal) : notConfigured();
  }

  #sendSms(
    sms: Notifier<OutgoingSms>,
    notification: Notification,
    session: Session,
    seat: Seat,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { clock, rules, linkOf } = this.#options;
    const { notificationId, kind, createdAt, attempts, cleared } = notification;
    const link = linkOf(session, notification.seat);
    const outgoing: OutgoingSms = {
      channel: 'sms',
      key: notificationId,
      to: seat.phone ?? '',
      text: smsText({ kind, session, seat, link, timeZone: rules.timeZone }),
      expiresAt: expiryOf(notification, session, clock.now()),
      since: createdAt,
      mayBeKnown: attempts - 1 > cleared,
    };
    return sms.send(outgoing, signal);
  }

  /** Sends to all browsers of the person; one that accepts is enough. */
  async #sendPush(
    push: Notifier<OutgoingPush>,
    notification: Notification,
    session: Session,
    seat: Seat,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { store, clock, rules, linkOf } = this.#options;
    const { notificationId, sessionId, kind } = notification;
    const link = linkOf(session, notification.seat);
    const payload = pushPayload({ kind, session, seat, link, timeZone: rules.timeZone });
    const expiresAt = expiryOf(notification, session, clock.now());
    const browsers = (await store.push.ofSession(sessionId)).filter((one) => one.seat === notification.seat);
    const answers = await Promise.all(
      browsers.map(async (to) => {
        const urgent = isCall(notification);
        const answer = await push.send(
          { channel: 'push', key: notificationId, to, payload, expiresAt, urgent },
          signal,
        );
        if (answer.outcome === 'refused' && answer.permanent) await store.push.deleteEndpoint(to.endpoint);
        return answer;
      }),
    );
    const best = ['accepted', 'retry', 'refused'].map((outcome) =>
      answers.find((answer) => answer.outcome === outcome),
    );
    return best.find((answer) => answer) ?? { outcome: 'refused', permanent: false, code: 'nobody_there' };
  }

  #outcomeOf(answer: Answer, notification: Notification, session: Session): NotificationOutcome {
    const now = this.#options.clock.now();
    if (answer.outcome === 'accepted') return { state: 'sent', at: now, providerId: answer.providerId };
    if (answer.outcome === 'refused') return { state: 'failed', at: now, error: answer.code };
    const backoff = new Backoff(isCall(notification) ? CALL_RETRIES : RETRIES);
    const delay = Math.max(answer.afterMs ?? 0, backoff.delay(notification.failures + 1));
    const dueAt = nextTry(notification, session, now, delay);
    if (dueAt === null) return { state: 'failed', at: now, error: answer.code };
    const failed = { ...notification, failures: notification.failures + 1 };
    return this.#later(failed, dueAt, answer.code, answer.certain);
  }

  /** @param certain whether this attempt was certainly not accepted */
  #later(
    { attempts, cleared, failures }: Notification,
    dueAt: number,
    error: string | null,
    certain: boolean,
  ): NotificationOutcome {
    const isClear = certain && attempts - 1 === cleared;
    return { state: 'pending', dueAt, error, failures, cleared: isClear ? attempts : cleared };
  }

  /** Records a final outcome in the audit log, and a person's opt-out in their seat. */
  async #record(notification: Notification, outcome: NotificationOutcome): Promise<void> {
    if (outcome.state !== 'sent' && outcome.state !== 'failed') return;
    await recordOutcome(
      this.#options.sessions,
      notification,
      outcome.state,
      outcome.state === 'failed' ? outcome.error : null,
    );
  }

  /** Stores an outcome. Retries, so that a brief outage of the store does not cause a message to be sent twice. */
  #settle(notification: Notification, outcome: NotificationOutcome): Promise<boolean> {
    const { store, clock } = this.#options;
    const giveUp = (_: unknown, failures: number) => this.#loop.stopped || failures === MAX_STORE_ATTEMPTS;
    return retry(clock, STORE_RETRIES, () => store.notifications.settle(notification, outcome), giveUp);
  }
}

/** Records what became of a notification in the audit log, and a person's opt-out in their seat. */
export async function recordOutcome(
  sessions: Pick<Sessions, 'note' | 'apply'>,
  { sessionId, seat, kind, channel }: Notification,
  state: 'sent' | 'delivered' | 'failed',
  error: string | null,
): Promise<void> {
  await sessions.note(sessionId, { type: `notification.${state}`, seat, kind, channel, by: SYSTEM });
  if (error === OPTED_OUT) await sessions.apply(sessionId, optOutOf(seat));
}

/** The server was started without a channel for which it had planned notifications before. */
function notConfigured(): Promise<Answer> {
  return Promise.resolve({ outcome: 'refused', permanent: false, code: 'not_configured' });
}
