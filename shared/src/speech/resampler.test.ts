import { describe, expect, it } from 'vitest';
import { Resampler, SPEECH_RATE } from './resampler.ts';

const tone = (rate: number, hertz: number, seconds = 0.5) =>
  Float32Array.from({ length: Math.round(rate * seconds) }, (_, index) =>
    Math.sin((2 * Math.PI * hertz * index) / rate),
  );

/** Converts a tone in pieces, as a browser delivers it. */
function convert(rate: number, sound: Float32Array, piece = 128): number[] {
  const resampler = new Resampler(rate);
  const output: number[] = [];
  for (let start = 0; start < sound.length; start += piece) {
    output.push(...resampler.push(sound.slice(start, start + piece)));
  }
  return output;
}

/** The loudness of the middle, where no beginning and end is heard. */
const loudness = (samples: readonly number[]) => {
  const middle = samples.slice(1000, 6000);
  return Math.sqrt(middle.reduce((sum, sample) => sum + sample * sample, 0) / middle.length);
};

describe.each([8000, 24_000, 44_100, 48_000, 96_000])('Resampler from %i samples a second', (rate) => {
  it('keeps the pitch and the loudness of a voice, at the same time', () => {
    const output = convert(rate, tone(rate, 1000));
    const expected = tone(SPEECH_RATE, 1000);
    expect(Math.abs(output.length - expected.length)).toBeLessThanOrEqual(40);
    for (let index = 1000; index < 6000; index++) {
      expect(Math.abs(output[index]! - expected[index]!)).toBeLessThan(0.02);
    }
  });

  it('has the same output for pieces of any size', () => {
    const sound = tone(rate, 700);
    expect(convert(rate, sound, 128)).toEqual(convert(rate, sound, 4099));
  });
});

it.each([44_100, 48_000])('Resampler from %i removes what would sound like another tone', (rate) => {
  expect(loudness(convert(rate, tone(rate, 12_000)))).toBeLessThan(0.01);
});

it('Resampler passes on what has the right rate', () => {
  const sound = tone(SPEECH_RATE, 1000);
  expect(convert(SPEECH_RATE, sound)).toEqual([...sound]);
});
