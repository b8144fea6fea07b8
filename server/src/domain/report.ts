import type { ParticipantAttendance, SessionReport } from '@televisit/shared/reports';
import { intervalsOf, meanQuality, timeIn, waitForHost, waitOf } from './attendance.ts';
import { actorView } from './audit.ts';
import { iso, isoOrNull } from '../core/clock.ts';
import type { FeatureRecords, ReportFields } from './feature.ts';
import type { Session } from './session.ts';

/**
 * Derives the report of a visit from its stored state.
 * @param stored the fields that features keep in their own stores
 */
export function reportOf(
  session: Session,
  now: number,
  features: readonly FeatureRecords[],
  stored: readonly Partial<ReportFields>[] = [],
): SessionReport {
  const fields = [...features.map((feature) => feature.report?.(session, now)), ...stored];
  return {
    sessionId: session.sessionId,
    appointmentId: session.appointmentId,
    status: session.status,
    scheduledAt: iso(session.scheduledAt),
    startedAt: isoOrNull(session.startedAt),
    endedAt: isoOrNull(session.endedAt),
    endReason: session.endReason,
    endedBy: session.endedBy && actorView(session, session.endedBy),
    durationSeconds: Math.round(durationOf(session, now) / 1000),
    waitingSeconds: seconds(waitForHost(session, now)),
    reconnects: session.intervals.reduce((sum, { reconnects }) => sum + reconnects, 0),
    participants: session.seats.map((seat, index) => {
      const intervals = intervalsOf(session, index);
      return {
        userId: seat.userId,
        role: seat.role,
        displayName: seat.displayName,
        firstJoinedAt: isoOrNull(intervals[0]?.joinedAt ?? null),
        lastLeftAt: isoOrNull(intervals.at(-1)?.leftAt ?? null),
        minutes: minutes(timeIn(intervals, now)),
        waitingSeconds: Math.round(waitOf(session, index, now) / 1000),
        reconnects: intervals.reduce((sum, { reconnects }) => sum + reconnects, 0),
        quality: meanQuality(intervals, now),
        impairedMinutes: minutes(intervals.reduce((sum, { impairedMs }) => sum + impairedMs, 0)),
      };
    }),
    provider: session.provider,
    visitors: session.visitors.map(({ name, joinedAt, leftAt }) => ({
      name,
      joinedAt: iso(joinedAt),
      leftAt: isoOrNull(leftAt),
    })),
    // Complete, because every feature returns the fields that its contract declares.
    ...(Object.assign({}, ...fields) as ReportFields),
  };
}

/** Returns the attendance of a seat as the API shows it. */
export function attendanceOf(session: Session, seat: number, now: number): ParticipantAttendance {
  const { userId, role, displayName, removedAt } = session.seats[seat] as Session['seats'][number];
  const intervals = intervalsOf(session, seat);
  return {
    userId,
    role,
    displayName,
    connected: intervals.some(({ leftAt }) => leftAt === null),
    intervals: intervals.map(({ joinedAt, leftAt }) => ({
      joinedAt: iso(joinedAt),
      leftAt: isoOrNull(leftAt),
    })),
    totalSeconds: Math.round(timeIn(intervals, now) / 1000),
    reconnects: intervals.reduce((sum, { reconnects }) => sum + reconnects, 0),
    removedAt: isoOrNull(removedAt),
  };
}

/** Returns the time from the start to the last departure, or to `now`, in milliseconds; 0 if no participant came. */
export function durationOf({ startedAt, intervals }: Session, now: number): number {
  if (startedAt === null || intervals.length === 0) return 0;
  return Math.max(0, Math.max(...intervals.map(({ leftAt }) => leftAt ?? now)) - startedAt);
}

/** Returns the mean, rounded to a tenth. */
export function meanOf(numbers: readonly number[]): number {
  return Math.round((numbers.reduce((sum, value) => sum + value, 0) / numbers.length) * 10) / 10;
}

/** Converts milliseconds to minutes, rounded to a tenth. */
export function minutes(ms: number): number {
  return Math.round(ms / 6000) / 10;
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms / 1000);
}
