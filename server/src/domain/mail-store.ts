/** The kinds of mail about a visit. */
export const MAIL_KINDS = ['invited', 'reminder', 'moved', 'withdrawn', 'cancelled'] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

/**
 * `pending`: to be sent, possibly again; `failed`: refused permanently, or retried for too long; `dropped`: without a
 * recipient, or outdated.
 */
export type MailState = 'pending' | 'sent' | 'failed' | 'dropped';

/** A mail to the user of a seat. It holds no personal data but a former address: the rest is composed when it is sent. */
export interface Mail {
  /** Derived from all properties that distinguish mails, so that the same mail is not created twice. */
  readonly mailId: string;
  readonly sessionId: string;
  /** The index of the seat in the session's `seats`. */
  readonly seat: number;
  readonly kind: MailKind;
  /** The lead time of a reminder in minutes; null for other kinds. */
  readonly minutesBefore: number | null;
  /** The session's `calendarSequence` that it announces. */
  readonly sequence: number;
  /** The address, if it is no longer that of the seat; null otherwise, and once the mail is settled. */
  readonly address: string | null;
  readonly state: MailState;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
  /** When it is due, or may be claimed by another process; null once it is settled. */
  readonly dueAt: number | null;
  /** When it was sent, failed or was dropped. */
  readonly settledAt: number | null;
  /** The number of times it was claimed. */
  readonly attempts: number;
  /** The error of the last attempt: a code, and the SMTP reply code (RFC 5321, 4.2) if there was one. */
  readonly error: string | null;
}

/** The result of an attempt: a final state, or the time of the next attempt. */
export type MailOutcome =
  | { readonly state: 'sent'; readonly at: number }
  | { readonly state: 'failed' | 'dropped'; readonly at: number; readonly error: string }
  | { readonly state: 'pending'; readonly dueAt: number; readonly error: string };

/**
 * Stores mails and their delivery state. A resolved promise means that the write is on disk. Every adapter passes the
 * same contract suite (`test/contract/mail-store.ts`).
 * @throws {TelevisitError} `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface MailStore {
  /** Stores new mails. Existing ones are left unchanged. */
  add(mails: readonly Mail[]): Promise<void>;
  /**
   * Claims up to `limit` mails that are due at `now`, oldest first. Other processes cannot claim them before
   * `now + leaseMs`; the caller must settle them before then.
   */
  claim(now: number, leaseMs: number, limit: number): Promise<readonly Mail[]>;
  /**
   * Stores the outcome of a claimed mail.
   * @returns false, without writing, if another process has claimed it since, or it no longer exists
   */
  settle(claimed: Mail, outcome: MailOutcome): Promise<boolean>;
  /** Returns the mails of a session in the order of their ids. */
  ofSession(sessionId: string): Promise<readonly Mail[]>;
  /** Deletes the mails of one seat. */
  deleteSeat(sessionId: string, seat: number): Promise<void>;
}

/** Returns a pending mail. @param notice the number of the notice that requires it, if one does */
export function newMail(
  given: Pick<Mail, 'sessionId' | 'seat' | 'kind' | 'minutesBefore' | 'sequence'> &
    Partial<Pick<Mail, 'address'>>,
  now: number,
  notice: number | null = null,
): Mail {
  const { sessionId, seat, kind, minutesBefore, sequence } = given;
  const parts = [sessionId, seat, sequence, kind, minutesBefore ?? notice];
  return {
    address: null,
    ...given,
    mailId: parts.filter((part) => part !== null).join('.'),
    state: 'pending',
    createdAt: now,
    dueAt: now,
    settledAt: null,
    attempts: 0,
    error: null,
  };
}
