import { uptime } from 'node:os';
import { withoutRequest } from './request-context.ts';

/** Time, handed in so that a test never waits. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Runs `task` once after `ms` milliseconds. @returns a function that cancels it */
  after(ms: number, task: () => void): () => void;
}

/** Where a clock takes the time from; milliseconds, `uptime` seconds. */
export interface TimeSources {
  /** The time of the machine since the Unix epoch, which operators and NTP can set. */
  readonly wall: () => number;
  /** The time since an arbitrary moment, unaffected by changes of the clock. Stands still while the machine sleeps. */
  readonly monotonic: () => number;
  /** The time since the machine started, with the time for which it slept. */
  readonly uptime: () => number;
}

/** The interval at which the machine is asked whether it has slept, in milliseconds. */
const SLEEP_CHECK_MS = 1000;
/** A difference below this is due to the resolution of the sources, in milliseconds. */
const SHORTEST_SLEEP_MS = 500;

/**
 * Creates a clock that starts with the time of the machine and advances evenly: if the machine's time is set while the process
 * runs, nothing ends, opens or expires because of that. Its timers never keep a closing process alive.
 */
export function steadyClock({ wall, monotonic, uptime }: TimeSources): Clock {
  // `wall` returns whole milliseconds, rounded down.
  let offset = Math.ceil(wall() - monotonic());
  let slept = uptime() * 1000 - monotonic();
  let checkedAt = monotonic();
  return {
    now: () => {
      const elapsed = monotonic();
      if (elapsed - checkedAt >= SLEEP_CHECK_MS) {
        checkedAt = elapsed;
        const sleep = uptime() * 1000 - elapsed - slept;
        if (sleep >= SHORTEST_SLEEP_MS) {
          slept += sleep;
          offset += sleep;
        }
      }
      return Math.floor(offset + elapsed);
    },
    after: (ms, task) => {
      const timer = setTimeout(() => withoutRequest(task), ms);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

/** The clock of this process. */
export const systemClock = steadyClock({
  wall: () => Date.now(),
  monotonic: () => performance.timeOrigin + performance.now(),
  uptime,
});

/** Resolves after `ms` milliseconds. */
export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

/** Formats a time as the API does: RFC 3339, UTC, with milliseconds. */
export function iso(time: number): string {
  return new Date(time).toISOString();
}

export function isoOrNull(time: number | null): string | null {
  return time === null ? null : iso(time);
}
