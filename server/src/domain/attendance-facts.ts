import type { SessionFact } from './events.ts';
import type { Interval } from './session.ts';

/** That a person joined, with the interval that is their last one now. */
export function joinedFact(intervals: readonly Interval[], seat: number): SessionFact {
  const { number, last } = lastOf(intervals, seat);
  const { joinedAt, reconnects } = last;
  return { type: 'participant.joined', seat, interval: { number, joinedAt, reconnects } };
}

/** That a person left, with the interval that is their last one now and over. */
export function leftFact(intervals: readonly Interval[], seat: number): SessionFact {
  const { number, last } = lastOf(intervals, seat);
  const { joinedAt, leftAt, reason, reconnects } = last;
  if (leftAt === null || reason === null) throw new Error(`Seat ${seat} has not left.`);
  return { type: 'participant.left', seat, reason, interval: { number, joinedAt, leftAt, reconnects } };
}

function lastOf(intervals: readonly Interval[], seat: number) {
  const own = intervals.filter((interval) => interval.seat === seat);
  const last = own.at(-1);
  if (!last) throw new Error(`Seat ${seat} was never in.`);
  return { number: own.length, last };
}
