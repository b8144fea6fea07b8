/** The luma (0 to 255) from which a pixel counts as lit. */
const LIGHT = 24;
/** The share of lit pixels below which a frame counts as dark. */
const LIT_PART = 0.02;

/** Whether a frame (RGBA) is dark all over, as with a closed camera cover. */
export function isDark(pixels: Uint8ClampedArray): boolean {
  let lit = 0;
  for (let index = 0; index + 2 < pixels.length; index += 4) {
    // Rec. 601 luma, precise enough for dark and bright.
    const light =
      0.299 * (pixels[index] ?? 0) + 0.587 * (pixels[index + 1] ?? 0) + 0.114 * (pixels[index + 2] ?? 0);
    if (light >= LIGHT) lit += 1;
  }
  return lit < (pixels.length / 4) * LIT_PART;
}

/** Whether this person's own video is mirrored: from every camera except the rear camera of a phone. */
export function isMirrored(track: MediaStreamTrack): boolean {
  return track.getSettings().facingMode !== 'environment';
}
