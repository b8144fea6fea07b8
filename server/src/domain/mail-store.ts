/** What a mail tells about a visit. */
export const MAIL_KINDS = ['reminder', 'moved', 'cancelled'] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

/**
 * `pending`: to be sent (again); `failed`: refused for good, or given up; `dropped`: there was nobody to tell or nothing true
 * in it any more.
 */
export type MailState = 'pending' | 'sent' | 'failed' | 'dropped';

/** A mail to the person in a seat. It holds nothing personal: address and words are made when it is sent. */
export interface Mail {
  /** Made of everything that makes it another mail, so that nobody is written the same twice. */
  readonly mailId: string;
  readonly sessionId: string;
  /** The seat's place in the session's `seats`. */
  readonly seat: number;
  readonly kind: MailKind;
  /** Which reminder it is, in minutes before the visit; null for every other kind. */
  readonly minutesBefore: number | null;
  /** The session's `calendarSequence` that it tells of. */
  readonly sequence: number;
  readonly state: MailState;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
  /** When it is to be sent, or may be claimed by another process; null once it is settled. */
  readonly dueAt: number | null;
  /** When it was sent, given up or dropped. */
  readonly settledAt: number | null;
  /** How often it was claimed. */
  readonly attempts: number;
  /** What the last attempt failed with: a code, and the SMTP reply code (RFC 5321, 4.2) where there was one. */
  readonly error: string | null;
}

/** What became of an attempt: the end of a mail, or when to try again. */
export type MailOutcome =
  | { readonly state: 'sent'; readonly at: number }
  | { readonly state: 'failed' | 'dropped'; readonly at: number; readonly error: string }
  | { readonly state: 'pending'; readonly dueAt: number; readonly error: string };

/**
 * Mail that is to be sent, and what became of it. A promise that resolves means that the write is on disk. Every adapter
 * passes the same contract suite (`test/contract/mail-store.ts`).
 * @throws TelevisitError `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface MailStore {
  /** Keeps new mails; of one that is there already nothing changes. */
  add(mails: readonly Mail[]): Promise<void>;
  /**
   * Takes up to `limit` mails that are due at `now`, the oldest first. Nobody else gets them before `now + leaseMs`: who
   * holds one settles it before then.
   */
  claim(now: number, leaseMs: number, limit: number): Promise<readonly Mail[]>;
  /**
   * Writes what became of a claimed mail.
   * @returns false, with nothing written, where somebody else has claimed it since, or it is gone
   */
  settle(claimed: Mail, outcome: MailOutcome): Promise<boolean>;
  /** The mails of a session, in the order of their ids. */
  ofSession(sessionId: string): Promise<readonly Mail[]>;
  /** Deletes the mails of one seat. */
  deleteSeat(sessionId: string, seat: number): Promise<void>;
}

/** A mail as it begins. */
export function newMail(
  given: Pick<Mail, 'sessionId' | 'seat' | 'kind' | 'minutesBefore' | 'sequence'>,
  now: number,
): Mail {
  const { sessionId, seat, kind, minutesBefore, sequence } = given;
  const parts = [sessionId, seat, sequence, kind, ...(minutesBefore === null ? [] : [minutesBefore])];
  return {
    ...given,
    mailId: parts.join('.'),
    state: 'pending',
    createdAt: now,
    dueAt: now,
    settledAt: null,
    attempts: 0,
    error: null,
  };
}
