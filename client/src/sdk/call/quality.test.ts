import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Store } from '../core/store.ts';
import type { MediaMode } from '../network/degradation-policy.ts';
import { SAMPLE_MS, type NetworkSample } from '../network/network-monitor.ts';
import { INITIAL_STATE, type VisitStore } from '../state/visit-state.ts';
import { FakeStorage, FORBIDDEN_STORAGE } from '../testing/fakes.ts';
import { Quality, SaveData } from './quality.ts';

const GOOD: NetworkSample = {
  rttMs: 40,
  lossIn: 0,
  lossOut: 0,
  frozen: 0,
  concealed: 0,
  requested: 0,
  busy: false,
  relayed: false,
};
const POOR: NetworkSample = { ...GOOD, rttMs: 900, lossIn: 0.2 };

let store: VisitStore;
let sample: NetworkSample | null;
let modes: MediaMode[];
let reports: string[];
let last: object;
let quality: Quality;

/** Advances the time by this many measurements. */
const measure = (times: number) => vi.advanceTimersByTimeAsync(times * SAMPLE_MS);

beforeEach(() => {
  vi.useFakeTimers();
  store = new Store(INITIAL_STATE);
  sample = GOOD;
  modes = [];
  reports = [];
  quality = new Quality({
    store,
    sample: () => Promise.resolve(sample),
    setMode: (mode) => modes.push(mode),
    report: (network) => {
      reports.push(network.level);
      last = network;
    },
    now: () => Date.now(),
  });
});
afterEach(() => {
  quality.stop();
  vi.useRealTimers();
});

describe('Quality', () => {
  it('start() puts measurements into the state and reports each change once', async () => {
    quality.start();
    await measure(3);
    expect(store.state.network).toEqual({
      level: 'good',
      rttMs: 40,
      lossPercent: 0,
      deviceBusy: false,
      relayed: false,
    });
    expect(reports).toEqual(['good']);
    sample = POOR;
    await measure(3);
    expect(store.state.network).toMatchObject({ level: 'poor', lossPercent: 20 });
    expect(reports).toEqual(['good', 'poor']);
  });

  it('start() reports the same level again after fifteen seconds, with the figures of now', async () => {
    quality.start();
    await measure(7);
    expect(reports).toEqual(['good']);
    expect(last).toEqual({ level: 'good', rttMs: 40, lossPercent: 0, relayed: false });
    sample = { ...GOOD, rttMs: 50, lossOut: 0.01, relayed: true };
    await measure(2);
    expect(reports).toEqual(['good', 'good']);
    expect(last).toEqual({ level: 'good', rttMs: 50, lossPercent: 1, relayed: true });
  });

  it('gives up media while the network stays poor', async () => {
    quality.start();
    sample = POOR;
    await measure(6);
    expect(store.state.mediaMode).toBe('reduced');
    expect(modes).toEqual(['reduced']);
  });

  it('apply() switches to audio_only with saveData, and back to full without', () => {
    store.update({ saveData: true });
    quality.apply();
    quality.apply();
    store.update({ saveData: false });
    quality.apply();
    expect(modes).toEqual(['audio_only', 'full']);
    expect(store.state.mediaMode).toBe('full');
  });

  it('reportAgain() reports the known level again, and nothing before the first one', async () => {
    quality.reportAgain();
    expect(reports).toEqual([]);
    quality.start();
    await measure(1);
    quality.reportAgain();
    expect(reports).toEqual(['good', 'good']);
  });

  it('keeps the last level while there is no call', async () => {
    quality.start();
    await measure(1);
    sample = null;
    await measure(2);
    expect(store.state.network.level).toBe('good');
  });
});

describe('SaveData', () => {
  it('keep() is remembered for the next visit until it is revoked', () => {
    const storage = new FakeStorage();
    expect(new SaveData(storage).on).toBe(false);
    new SaveData(storage).keep(true);
    expect(new SaveData(storage).on).toBe(true);
    new SaveData(storage).keep(false);
    expect(new SaveData(storage).on).toBe(false);
  });

  it.each([null, FORBIDDEN_STORAGE])('keep() does not throw without storage', (storage) => {
    const saveData = new SaveData(storage);
    saveData.keep(true);
    expect(saveData.on).toBe(false);
  });
});
