import { change } from './change.ts';
import { SYSTEM } from './events.ts';
import { isWorthwhile, needsMail, reminderAt, stillAhead } from './reminder-times.ts';
import type { SessionChange } from './session-store.ts';
import { isOver, type Session } from './session.ts';

/** What time does about the reminders of a visit. Pure; null means that nothing changes. */

/**
 * Takes the reminders that are due off the session, and gives the last of them that is still worthwhile.
 * @param byMail whether it is to be written to people too
 */
export function remind(session: Session, byMail: boolean, now: number): SessionChange | null {
  const { reminders, scheduledAt, updatedAt } = session;
  if (session.remindAt === null || session.remindAt > now) return null;
  const ahead = isOver(session) ? [] : stillAhead(reminders, scheduledAt, now);
  if (needsMail(session) && ahead.length === reminders.length) return null;
  const due = reminders.filter(
    (before) =>
      !ahead.includes(before) && isToCome(session, before) && isWorthwhile(before, scheduledAt, now),
  );
  const patch = { reminders: ahead, updatedAt };
  if (isOver(session) || due.length === 0) return change(session, patch, now, SYSTEM);
  const minutesBefore = Math.min(...due);
  const mail = byMail ? { ...session.mail, reminder: minutesBefore } : session.mail;
  return change(session, { ...patch, reminded: minutesBefore, mail }, now, SYSTEM, {
    type: 'session.reminder',
    minutesBefore,
    startsAt: scheduledAt,
  });
}

/** Clocks differ: what one server has given lies ahead for another. */
function isToCome({ reminded }: Session, minutesBefore: number): boolean {
  return reminded === null || minutesBefore < reminded;
}

/** Brings the reminders of a visit in line with the server's setting; one that is due already is still given. */
export function replan(session: Session, minutes: readonly number[], now: number): SessionChange | null {
  if (isOver(session)) return null;
  const { scheduledAt, updatedAt } = session;
  const overdue = session.reminders.filter((before) => reminderAt(scheduledAt, before) <= now);
  const ahead = stillAhead(minutes, scheduledAt, now).filter((before) => isToCome(session, before));
  const reminders = [...new Set([...overdue, ...ahead])];
  if (String(reminders) === String(session.reminders)) return null;
  return change(session, { reminders, updatedAt }, now, SYSTEM);
}

/**
 * The mail of a session is planned as far as `planned` asked for it.
 * @param wrote whether anybody is written to
 */
export function mailPlanned(
  session: Session,
  planned: Session,
  wrote: boolean,
  now: number,
): SessionChange | null {
  if (!needsMail(session)) return null;
  const { mail, updatedAt } = session;
  const told = wrote || mail.told !== null ? Math.max(mail.told ?? 0, planned.calendarSequence) : null;
  // A reminder that came meanwhile is still to be planned.
  const reminder = mail.reminder === planned.mail.reminder ? null : mail.reminder;
  return change(session, { mail: { told, reminder }, updatedAt }, now, SYSTEM);
}
