/** Light (0 to 255) from which on there is something to be seen. */
const LIGHT = 24;
/** The part of a picture that has to be lit. */
const LIT_PART = 0.02;

/** Whether a picture (RGBA) is dark all over, as behind a closed cover. */
export function isDark(pixels: Uint8ClampedArray): boolean {
  let lit = 0;
  for (let index = 0; index + 2 < pixels.length; index += 4) {
    // Rec. 601 luma, good enough to tell night from day.
    const light =
      0.299 * (pixels[index] ?? 0) + 0.587 * (pixels[index + 1] ?? 0) + 0.114 * (pixels[index + 2] ?? 0);
    if (light >= LIGHT) lit += 1;
  }
  return lit < (pixels.length / 4) * LIT_PART;
}

/** Whether one's own picture should be shown as in a mirror: of every camera but the one at a phone's back. */
export function isMirrored(track: MediaStreamTrack): boolean {
  return track.getSettings().facingMode !== 'environment';
}
