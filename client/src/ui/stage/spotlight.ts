import { useLayoutEffect, useState } from 'preact/hooks';

/** How long a participant speaks before they take the large place, in milliseconds; a cough is shorter. */
export const SPEAKER_MS = 2_000;

/** The participant in the large place, and the candidate for it. */
export interface Spotlight {
  readonly shown: string | null;
  readonly candidate: string | null;
  /** When the candidate started to speak, in milliseconds. */
  readonly since: number;
}

export const NO_SPOTLIGHT: Spotlight = { shown: null, candidate: null, since: 0 };

/** Returns the next spotlight for the active speaker. Only `others` can be shown, never this person. */
export function spotlight(
  before: Spotlight,
  speaker: string | null,
  others: readonly string[],
  now: number,
): Spotlight {
  const present = before.shown !== null && others.includes(before.shown);
  const wanted = speaker !== null && others.includes(speaker) ? speaker : null;
  if (!present) return { shown: wanted ?? others[0] ?? null, candidate: null, since: now };
  if (wanted === null || wanted === before.shown) {
    return before.candidate === null ? before : { ...before, candidate: null };
  }
  if (wanted !== before.candidate) return { ...before, candidate: wanted, since: now };
  return now - before.since >= SPEAKER_MS ? { shown: wanted, candidate: null, since: now } : before;
}

/** Returns the participant for the large place, by active speaker. */
export function useSpotlight(speaker: string | null, others: readonly string[]): string | null {
  const [light, setLight] = useState(() => spotlight(NO_SPOTLIGHT, speaker, others, Date.now()));
  const names = others.join('\n');
  useLayoutEffect(() => {
    const look = () => setLight((before) => spotlight(before, speaker, others, Date.now()));
    look();
    const timer = setTimeout(look, SPEAKER_MS + 50);
    return () => clearTimeout(timer);
  }, [speaker, names]);
  return light.shown;
}
