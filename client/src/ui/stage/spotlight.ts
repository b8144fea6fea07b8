import { useLayoutEffect, useState } from 'preact/hooks';

/** How long somebody speaks before they take the large place, in milliseconds: a cough must not move the picture. */
export const SPEAKER_MS = 2_000;

/** Who has the large place, and who may take it. */
export interface Spotlight {
  readonly shown: string | null;
  readonly candidate: string | null;
  /** Since when the candidate speaks, in milliseconds. */
  readonly since: number;
}

export const DARK: Spotlight = { shown: null, candidate: null, since: 0 };

/** The spotlight after a look at who speaks. `others` are the people who may be shown: never oneself. */
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

/** Who has the large place: the speaker, but not for a cough. */
export function useSpotlight(speaker: string | null, others: readonly string[]): string | null {
  const [light, setLight] = useState(() => spotlight(DARK, speaker, others, Date.now()));
  const names = others.join('\n');
  useLayoutEffect(() => {
    const look = () => setLight((before) => spotlight(before, speaker, others, Date.now()));
    look();
    const timer = setTimeout(look, SPEAKER_MS + 50);
    return () => clearTimeout(timer);
  }, [speaker, names]);
  return light.shown;
}
