/** A note: its pitch in Hz, and its start and duration in seconds. */
export interface Note {
  readonly pitch: number;
  readonly at: number;
  readonly length: number;
}

const C5 = 523.25;
const E5 = 659.25;
const G5 = 783.99;
const C6 = 1046.5;

/** The sounds of the page: the speaker test, a host's message in the waiting room, and admission. */
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

/** Returns the duration of a melody in seconds. */
export function lengthOf(melody: Melody): number {
  return Math.max(...MELODIES[melody].map(({ at, length }) => at + length));
}
