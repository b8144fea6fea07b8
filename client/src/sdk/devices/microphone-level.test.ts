import { describe, expect, it } from 'vitest';
import { meterPosition } from './microphone-level.ts';

const tone = (amplitude: number) =>
  Float32Array.from({ length: 960 }, (_, index) => amplitude * Math.sin((index / 48) * 2 * Math.PI));

describe('meterPosition', () => {
  it('of silence, or of nothing, is 0', () => {
    expect(meterPosition(new Float32Array(128))).toBe(0);
    expect(meterPosition(new Float32Array(0))).toBe(0);
  });

  it('of full scale is 1', () => {
    expect(meterPosition(new Float32Array(128).fill(1))).toBe(1);
  });

  it('of a tone at half the amplitude is 6 dB lower', () => {
    const difference = meterPosition(tone(0.5)) - meterPosition(tone(0.25));
    expect(difference * 60).toBeCloseTo(6.02, 1);
  });

  it('of a noise below the floor is 0', () => {
    expect(meterPosition(tone(0.0005))).toBe(0);
  });
});
