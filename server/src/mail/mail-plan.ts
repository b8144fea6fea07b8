import { newMail, type Mail, type MailKind } from '../domain/mail-store.ts';
import { isWorthwhile } from '../domain/reminder-times.ts';
import { isInside, isOver, type Session } from '../domain/session.ts';

/** Mail is tried for so long at most, in milliseconds. */
export const GIVE_UP_MS = 24 * 60 * 60_000;
/** So many times at most a mail goes to a server that takes it and never says so. */
const MAX_COPIES = 3;
const FIRST_RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 15 * 60_000;

/**
 * Whom a session's state asks to be written to, with what: everybody with an address is reminded, and who was written to
 * before hears of another time and of the end of it. A reminder tells the new time as well.
 * @param known the mails of the session so far
 */
export function mailsFor(session: Session, known: readonly Mail[], now: number): readonly Mail[] {
  const { sessionId, scheduledAt, calendarSequence: sequence, status, mail } = session;
  const to = (kind: MailKind, minutesBefore: number | null, isFor: (seat: number) => boolean) =>
    session.seats.flatMap((seat, place) =>
      seat.email !== null && seat.removedAt === null && isFor(place)
        ? [newMail({ sessionId, seat: place, kind, minutesBefore, sequence }, now)]
        : [],
    );
  const told = new Set(known.filter(isTold).map(({ seat }) => seat));
  if (status === 'cancelled') return to('cancelled', null, (seat) => told.has(seat));
  if (isOver(session) || now >= scheduledAt) return [];
  if (mail.reminder !== null) return to('reminder', mail.reminder, (seat) => !isInside(session, seat));
  return to('moved', null, (seat) => told.has(seat));
}

/** Whether its person knows what is in a mail, may know it, or was to hear it before it was out of date. */
function isTold({ state, error }: Mail): boolean {
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

/** Whether a mail server had a mail, or much of it, when it was given up on. */
export function mayHaveArrived(error: string | null): boolean {
  return error === 'ENOANSWER' || error === 'EABORT';
}

/** Why a mail is not to be sent any more; null where it is. */
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
 * When a mail that did not go out is tried again: later and later, not everybody at once; null where it is given up. One
 * that may have arrived is not sent over and over.
 * @param error what it failed with
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
  const wait = Math.min(FIRST_RETRY_MS * 2 ** Math.max(0, mail.attempts - 1), LONGEST_RETRY_MS);
  const at = Math.round(now + wait * (0.8 + 0.4 * random));
  const useless = mail.kind === 'cancelled' ? Infinity : session.scheduledAt;
  return at < Math.min(useless, mail.createdAt + GIVE_UP_MS) ? at : null;
}
