import { isOver, type Session } from './session.ts';

const MINUTE_MS = 60_000;

/** Returns the time at which a reminder is due. */
export function reminderAt(scheduledAt: number, minutesBefore: number): number {
  return scheduledAt - minutesBefore * MINUTE_MS;
}

/** Returns the reminders whose time has not passed. A visit planned at short notice skips early ones. */
export function stillAhead(minutes: readonly number[], scheduledAt: number, now: number): readonly number[] {
  return minutes.filter((before) => reminderAt(scheduledAt, before) > now);
}

/** Returns the time of the next action for reminders, mail and notifications; null if there is none. */
export function remindAt(session: Session): number | null {
  if (needsMessages(session)) return session.updatedAt;
  const { reminders, scheduledAt } = session;
  if (isOver(session) || reminders.length === 0) return null;
  return reminderAt(scheduledAt, Math.max(...reminders));
}

/** Whether messages are to be planned: a reminder, a notice, the arrival of a host, or news of a time announced before. */
export function needsMessages({ mail, notices, hostEntered, calendarSequence }: Session): boolean {
  const isOutdated = mail.told !== null && mail.told < calendarSequence;
  return notices.length > 0 || hostEntered !== null || mail.reminder !== null || isOutdated;
}

/** Whether a reminder is still useful: before the visit, and late by no more than half of its lead time. */
export function isWorthwhile(minutesBefore: number, scheduledAt: number, now: number): boolean {
  const late = now - reminderAt(scheduledAt, minutesBefore);
  return now < scheduledAt && late <= (minutesBefore * MINUTE_MS) / 2;
}
