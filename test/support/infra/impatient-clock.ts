import { systemClock, type Clock } from '@televisit/server/core/clock';

/** Shorter waits are those between attempts, in milliseconds; longer ones are deadlines. */
const LONGEST_PAUSE_MS = 3000;

/** A clock on which the pauses between attempts at a call take no time. Deadlines do; `now` can be set by a test. */
export function impatientClock(now: () => number = () => systemClock.now()): Clock {
  return { now, after: (ms, task) => systemClock.after(ms < LONGEST_PAUSE_MS ? 0 : ms, task) };
}
