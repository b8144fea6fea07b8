/**
 * The simulcast layers of a camera (RFC 8853), lowest first: the factor by which the picture is smaller, and the bitrate in bit/s.
 * The factors are powers of two because Firefox supports no others. The middle layer fits a line of 300 kbit/s beside sound.
 */
export const CAMERA_LAYERS = [
  { scaleResolutionDownBy: 4, maxBitrate: 100_000 },
  { scaleResolutionDownBy: 2, maxBitrate: 200_000 },
  { scaleResolutionDownBy: 1, maxBitrate: 1_200_000 },
] as const;
