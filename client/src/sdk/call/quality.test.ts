import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MediaMode } from '../network/degradation-policy.ts';
import { SAMPLE_MS, type NetworkSample } from '../network/network-monitor.ts';
import { Quality } from './quality.ts';
import { INITIAL_STATE } from '../state/visit-state.ts';
import { VisitStore } from '../state/visit-store.ts';

const GOOD: NetworkSample = { rttMs: 40, lossIn: 0, lossOut: 0, frozen: 0 };
const POOR: NetworkSample = { rttMs: 900, lossIn: 0.2, lossOut: 0, frozen: 0 };

let store: VisitStore;
let sample: NetworkSample | null;
let modes: MediaMode[];
let reports: string[];
let quality: Quality;

/** Lets as much time go by as this many measurements take. */
const measure = (times: number) => vi.advanceTimersByTimeAsync(times * SAMPLE_MS);

beforeEach(() => {
  vi.useFakeTimers();
  store = new VisitStore(INITIAL_STATE);
  sample = GOOD;
  modes = [];
  reports = [];
  quality = new Quality({
    store,
    sample: () => Promise.resolve(sample),
    setMode: (mode) => modes.push(mode),
    report: (level) => reports.push(level),
    now: () => Date.now(),
  });
});
afterEach(() => {
  quality.stop();
  vi.useRealTimers();
});

describe('Quality', () => {
  it('start() shows what is measured, and reports each change once', async () => {
    quality.start();
    await measure(3);
    expect(store.state.network).toEqual({ level: 'good', rttMs: 40, lossPercent: 0 });
    expect(reports).toEqual(['good']);
    sample = POOR;
    await measure(3);
    expect(store.state.network).toMatchObject({ level: 'poor', lossPercent: 20 });
    expect(reports).toEqual(['good', 'poor']);
  });

  it('gives media up where the network stays poor', async () => {
    quality.start();
    sample = POOR;
    await measure(6);
    expect(store.state.mediaMode).toBe('reduced');
    expect(modes).toEqual(['reduced']);
  });

  it('apply() with saveData leaves the sound alone on a good network, and without brings the pictures back', () => {
    store.update({ saveData: true });
    quality.apply();
    quality.apply();
    store.update({ saveData: false });
    quality.apply();
    expect(modes).toEqual(['audio_only', 'full']);
    expect(store.state.mediaMode).toBe('full');
  });

  it('reportAgain() tells a new connection what is known, and nothing where nothing is', async () => {
    quality.reportAgain();
    expect(reports).toEqual([]);
    quality.start();
    await measure(1);
    quality.reportAgain();
    expect(reports).toEqual(['good', 'good']);
  });

  it('while there is no call keeps what was known', async () => {
    quality.start();
    await measure(1);
    sample = null;
    await measure(2);
    expect(store.state.network.level).toBe('good');
  });
});
