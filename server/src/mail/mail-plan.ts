import { Backoff } from '../core/backoff.ts';
import { newMail, type Mail, type MailKind } from '../domain/mail-store.ts';
import { isWorthwhile } from '../domain/reminder-times.ts';
import { isInside, isOver, type Session } from '../domain/session.ts';

/** How long sending an e-mail is retried, in milliseconds. */
export const GIVE_UP_MS = 24 * 60 * 60_000;
/** The maximum number of attempts with a server that may have accepted the e-mail without confirming it. */
const MAX_COPIES = 3;
/** The delays between attempts. */
const RETRIES = { firstMs: 30_000, maxMs: 15 * 60_000, jitter: 0.2 };

/**
 * Plans the e-mails that a session needs: reminders for every seat with an address, plus new times and cancellations for
 * those e-mailed before. A reminder replaces a message about a new time, because it contains that time.
 * @param known the session's e-mails so far
 */
export function mailsFor(session: Session, known: readonly Mail[], now: number): readonly Mail[] {
  const { sessionId, scheduledAt, calendarSequence: sequence, status, mail } = session;
  const to = (kind: MailKind, minutesBefore: number | null, isFor: (seat: number) => boolean) =>
    session.seats.flatMap((seat, place) =>
      seat.email !== null && seat.removedAt === null && isFor(place)
        ? [newMail({ sessionId, seat: place, kind, minutesBefore, sequence }, now)]
        : [],
    );
  const informed = new Set(known.filter(isInformed).map(({ seat }) => seat));
  if (status === 'cancelled') return to('cancelled', null, (seat) => informed.has(seat));
  if (isOver(session) || now >= scheduledAt) return [];
  if (mail.reminder !== null) return to('reminder', mail.reminder, (seat) => !isInside(session, seat));
  return to('moved', null, (seat) => informed.has(seat));
}

/** Returns whether the recipient of an e-mail knows, may know or was about to learn its content. */
function isInformed({ state, error }: Mail): boolean {
  switch (state) {
    case 'sent':
    case 'pending':
      return true;
    case 'failed':
      return mayHaveArrived(error);
    case 'dropped':
      return error === 'out_of_date';
  }
}

/** Returns whether the mail server may have accepted an e-mail that failed with an error. */
export function mayHaveArrived(error: string | null): boolean {
  return error === 'ENOANSWER' || error === 'EABORT';
}

/** Returns why an e-mail should no longer be sent, or null if it should. */
export function reasonToDrop(mail: Mail, session: Session | undefined, now: number): string | null {
  if (!session) return 'nobody_there';
  const seat = session.seats[mail.seat];
  if (seat?.removedAt !== null || seat.email === null) return 'nobody_there';
  if (mail.sequence !== session.calendarSequence) return 'out_of_date';
  if (mail.kind === 'cancelled') return session.status === 'cancelled' ? null : 'out_of_date';
  if (isOver(session) || now >= session.scheduledAt) return 'too_late';
  if (mail.minutesBefore === null) return null;
  const { reminded, scheduledAt } = session;
  const later = reminded !== null && reminded < mail.minutesBefore;
  return later || !isWorthwhile(mail.minutesBefore, scheduledAt, now) ? 'too_late' : null;
}

/**
 * Returns when to retry an e-mail, with exponential backoff and jitter, or null to give up. E-mails that may have arrived
 * are retried less often.
 * @param error the code of the last failure
 * @param random from 0 to 1
 */
export function nextTry(
  mail: Mail,
  session: Session,
  error: string,
  now: number,
  random: number,
): number | null {
  if (mayHaveArrived(error) && mail.attempts >= MAX_COPIES) return null;
  const at = now + new Backoff({ ...RETRIES, random: () => random }).delay(Math.max(1, mail.attempts));
  const useless = mail.kind === 'cancelled' ? Infinity : session.scheduledAt;
  return at < Math.min(useless, mail.createdAt + GIVE_UP_MS) ? at : null;
}
