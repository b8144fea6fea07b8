/** The meter position from which on it is a voice and not the room. */
const VOICE = 0.35;
/** How many times in a row it has to be so, each about a fifteenth of a second apart. */
const LASTING = 2;

/** Listens to meter positions (0 to 1) and says true once a voice has been heard; it then starts over. */
export function voiceDetector(): (level: number) => boolean {
  let loud = 0;
  return (level) => {
    loud = level >= VOICE ? loud + 1 : 0;
    if (loud < LASTING) return false;
    loud = 0;
    return true;
  };
}
