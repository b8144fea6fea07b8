import { describe, expect, it } from 'vitest';
import { Chime, CHIME_REST_MS } from './chime.ts';

/** As much of Web Audio as two notes need. */
function fakeContext() {
  const tones: number[] = [];
  const parameter = {
    setValueAtTime: () => 0,
    linearRampToValueAtTime: () => 0,
    exponentialRampToValueAtTime: () => 0,
  };
  const context = {
    currentTime: 0,
    destination: {},
    resume: () => Promise.resolve(),
    createGain: () => ({ gain: parameter, connect: () => ({}) }),
    createOscillator: () => {
      const frequency = { value: 0 };
      return {
        frequency,
        connect: (next: object) => next,
        start: () => tones.push(frequency.value),
        stop: () => undefined,
      };
    },
  };
  return { context: context as unknown as AudioContext, tones };
}

describe('Chime', () => {
  it('plays two notes, the second one higher', () => {
    const { context, tones } = fakeContext();
    expect(
      new Chime(
        () => context,
        () => 0,
      ).ring(),
    ).toBe(true);
    expect(tones).toHaveLength(2);
    expect(tones[1]).toBeGreaterThan(tones[0]!);
  });

  it('is silent for ten seconds after it has sounded', () => {
    const { context } = fakeContext();
    let now = 0;
    const chime = new Chime(
      () => context,
      () => now,
    );
    expect(chime.ring()).toBe(true);
    now = CHIME_REST_MS - 1;
    expect(chime.ring()).toBe(false);
    now = CHIME_REST_MS;
    expect(chime.ring()).toBe(true);
  });

  it('is silent if the browser has no audio', () => {
    const chime = new Chime(() => {
      throw new Error('no sound');
    });
    expect(chime.ring()).toBe(false);
  });
});
