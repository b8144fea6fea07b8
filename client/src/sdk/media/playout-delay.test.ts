import { describe, expect, it } from 'vitest';
import { PlayoutDelay, type SoundSample } from './playout-delay.ts';

const CLEAN: SoundSample = { rttMs: 50, requested: 0, concealed: 0 };
const LOSSY: SoundSample = { rttMs: 50, requested: 0.1, concealed: 0 };
const AUDIBLE: SoundSample = { ...LOSSY, concealed: 0.05 };

/** Returns the delay after each measurement, one every two seconds. */
function delays(samples: readonly SoundSample[]): (number | null)[] {
  const delay = new PlayoutDelay();
  return samples.map((sample, index) => delay.observe(sample, index * 2000));
}

const times = (count: number, sample: SoundSample) => Array.from({ length: count }, () => sample);

describe('PlayoutDelay', () => {
  it('leaves the delay to the browser on a clean line, and without measurements', () => {
    expect(delays([CLEAN, CLEAN])).toEqual([null, null]);
    expect(delays([{ rttMs: null, requested: null, concealed: null }])).toEqual([null]);
  });

  it('waits for one retransmission at the first loss', () => {
    expect(delays([LOSSY, LOSSY])).toEqual([130, 130]);
  });

  it('waits for another retransmission while gaps are audible, up to its maximum', () => {
    expect(delays(times(8, AUDIBLE))).toEqual([130, 220, 310, 400, 420, 420, 420, 420]);
  });

  it('waits no longer for concealed sound without loss, which is a busy machine', () => {
    expect(delays([{ ...CLEAN, concealed: 0.2 }])).toEqual([null]);
  });

  it('waits less after 10 s of a clean line, one retransmission at a time', () => {
    const seen = delays([AUDIBLE, AUDIBLE, ...times(22, CLEAN)]);
    expect(seen.slice(1, 7)).toEqual(times(6, CLEAN).map(() => 220));
    expect(seen[7]).toBe(130);
    expect(seen.at(-1)).toBe(null);
  });
});
