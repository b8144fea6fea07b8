import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { layerFor, StreamPreferences, wantedOf } from './stream-preferences.ts';

const GATHER_MS = 100;

const camera = (userId: string, consumerId = `${userId}-camera`) =>
  ({ consumerId, userId, source: 'camera' }) as const;
const screen = (userId: string) => ({ consumerId: `${userId}-screen`, userId, source: 'screen' }) as const;
const sound = (userId: string) => ({ consumerId: `${userId}-sound`, userId, source: 'microphone' }) as const;
const view = (userId: string, width: number, source: 'camera' | 'screen' = 'camera') => ({
  userId,
  source,
  width,
});

describe('layerFor()', () => {
  it.each([
    [1, 0],
    [424, 0],
    [425, 1],
    [640, 1],
    [641, 2],
    [3840, 2],
  ])('%i device pixels need layer %i', (width, layer) => {
    expect(layerFor(width)).toBe(layer);
  });
});

describe('wantedOf()', () => {
  it.each([
    ['full', camera('ana'), 1000, { visible: true, spatialLayer: 2 }],
    ['full', camera('ana'), 0, { visible: false, spatialLayer: 0 }],
    ['reduced', camera('ana'), 1000, { visible: true, spatialLayer: 2 }],
    ['reduced', screen('ana'), 1000, { visible: true, spatialLayer: 2 }],
    ['no_remote_video', camera('ana'), 1000, { visible: false, spatialLayer: 2 }],
    ['no_remote_video', screen('ana'), 300, { visible: true, spatialLayer: 2 }],
    ['audio_only', camera('ana'), 1000, { visible: false, spatialLayer: 2 }],
    ['audio_only', screen('ana'), 1000, { visible: false, spatialLayer: 2 }],
  ] as const)('in mode %s of %j at width %i is %j', (mode, stream, width, wanted) => {
    expect(wantedOf(stream, [view('ana', width, stream.source)], mode)).toEqual(wanted);
  });

  it('wants a picture without a view in full', () => {
    expect(wantedOf(camera('new'), [view('ana', 100), view('new', 0, 'screen')], 'full')).toEqual({
      visible: true,
      spatialLayer: 2,
    });
  });

  it('wants the larger of two views', () => {
    expect(wantedOf(camera('ana'), [view('ana', 0), view('ana', 500)], 'full')).toEqual({
      visible: true,
      spatialLayer: 1,
    });
  });
});

describe('StreamPreferences', () => {
  const send = vi.fn();
  let preferences: StreamPreferences;

  beforeEach(() => {
    vi.useFakeTimers();
    send.mockClear();
    preferences = new StreamPreferences(send);
  });

  afterEach(() => vi.useRealTimers());

  const settle = () => vi.advanceTimersByTime(GATHER_MS);

  it('sends nothing for streams that are shown in full, or for sound', () => {
    preferences.setStreams([camera('ana'), screen('ana'), sound('ana')]);
    preferences.setViews([view('ana', 1280), view('ana', 1280, 'screen')]);
    settle();
    expect(send).not.toHaveBeenCalled();
  });

  it('setViews() sends the last views once, after 100 ms', () => {
    preferences.setStreams([camera('ana'), camera('ben')]);
    for (const width of [200, 0, 300]) preferences.setViews([view('ana', width)]);
    vi.advanceTimersByTime(GATHER_MS - 1);
    expect(send).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(send.mock.calls).toEqual([[[{ consumerId: 'ana-camera', visible: true, spatialLayer: 0 }]]]);
  });

  it('setViews() is sent ten times a second in a layout that changes constantly', () => {
    preferences.setStreams([camera('ana')]);
    for (let step = 0; step < 20; step++) {
      preferences.setViews([view('ana', [100, 500, 1000][step % 3] ?? 0)]);
      vi.advanceTimersByTime(50);
    }
    expect(send.mock.calls.length).toBeGreaterThan(5);
    expect(send.mock.calls.length).toBeLessThanOrEqual(10);
  });

  it('sends changes only, and nothing when a view changes within its layer', () => {
    preferences.setStreams([camera('ana'), camera('ben')]);
    preferences.setViews([view('ana', 200), view('ben', 200)]);
    settle();
    preferences.setViews([view('ana', 300), view('ben', 200)]);
    settle();
    expect(send).toHaveBeenCalledTimes(1);
    preferences.setViews([view('ana', 300), view('ben', 600)]);
    settle();
    expect(send).toHaveBeenLastCalledWith([{ consumerId: 'ben-camera', visible: true, spatialLayer: 1 }]);
  });

  it('keeps the layer of a hidden picture, and sends the needed one when it is shown again', () => {
    preferences.setStreams([camera('ana')]);
    preferences.setViews([view('ana', 500)]);
    settle();
    preferences.setViews([view('ana', 0)]);
    settle();
    expect(send).toHaveBeenLastCalledWith([{ consumerId: 'ana-camera', visible: false, spatialLayer: 1 }]);
    preferences.setViews([view('ana', 100)]);
    settle();
    expect(send).toHaveBeenLastCalledWith([{ consumerId: 'ana-camera', visible: true, spatialLayer: 0 }]);
  });

  it('setMode() is sent at once, and reverted to what the page shows', () => {
    preferences.setStreams([camera('ana'), screen('ben')]);
    preferences.setMode('no_remote_video');
    expect(send).toHaveBeenLastCalledWith([{ consumerId: 'ana-camera', visible: false, spatialLayer: 2 }]);
    preferences.setMode('audio_only');
    expect(send).toHaveBeenLastCalledWith([{ consumerId: 'ben-screen', visible: false, spatialLayer: 2 }]);
    preferences.setMode('full');
    expect(send).toHaveBeenLastCalledWith([
      { consumerId: 'ana-camera', visible: true, spatialLayer: 2 },
      { consumerId: 'ben-screen', visible: true, spatialLayer: 2 },
    ]);
  });

  it('flush() sends preferences for new streams at once, also for a participant’s new camera', () => {
    preferences.setViews([view('ana', 100)]);
    preferences.setStreams([camera('ana')]);
    preferences.flush();
    expect(send).toHaveBeenLastCalledWith([{ consumerId: 'ana-camera', visible: true, spatialLayer: 0 }]);
    preferences.setStreams([camera('ana', 'other')]);
    preferences.flush();
    expect(send).toHaveBeenLastCalledWith([{ consumerId: 'other', visible: true, spatialLayer: 0 }]);
    settle();
    expect(send).toHaveBeenCalledTimes(2);
  });

  it('close() discards a batched change', () => {
    preferences.setStreams([camera('ana')]);
    preferences.setViews([view('ana', 100)]);
    preferences.close();
    preferences.setMode('audio_only');
    preferences.setViews([]);
    settle();
    expect(send).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
