import { describe, expect, it } from 'vitest';
import { isDark, isMirrored } from './preview.tsx';

const picture = (pixels: number, lit: number, light = 200) =>
  Uint8ClampedArray.from({ length: pixels * 4 }, (_, index) => {
    if (index % 4 === 3) return 255;
    return Math.floor(index / 4) < lit ? light : 6;
  });

describe('isDark', () => {
  it('returns true for a covered camera with noise', () => {
    expect(isDark(picture(144, 0))).toBe(true);
  });

  it('returns false for a dim room', () => {
    expect(isDark(picture(144, 144, 30))).toBe(false);
    expect(isDark(picture(144, 5))).toBe(false);
  });
});

describe('isMirrored', () => {
  const track = (facingMode?: string) => ({ getSettings: () => ({ facingMode }) }) as MediaStreamTrack;

  it('returns false for the rear camera', () => {
    expect(isMirrored(track('environment'))).toBe(false);
  });

  it('returns true for the front camera and for cameras of unknown position', () => {
    expect(isMirrored(track('user'))).toBe(true);
    expect(isMirrored(track())).toBe(true);
  });
});
