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
 * those e-mailed before. A reminder replaces a message about a new time, because it contains that time. People whose seat
 * has changed are invited, or told that they are not expected any longer.
 * @param known the session's e-mails so far
 */
export function mailsFor(session: Session, known: readonly Mail[], now: number): readonly Mail[] {
  const { sessionId, scheduledAt, closesAt, calendarSequence: sequence, status, mail } = session;
  const to = (kind: MailKind, minutesBefore: number | null, isFor: (seat: number) => boolean) =>
    session.seats.flatMap((seat, place) =>
      seat.email !== null && seat.removedAt === null && isFor(place)
        ? [newMail({ sessionId, seat: place, kind, minutesBefore, sequence }, now)]
        : [],
    );
  const informed = new Set(known.filter(isInformed).map(({ seat }) => seat));
  const notices = noticesFor(session, informed, now);
  if (status === 'cancelled') return [...notices, ...to('cancelled', null, (seat) => informed.has(seat))];
  if (isOver(session) || now >= closesAt) return notices;
  const invited = new Set(session.notices.filter(({ kind }) => kind === 'invited').map(({ seat }) => seat));
  if (mail.reminder !== null && now < scheduledAt) {
    const isLeft = (seat: number) => !isInside(session, seat) && !invited.has(seat);
    return [...notices, ...to('reminder', mail.reminder, isLeft)];
  }
  if (mail.told === null || mail.told >= sequence) return notices;
  return [...notices, ...to('moved', null, (seat) => informed.has(seat) && !invited.has(seat))];
}

/** Plans the e-mails to people whose seat has changed. Only those who were informed are told that they are not expected. */
function noticesFor(session: Session, informed: ReadonlySet<number>, now: number): readonly Mail[] {
  const { sessionId, calendarSequence: sequence, closesAt, notices, seats } = session;
  if (now >= closesAt) return [];
  return notices.flatMap(({ number, seat, kind, address }) => {
    const isUseful =
      kind === 'withdrawn'
        ? informed.has(seat) && (address !== null || seats[seat]?.removedAt !== null)
        : !isOver(session) && seats[seat]?.removedAt === null && seats[seat].email !== null;
    const given = { sessionId, seat, kind, minutesBefore: null, sequence, address };
    return isUseful ? [newMail(given, now, number)] : [];
  });
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
  if (!seat || (mail.address ?? seat.email) === null) return 'nobody_there';
  if (mail.kind === 'withdrawn')
    return mail.address === null && seat.removedAt === null ? 'out_of_date' : null;
  if (seat.removedAt !== null) return 'nobody_there';
  if (mail.sequence !== session.calendarSequence) return 'out_of_date';
  if (mail.kind === 'cancelled') return session.status === 'cancelled' ? null : 'out_of_date';
  if (isOver(session) || now >= uselessAt(mail, session)) return 'too_late';
  if (mail.minutesBefore === null) return null;
  const { reminded, scheduledAt } = session;
  const later = reminded !== null && reminded < mail.minutesBefore;
  return later || !isWorthwhile(mail.minutesBefore, scheduledAt, now) ? 'too_late' : null;
}

/** Returns the time from which an e-mail has no use. News about a visit is useful as long as people may enter. */
function uselessAt({ kind }: Mail, { scheduledAt, closesAt }: Session): number {
  switch (kind) {
    case 'reminder':
      return scheduledAt;
    case 'invited':
    case 'moved':
      return closesAt;
    case 'withdrawn':
    case 'cancelled':
      return Infinity;
  }
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
  return at < Math.min(uselessAt(mail, session), mail.createdAt + GIVE_UP_MS) ? at : null;
}
