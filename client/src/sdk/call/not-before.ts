/** While a visit is not open yet the server is asked at least this often, in milliseconds: it may be rescheduled. */
const LOOK_EVERY_MS = 60_000;
/** The least time between two looks where the visit should be open and the server doesn't say so yet. */
const LOOK_AGAIN_MS = 1_000;

/**
 * How long to wait before asking again for a visit that opens at `opensAt`; both times by the server's clock, all in
 * milliseconds. The `Date` header counts whole seconds downwards, so the look is up to a second late and never early.
 */
export function nextCheckDelay(opensAt: number, now: number): number {
  const ahead = opensAt - now;
  return ahead > 0 ? Math.min(ahead, LOOK_EVERY_MS) : LOOK_AGAIN_MS;
}
