import { describe, expect, it } from 'vitest';
import { Utterances, WINDOW_MS, type Utterance } from './utterances.ts';
import { WINDOW } from './voice-detector.ts';

const BEGAN = 1_000_000;

/** Feeds windows; a letter is a window: `s` speech, `.` silence, `q` quiet speech. Returns the utterances, and those that are open. */
function feed(pattern: string) {
  const found: Utterance[] = [];
  const utterances = new Utterances((utterance) => found.push(utterance));
  const letters = Array.from(pattern);
  for (const [index, letter] of letters.entries()) {
    const loudness = letter === 's' ? 0.5 : letter === 'q' ? 0.05 : 0.001;
    const samples = new Float32Array(WINDOW).fill(loudness);
    utterances.push(samples, letter === '.' ? 0.05 : 0.9, BEGAN + index * WINDOW_MS);
  }
  return { utterances, found };
}

const speech = (ms: number) => 's'.repeat(Math.round(ms / WINDOW_MS));
const silence = (ms: number) => '.'.repeat(Math.round(ms / WINDOW_MS));
const lengthOf = ({ startedAt, endedAt }: Utterance) => endedAt - startedAt;

describe('Utterances', () => {
  it('ends an utterance at a pause, with some silence before and after it', () => {
    const { found, utterances } = feed(silence(1000) + speech(1500) + silence(480));
    expect(found).toHaveLength(1);
    const [utterance] = found;
    expect(utterance!.startedAt).toBeGreaterThanOrEqual(BEGAN + 700);
    expect(utterance!.startedAt).toBeLessThan(BEGAN + 1000);
    expect(utterance!.endedAt).toBeGreaterThan(BEGAN + 2500);
    expect(utterance!.endedAt).toBeLessThan(BEGAN + 2750);
    expect(utterance!.samples.length).toBe(Math.round(lengthOf(utterance!) / WINDOW_MS) * WINDOW);
    expect(utterances.isOpen).toBe(false);
  });

  it('does not end an utterance at a short pause, unless it is long', () => {
    expect(feed(speech(1500) + silence(300) + speech(500)).found).toEqual([]);
    expect(feed(speech(5200) + silence(300) + speech(500)).found).toHaveLength(1);
  });

  it('ignores a cough', () => {
    const { found } = feed(silence(500) + speech(100) + silence(1000));
    expect(found).toEqual([]);
  });

  it('cuts speech without a pause at its quietest place after at most eight seconds', () => {
    const { found, utterances } = feed(speech(6400) + 'q'.repeat(4) + speech(3000));
    expect(found).toHaveLength(1);
    expect(lengthOf(found[0]!)).toBeGreaterThan(6350);
    expect(lengthOf(found[0]!)).toBeLessThan(6600);
    utterances.end();
    expect(found).toHaveLength(2);
    expect(found[1]!.startedAt).toBeCloseTo(found[0]!.endedAt, 3);
  });

  it('loses no window of speech that goes on and on', () => {
    const { found, utterances } = feed(speech(30_000));
    utterances.end();
    const samples = found.reduce((sum, utterance) => sum + utterance.samples.length, 0);
    expect(samples).toBe(speech(30_000).length * WINDOW);
    for (const utterance of found) expect(lengthOf(utterance)).toBeLessThanOrEqual(8000);
  });

  it('tells what was spoken so far while a person speaks, and not while they pause', () => {
    expect(feed(silence(500)).utterances.spoken).toBeNull();
    const { spoken } = feed(silence(500) + speech(1000)).utterances;
    expect(lengthOf(spoken!)).toBeGreaterThan(1000);
    expect(feed(speech(1000) + silence(100)).utterances.spoken).toBeNull();
  });

  it('end() delivers what was spoken last, and nothing the second time', () => {
    const { found, utterances } = feed(speech(1000));
    utterances.end();
    utterances.end();
    expect(found).toHaveLength(1);
  });
});
