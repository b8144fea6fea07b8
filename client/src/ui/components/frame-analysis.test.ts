import { describe, expect, it } from 'vitest';
import { isDark, isMirrored } from './frame-analysis.ts';

const picture = (pixels: number, lit: number, light = 200) =>
  Uint8ClampedArray.from({ length: pixels * 4 }, (_, index) => {
    if (index % 4 === 3) return 255;
    return Math.floor(index / 4) < lit ? light : 6;
  });

describe('isDark', () => {
  it('of a covered camera, with its noise, is true', () => {
    expect(isDark(picture(144, 0))).toBe(true);
  });

  it('of a dim room is false', () => {
    expect(isDark(picture(144, 144, 30))).toBe(false);
    expect(isDark(picture(144, 5))).toBe(false);
  });
});

describe('isMirrored', () => {
  const track = (facingMode?: string) => ({ getSettings: () => ({ facingMode }) }) as MediaStreamTrack;

  it('of the camera at the back is false', () => {
    expect(isMirrored(track('environment'))).toBe(false);
  });

  it('of the front camera, and of one that doesn’t say, is true', () => {
    expect(isMirrored(track('user'))).toBe(true);
    expect(isMirrored(track())).toBe(true);
  });
});
