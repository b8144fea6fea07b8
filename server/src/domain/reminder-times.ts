import { isOver, type Session } from './session.ts';

const MINUTE_MS = 60_000;

/** When a reminder is due. */
export function reminderAt(scheduledAt: number, minutesBefore: number): number {
  return scheduledAt - minutesBefore * MINUTE_MS;
}

/** The reminders of a visit that lie ahead: one that is planned at short notice has no early ones. */
export function stillAhead(minutes: readonly number[], scheduledAt: number, now: number): readonly number[] {
  return minutes.filter((before) => reminderAt(scheduledAt, before) > now);
}

/** When there is something to do next about reminders and mail; null where there is nothing. */
export function remindAt(session: Session): number | null {
  if (needsMail(session)) return session.updatedAt;
  const { reminders, scheduledAt } = session;
  if (isOver(session) || reminders.length === 0) return null;
  return reminderAt(scheduledAt, Math.max(...reminders));
}

/** Whether a reminder was not written to people yet, or what they were written is no longer true. */
export function needsMail({ mail, calendarSequence }: Session): boolean {
  return mail.reminder !== null || (mail.told !== null && mail.told < calendarSequence);
}

/** Late by no more than half of its lead, and before the visit: a server that was away wakes nobody up for nothing. */
export function isWorthwhile(minutesBefore: number, scheduledAt: number, now: number): boolean {
  const late = now - reminderAt(scheduledAt, minutesBefore);
  return now < scheduledAt && late <= (minutesBefore * MINUTE_MS) / 2;
}
