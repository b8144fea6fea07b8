import type {
  NotificationChannel,
  NotificationKind,
  NotificationState,
} from '@televisit/shared/notifications';

/** A text or push message to the user of a seat. It holds no personal data: the rest is composed when it is sent. */
export interface Notification {
  /** Derived from all properties that distinguish notifications, so that the same one is not created twice. */
  readonly notificationId: string;
  readonly sessionId: string;
  /** The index of the seat in the session's `seats`. */
  readonly seat: number;
  readonly kind: NotificationKind;
  readonly channel: NotificationChannel;
  /** The lead time of a reminder in minutes; null for other kinds. */
  readonly minutesBefore: number | null;
  /** The session's `calendarSequence` that it announces. */
  readonly sequence: number;
  readonly state: NotificationState;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
  /** When it is due, or may be claimed by another process; null once it is settled. */
  readonly dueAt: number | null;
  /** When it reached a state other than `pending`. */
  readonly settledAt: number | null;
  /** The number of times it was claimed. */
  readonly attempts: number;
  /** The number of attempts that failed at the provider, which the delay of the next one depends on. */
  readonly failures: number;
  /** The number of the last attempt up to which the provider certainly accepted nothing. */
  readonly cleared: number;
  /** The provider's id of the message; null if there is none. */
  readonly providerId: string | null;
  /** Why it is not sent, or not delivered: a code. */
  readonly error: string | null;
}

/** The result of an attempt: a final state, or the time of the next attempt. */
export type NotificationOutcome =
  | { readonly state: 'sent'; readonly at: number; readonly providerId: string | null }
  | { readonly state: 'failed' | 'dropped'; readonly at: number; readonly error: string }
  | ({
      readonly state: 'pending';
      readonly dueAt: number;
      readonly error: string | null;
    } & Pick<Notification, 'failures' | 'cleared'>);

/** What a provider reports of an accepted message. */
export interface DeliveryReport {
  readonly state: 'sent' | 'delivered' | 'failed';
  readonly at: number;
  readonly providerId: string | null;
  readonly error: string | null;
}

/** The states that each report changes: reports arrive late, repeated and in any order, and arrival is the last word. */
export const REPORTABLE: Readonly<Record<DeliveryReport['state'], readonly NotificationState[]>> = {
  sent: ['pending'],
  failed: ['pending', 'sent'],
  delivered: ['pending', 'sent', 'failed', 'dropped'],
};

/**
 * Stores notifications and their delivery state. A resolved promise means that the write is on disk. Every adapter passes
 * the same contract suite (`test/contract/notification-store.ts`).
 * @throws {TelevisitError} `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface NotificationStore {
  /** Stores new notifications. Existing ones are left unchanged. */
  add(notifications: readonly Notification[]): Promise<void>;
  /**
   * Claims up to `limit` notifications that are due at `now`, oldest first. Other processes cannot claim them before
   * `now + leaseMs`; the caller must settle them before then.
   */
  claim(now: number, leaseMs: number, limit: number): Promise<readonly Notification[]>;
  /**
   * Stores the outcome of a claimed notification.
   * @returns false, without writing, if another process has claimed it since, a report has settled it, or it is gone
   */
  settle(claimed: Notification, outcome: NotificationOutcome): Promise<boolean>;
  /**
   * Stores a provider's report, whether or not the message is claimed.
   * @returns the notification as it is now; null if the report changes nothing (`REPORTABLE`), or it does not exist
   */
  report(notificationId: string, report: DeliveryReport): Promise<Notification | null>;
  /** Returns the notifications of a session in the order of their creation and ids. */
  ofSession(sessionId: string): Promise<readonly Notification[]>;
  /** Deletes the notifications of one seat. */
  deleteSeat(sessionId: string, seat: number): Promise<void>;
}

/** The kinds of which a person gets one in each visit, whatever its time. */
const ONCE_PER_VISIT: readonly NotificationKind[] = ['host_waiting', 'host_here'];

/**
 * Returns a pending notification.
 * @param dueAt when to send it
 * @param notice the number of the notice that requires it, if one does
 */
export function newNotification(
  given: Pick<Notification, 'sessionId' | 'seat' | 'kind' | 'channel' | 'minutesBefore' | 'sequence'>,
  now: number,
  dueAt: number,
  notice: number | null = null,
): Notification {
  const { sessionId, seat, kind, channel, minutesBefore, sequence } = given;
  const version = ONCE_PER_VISIT.includes(kind) ? null : sequence;
  const parts = [sessionId, seat, version, kind, minutesBefore ?? notice, channel];
  return {
    ...given,
    notificationId: parts.filter((part) => part !== null).join('.'),
    state: 'pending',
    createdAt: now,
    dueAt,
    settledAt: null,
    attempts: 0,
    failures: 0,
    cleared: 0,
    providerId: null,
    error: null,
  };
}
