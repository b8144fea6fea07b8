/** `soon`: the planned end is at most five minutes away; `over`: it has passed. */
export type LengthState = 'running' | 'soon' | 'over';

export interface VisitLength {
  readonly state: LengthState;
  /** Whole minutes until the planned end, or since it; a part counts as one until, and as none since. */
  readonly minutes: number;
}

const MINUTE = 60_000;
const SOON_MINUTES = 5;

/** How a visit stands against its planned length; times in milliseconds, the length in minutes. */
export function visitLength(startedAt: number, durationMinutes: number, now: number): VisitLength {
  const left = startedAt + durationMinutes * MINUTE - now;
  if (left <= 0) return { state: 'over', minutes: Math.floor((now - startedAt) / MINUTE - durationMinutes) };
  const minutes = Math.ceil(left / MINUTE);
  // A visit of five minutes is not about to end from its first second on.
  const soon = Math.min(SOON_MINUTES, durationMinutes / 3);
  return { state: left <= soon * MINUTE ? 'soon' : 'running', minutes };
}
