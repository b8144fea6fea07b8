import { describe, expect, it } from 'vitest';
import { meterPosition } from './microphone-level.ts';

const tone = (amplitude: number) =>
  Float32Array.from({ length: 960 }, (_, index) => amplitude * Math.sin((index / 48) * 2 * Math.PI));

describe('meterPosition()', () => {
  it('returns 0 for silence and for no samples', () => {
    expect(meterPosition(new Float32Array(128))).toBe(0);
    expect(meterPosition(new Float32Array(0))).toBe(0);
  });

  it('returns 1 for full scale', () => {
    expect(meterPosition(new Float32Array(128).fill(1))).toBe(1);
  });

  it('returns a position 6 dB lower for half the amplitude', () => {
    const difference = meterPosition(tone(0.5)) - meterPosition(tone(0.25));
    expect(difference * 60).toBeCloseTo(6.02, 1);
  });

  it('returns 0 for noise below the floor', () => {
    expect(meterPosition(tone(0.0005))).toBe(0);
  });
});
