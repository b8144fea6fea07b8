/** One note: its pitch in Hz, when it begins and how long it sounds, in seconds. */
export interface Note {
  readonly pitch: number;
  readonly at: number;
  readonly length: number;
}

const C5 = 523.25;
const E5 = 659.25;
const G5 = 783.99;
const C6 = 1046.5;

/** The sounds of the page: to try the speaker, for a host's line in the waiting room, and for being let in. */
export const MELODIES = {
  test: [
    { pitch: C5, at: 0, length: 0.7 },
    { pitch: E5, at: 0.28, length: 0.7 },
    { pitch: G5, at: 0.56, length: 0.7 },
    { pitch: C6, at: 0.84, length: 1.1 },
  ],
  message: [
    { pitch: G5, at: 0, length: 0.3 },
    { pitch: E5, at: 0.14, length: 0.5 },
  ],
  admitted: [
    { pitch: E5, at: 0, length: 0.5 },
    { pitch: G5, at: 0.18, length: 0.5 },
    { pitch: C6, at: 0.36, length: 0.9 },
  ],
} as const satisfies Record<string, readonly Note[]>;

export type Melody = keyof typeof MELODIES;

/** How long a melody is, in seconds. */
export function lengthOf(melody: Melody): number {
  return Math.max(...MELODIES[melody].map(({ at, length }) => at + length));
}
