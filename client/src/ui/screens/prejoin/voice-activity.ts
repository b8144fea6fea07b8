/** The level from which a sound counts as a voice. */
const VOICE = 0.35;
/** How many consecutive levels a voice needs, each about a fifteenth of a second apart. */
const LASTING = 2;

/** Returns a function that takes levels (0 to 1) and returns true when a voice is detected, once for each. */
export function voiceDetector(): (level: number) => boolean {
  let loud = 0;
  return (level) => {
    loud = level >= VOICE ? loud + 1 : 0;
    if (loud < LASTING) return false;
    loud = 0;
    return true;
  };
}
