import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { levelOf, NetworkMonitor, type NetworkQuality, type NetworkSample } from './network-monitor.ts';

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
const POOR: NetworkSample = { ...GOOD, lossIn: 0.2, concealed: 0.2 };

describe('levelOf()', () => {
  it('returns good for a fast network without loss', () => expect(levelOf(GOOD)).toBe('good'));
  it('returns null without a measurement', () =>
    expect(levelOf({ ...GOOD, rttMs: null, lossIn: null, lossOut: null })).toBe(null));
  it.each([
    [{ lossOut: 0.05 }, 'fair'],
    [{ rttMs: 400 }, 'fair'],
    [{ frozen: 0.5 }, 'fair'],
    [{ lossOut: 0.2 }, 'fair'],
    [{ lossOut: 0.2, frozen: 0.5 }, 'poor'],
    [{ lossIn: 0.2, concealed: 0.2 }, 'poor'],
    [{ lossIn: 0.2, concealed: null, frozen: null }, 'poor'],
    [{ lossIn: 0.4 }, 'poor'],
    [{ rttMs: 900 }, 'poor'],
    [{ rttMs: null, lossIn: 0.02, lossOut: null }, 'good'],
  ] as const)('of %j is %s', (change, level) => expect(levelOf({ ...GOOD, ...change })).toBe(level));
});

describe('NetworkMonitor', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function levels(samples: readonly (NetworkSample | null | Error)[]) {
    const told: NetworkQuality[] = [];
    const left = [...samples];
    const monitor = new NetworkMonitor(() => {
      const next = left.shift() ?? null;
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    });
    monitor.on('quality', (quality) => told.push(quality));
    monitor.start();
    monitor.start();
    await vi.advanceTimersByTimeAsync(2000 * samples.length);
    monitor.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(monitor.quality.level).toBe(null);
    return told.map(({ level }) => level);
  }

  it('emits a quality every two seconds, from the first measurement on', async () => {
    expect(await levels([GOOD, GOOD])).toEqual(['good', 'good']);
  });

  it('changes to a worse level after two measurements and to a better one after two', async () => {
    expect(await levels([GOOD, POOR, POOR, GOOD, GOOD])).toEqual(['good', 'good', 'poor', 'poor', 'good']);
  });

  it('does not change for a single measurement, or for contradicting ones', async () => {
    expect(new Set(await levels([GOOD, POOR, GOOD, POOR, GOOD, POOR]))).toEqual(new Set(['good']));
  });

  it('emits nothing without a call, or when the browser fails', async () => {
    expect(await levels([null, new Error('gone'), GOOD])).toEqual(['good']);
  });

  it.each([
    [true, { busy: true }],
    [true, { busy: true, lossIn: 0.02 }],
    [true, { busy: true, lossIn: null, lossOut: null }],
    [false, { busy: true, lossIn: 0.2 }],
    [false, { busy: false, rttMs: 900 }],
  ])('reports whether the device is busy, and the network not to blame: %s for %j', async (busy, change) => {
    const monitor = new NetworkMonitor(() => Promise.resolve({ ...GOOD, ...change }));
    monitor.start();
    await vi.advanceTimersByTimeAsync(2000);
    expect(monitor.quality.deviceBusy).toBe(busy);
    monitor.stop();
  });

  it('reports the higher loss in per cent', async () => {
    const monitor = new NetworkMonitor(() => Promise.resolve({ ...GOOD, lossIn: 0.012, lossOut: 0.034 }));
    monitor.start();
    await vi.advanceTimersByTimeAsync(2000);
    expect(monitor.quality).toEqual({
      level: 'fair',
      rttMs: 40,
      lossPercent: 3.4,
      deviceBusy: false,
      relayed: false,
    });
    monitor.stop();
  });
});
