import { change } from './change.ts';
import { SYSTEM } from './events.ts';
import { isWorthwhile, needsMessages, reminderAt, remindAt, stillAhead } from './reminder-times.ts';
import type { SessionChange } from './session-store.ts';
import { isHost, isOver, type SeatNotice, type Session } from './session.ts';

/** Rules of reminders. Pure functions: callers store the returned change; null means that nothing changes. */

/**
 * Removes due reminders from the session and issues the latest that is still useful.
 * @param toPeople whether the reminder is also sent to people
 */
export function remind(session: Session, toPeople: boolean, now: number): SessionChange | null {
  const { reminders, scheduledAt, updatedAt } = session;
  if (session.remindAt === null || session.remindAt > now) return null;
  const ahead = isOver(session) ? [] : stillAhead(reminders, scheduledAt, now);
  if (needsMessages(session) && ahead.length === reminders.length) return null;
  const due = reminders.filter(
    (before) =>
      !ahead.includes(before) && isToCome(session, before) && isWorthwhile(before, scheduledAt, now),
  );
  const patch = { reminders: ahead, updatedAt };
  if (isOver(session) || due.length === 0) return change(session, patch, now, SYSTEM);
  const minutesBefore = Math.min(...due);
  const mail = toPeople ? { ...session.mail, reminder: minutesBefore } : session.mail;
  return change(session, { ...patch, reminded: minutesBefore, mail }, now, SYSTEM, {
    type: 'session.reminder',
    minutesBefore,
    startsAt: scheduledAt,
  });
}

/** Whether a reminder has not been issued yet. With differing clocks, another server may have issued it early. */
function isToCome({ reminded }: Session, minutesBefore: number): boolean {
  return reminded === null || minutesBefore < reminded;
}

/** Replaces the reminders of a visit according to the server's setting. Those already due are still issued. */
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
 * Records that the messages required by the state `planned` are in the store.
 * @param wrote whether they have any recipient
 */
export function messagesPlanned(
  session: Session,
  planned: Session,
  wrote: boolean,
  now: number,
): SessionChange | null {
  if (!needsMessages(session)) return null;
  const { mail, updatedAt } = session;
  const isPlanned = ({ number }: SeatNotice) => planned.notices.some((one) => one.number === number);
  const notices = session.notices.filter((notice) => !isPlanned(notice));
  const told = wrote || mail.told !== null ? Math.max(mail.told ?? 0, planned.calendarSequence) : null;
  // A reminder issued in the meantime still has to be planned.
  const reminder = mail.reminder === planned.mail.reminder ? null : mail.reminder;
  const hostEntered = session.hostEntered === planned.hostEntered ? null : session.hostEntered;
  return change(session, { mail: { told, reminder }, notices, hostEntered, updatedAt }, now, SYSTEM);
}

/** Records that a person knows of the visit's time, so that changes of it are announced. */
export function informed(session: Session, now: number): SessionChange | null {
  const { mail, calendarSequence, updatedAt } = session;
  if (mail.told !== null || isOver(session)) return null;
  return change(session, { mail: { ...mail, told: calendarSequence }, updatedAt }, now, SYSTEM);
}

/** Returns a change that, if a host enters by it, requires messages to absent people. */
export function withArrival(changed: SessionChange): SessionChange {
  const { next, events } = changed;
  const arrives = events.some((event) => event.type === 'participant.joined' && isHost(next, event.seat));
  if (!arrives) return changed;
  const called = { ...next, hostEntered: next.version };
  return { ...changed, next: { ...called, remindAt: remindAt(called) } };
}
