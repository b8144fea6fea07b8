import type { Source } from '@televisit/shared/vocabulary';
import { testFakeParameters, type types } from 'mediasoup-client';
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { VisitError, type VisitErrorCode } from '../core/errors.ts';
import type { SignalingClient } from '../signaling/signaling-client.ts';
import { asTrack, FakeTrack, loadedDevice } from '../testing/fakes.ts';
import { videoCodecsOf, waysToSend } from './source-options.ts';
import { SourcePublisher } from './source-publisher.ts';

let transport: types.Transport;
let produced: { rtpParameters: types.RtpParameters; appData: Record<string, unknown> }[];
let sent: string[];
let told: [string, unknown][];
let track: FakeTrack;
let whileCreating: () => void;
let refused: string[];
let videoCodecs: types.RtpCodecCapability[];
let unsendable: MediaStreamTrack[];
/** The errors that the server refuses the next messages with. */
let problems: VisitErrorCode[];

const signaling = {
  request: (message: string) => {
    sent.push(message);
    const code = problems.shift();
    return code ? Promise.reject(new VisitError(code)) : Promise.resolve(null);
  },
  send: (message: string, payload: unknown) => void told.push([message, payload]),
} as unknown as SignalingClient;
const publisher = (source: Source = 'camera') =>
  new SourcePublisher(source, {
    transport,
    signaling,
    ways: waysToSend(source, { opusDtx: true, videoCodecs, powersOfTwo: false }),
    onUnsendable: (refusedTrack) => unsendable.push(refusedTrack),
    onRefused: ({ code }) => refused.push(code),
  });
const wish = (change: object = {}) => ({ track: asTrack(track), on: true, joined: false, ...change });

beforeEach(async () => {
  const device = await loadedDevice();
  transport = device.createSendTransport(testFakeParameters.generateTransportRemoteParameters());
  transport.on('connect', (_parameters, callback) => callback());
  produced = [];
  whileCreating = () => undefined;
  refused = [];
  unsendable = [];
  videoCodecs = videoCodecsOf(device);
  problems = [];
  sent = [];
  told = [];
  transport.on('produce', ({ rtpParameters, appData }, callback, errback) => {
    produced.push({ rtpParameters, appData });
    whileCreating();
    const code = problems.shift();
    if (code) {
      errback(new VisitError(code));
      return;
    }
    callback({ id: `p${produced.length}` });
  });
  track = new FakeTrack('video');
});

describe('SourcePublisher', () => {
  it('set() before the join creates a paused producer whose sender has no track', async () => {
    const camera = publisher();
    await camera.set(wish());
    expect(produced).toMatchObject([{ appData: { source: 'camera', paused: true } }]);
    expect(camera.producer?.track).toBeNull();
    expect(track.readyState).toBe('live');
    expect(sent).toEqual([]);
  });

  it('onRtpSender removes the track before anything is negotiated', async () => {
    const sender = { replaceTrack: vi.fn(() => Promise.resolve()) };
    const produce = vi.spyOn(transport, 'produce');
    await publisher().set(wish());
    produce.mock.calls[0]?.[0]?.onRtpSender?.(sender as unknown as RTCRtpSender);
    expect(sender.replaceTrack).toHaveBeenCalledWith(null);
  });

  it('produces with the options of its source', async () => {
    await publisher().set(wish());
    expect(produced[0]?.rtpParameters.encodings).toMatchObject([
      { scaleResolutionDownBy: 3, scalabilityMode: 'L1T3', priority: 'low' },
      { scaleResolutionDownBy: 2, scalabilityMode: 'L1T3', priority: 'low' },
      { scaleResolutionDownBy: 1, scalabilityMode: 'L1T3', priority: 'low' },
    ]);
    track = new FakeTrack('audio');
    await publisher('microphone').set(wish());
    expect(produced[1]?.rtpParameters.encodings).toMatchObject([
      { priority: 'high', networkPriority: 'high' },
    ]);
  });

  it.each(Array.from({ length: 8 }, (_, turns) => turns))(
    'set() is carried out however soon it follows another one: %i turns later',
    async (turns) => {
      const screen = publisher('screen');
      const first = screen.set(wish());
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      await Promise.all([first, screen.set(wish({ joined: true }))]);
      expect(produced).toHaveLength(1);
    },
  );

  it('sends() is true with a producer, and the join sends the track without a message', async () => {
    const camera = publisher();
    await camera.set(wish());
    expect(camera.sends(wish({ joined: true }))).toBe(true);
    camera.joined(false);
    await camera.set(wish({ joined: true }));
    expect(camera.producer?.track).toBe(track);
    expect(sent).toEqual([]);
  });

  it('sends() is false for a source that is off, and nothing is sent', async () => {
    const camera = publisher();
    await camera.set(wish());
    expect(camera.sends(wish({ on: false, joined: true }))).toBe(false);
    await camera.set(wish({ on: false, joined: true }));
    expect(camera.producer?.track).toBeNull();
    expect(sent).toEqual([]);
  });

  it('pauses and resumes on the server when switched off and on in the call, with another track', async () => {
    const camera = publisher();
    await camera.set(wish());
    camera.joined(false);
    await camera.set(wish({ joined: true, on: false, track: null }));
    expect(camera.producer?.track).toBeNull();
    const fresh = asTrack(new FakeTrack('video'));
    await camera.set(wish({ joined: true, track: fresh }));
    expect(camera.producer?.track).toBe(fresh);
    expect(sent).toEqual(['producer:pause', 'producer:resume']);
    expect(produced).toHaveLength(1);
  });

  it('produces a device running that first appears in the call', async () => {
    const camera = publisher();
    camera.joined(true);
    await camera.set(wish({ joined: true }));
    expect(produced).toMatchObject([{ appData: { paused: false } }]);
    expect(camera.producer?.track).toBe(track);
    expect(sent).toEqual([]);
  });

  it('resumes once the producer exists when the join comes while it is created', async () => {
    const camera = publisher();
    whileCreating = () => {
      expect(camera.sends(wish({ joined: true }))).toBe(false);
      void camera.set(wish({ joined: true }));
    };
    await camera.set(wish());
    expect(produced).toMatchObject([{ appData: { paused: true } }]);
    expect(camera.producer?.track).toBe(track);
    expect(sent).toEqual(['producer:resume']);
  });

  it('set() twice at once ends with the last desired state and one producer', async () => {
    const camera = publisher();
    void camera.set(wish({ joined: true }));
    await camera.set(wish({ joined: true, on: false }));
    expect(camera.producer?.track).toBeNull();
    expect(produced).toHaveLength(1);
    expect(sent).toEqual(['producer:pause']);
  });

  it('set() creates no producer without a track', async () => {
    await publisher().set(wish({ track: null }));
    expect(produced).toHaveLength(0);
  });

  it('set() does not throw when the transport is closed', async () => {
    const quiet = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    transport.close();
    await expect(publisher().set(wish())).resolves.toBeUndefined();
    quiet.mockRestore();
  });

  it('resumes the camera after a join that left it paused although it is on', async () => {
    const camera = publisher();
    await camera.set(wish());
    camera.joined(true);
    await camera.set(wish({ joined: true }));
    expect(sent).toEqual(['producer:resume']);
  });

  it('setDemand(null) removes the track while the producer keeps running on the server', async () => {
    const camera = publisher();
    await camera.set(wish());
    camera.joined(false);
    await camera.set(wish({ joined: true }));
    await camera.setDemand(null);
    expect(camera.producer?.track).toBeNull();
    expect(track.readyState).toBe('live');
    await camera.setDemand(2);
    expect(camera.producer?.track).toBe(track);
    expect(sent).toEqual([]);
  });

  it('setDemand() sends no layer above the given one, and does nothing without a change', async () => {
    const layers = vi.spyOn(transport.handler, 'setMaxSpatialLayer');
    const camera = publisher();
    await camera.set(wish());
    camera.joined(false);
    await camera.set(wish({ joined: true }));
    await camera.setDemand(2);
    expect(layers).not.toHaveBeenCalled();
    for (const layer of [0, 0, 1]) await camera.setDemand(layer);
    expect(layers.mock.calls.map(([, layer]) => layer)).toEqual([0, 1]);
    expect(camera.producer?.track).toBe(track);
  });

  it('setDemand() does not switch the camera on, and applies once it is on', async () => {
    const layers = vi.spyOn(transport.handler, 'setMaxSpatialLayer');
    const camera = publisher();
    await camera.set(wish({ joined: true, on: false }));
    await camera.setDemand(0);
    expect(camera.producer?.track).toBeNull();
    expect(layers).not.toHaveBeenCalled();
    await camera.set(wish({ joined: true }));
    expect(camera.producer?.track).toBe(track);
    expect(layers.mock.calls.map(([, layer]) => layer)).toEqual([0]);
  });

  it('pauses and resumes on the server also when no participant watches the camera', async () => {
    const camera = publisher();
    await camera.set(wish());
    camera.joined(false);
    await camera.setDemand(null);
    await camera.set(wish({ joined: true }));
    await camera.set(wish({ joined: true, on: false }));
    await camera.set(wish({ joined: true }));
    expect(sent).toEqual(['producer:pause', 'producer:resume']);
    expect(camera.producer?.track).toBeNull();
  });

  it('produces a screen only after the join, with its track at once', async () => {
    const screen = publisher('screen');
    await screen.set(wish());
    expect(produced).toHaveLength(0);
    expect(screen.sends(wish({ joined: true }))).toBe(false);
    await screen.set(wish({ joined: true }));
    expect(produced).toMatchObject([{ appData: { source: 'screen', paused: false } }]);
    expect(screen.producer?.track).toBe(track);
    expect(sent).toEqual([]);
  });

  it('closes the producer of a share that ends, here and on the server, and creates a new one for the next', async () => {
    const screen = publisher('screen');
    await screen.set(wish({ joined: true }));
    const first = screen.producer;
    await screen.set(wish({ joined: true, track: null, on: false }));
    expect(first?.closed).toBe(true);
    expect(screen.producer).toBeNull();
    expect(told).toEqual([['producer:close', { producerId: 'p1' }]]);
    await screen.set(wish({ joined: true }));
    expect(produced).toHaveLength(2);
    expect(track.readyState).toBe('live');
  });

  it('closes a share that ends while the server answers', async () => {
    const screen = publisher('screen');
    whileCreating = () => void screen.set(wish({ joined: true, track: null, on: false }));
    await screen.set(wish({ joined: true }));
    expect(screen.producer).toBeNull();
    expect(told).toEqual([['producer:close', { producerId: 'p1' }]]);
  });

  it('replaces the track when another window is shared', async () => {
    const screen = publisher('screen');
    await screen.set(wish({ joined: true }));
    const other = asTrack(new FakeTrack('video'));
    await screen.set(wish({ joined: true, track: other }));
    expect(screen.producer?.track).toBe(other);
    expect(produced).toHaveLength(1);
  });

  it('close() while the server answers leaves no producer', async () => {
    const camera = publisher();
    const done = camera.set(wish());
    camera.close();
    await done;
    expect(camera.producer).toBeNull();
  });
});

describe('SourcePublisher after a failure', () => {
  let warn: MockInstance<typeof console.warn>;

  beforeEach(() => {
    vi.useFakeTimers();
    warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  });
  afterEach(() => {
    vi.useRealTimers();
    warn.mockRestore();
  });

  it.each(['unreachable', 'too_many_messages'] as const)(
    'a camera that failed with %s is created a moment later',
    async (code) => {
      problems = [code];
      const camera = publisher();
      await camera.set(wish());
      expect(camera.producer).toBeNull();
      await vi.advanceTimersByTimeAsync(1_000);
      expect(camera.producer).not.toBeNull();
      expect(produced).toHaveLength(2);
    },
  );

  it('repeats a pause without an answer, and the resume after it', async () => {
    const camera = publisher();
    await camera.set(wish());
    camera.joined(false);
    problems = ['unreachable', 'unreachable'];
    await camera.set(wish({ joined: true, on: false }));
    expect(sent).toEqual(['producer:pause']);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(sent).toEqual(['producer:pause', 'producer:pause', 'producer:pause']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toHaveLength(3);
    problems = ['unreachable'];
    await camera.set(wish({ joined: true }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent.slice(3)).toEqual(['producer:resume', 'producer:resume']);
    expect(camera.producer?.track).toBe(track);
  });

  it('does not repeat a failed resume when the source was switched off meanwhile', async () => {
    const camera = publisher();
    await camera.set(wish());
    problems = ['unreachable'];
    await camera.set(wish({ joined: true }));
    await camera.set(wish({ joined: true, on: false }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toEqual(['producer:resume']);
  });

  it.each(['screen_share_off', 'too_many_messages'] as const)(
    'a screen that was refused with %s says so once',
    async (code) => {
      problems = [code];
      await publisher('screen').set(wish({ joined: true }));
      await vi.advanceTimersByTimeAsync(60_000);
      expect(refused).toEqual([code]);
      expect(produced).toHaveLength(1);
    },
  );

  it('repeats the creation of a screen without an answer', async () => {
    problems = ['unreachable'];
    const screen = publisher('screen');
    await screen.set(wish({ joined: true }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(screen.producer).not.toBeNull();
    expect(refused).toEqual([]);
  });

  it('does not repeat a camera that was refused for good, and close() ends every retry', async () => {
    problems = ['forbidden', 'unreachable'];
    await publisher().set(wish());
    const other = publisher();
    await other.set(wish());
    other.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(produced).toHaveLength(2);
    expect(refused).toEqual([]);
  });
});

describe('a browser that refuses to encode', () => {
  /** Lets the browser refuse the first attempts. @returns the number of layers and the codec of each attempt */
  function refuse(count: number) {
    const attempts: [number | undefined, string | undefined][] = [];
    const produce = transport.produce.bind(transport);
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    vi.spyOn(transport, 'produce').mockImplementation((options) => {
      attempts.push([options?.encodings?.length, options?.codec?.mimeType]);
      if (attempts.length <= count) return Promise.reject(new DOMException('refused', 'OperationError'));
      return produce(options);
    });
    return attempts;
  }

  it('sends without layers if the browser refuses them', async () => {
    const attempts = refuse(1);
    const camera = publisher();
    await camera.set(wish());
    expect(attempts.map(([layers]) => layers)).toEqual([3, 1]);
    expect(camera.producer).not.toBeNull();
    expect(unsendable).toEqual([]);
  });

  it('sends with another codec if the browser refuses the preferred one', async () => {
    const attempts = refuse(2);
    await publisher().set(wish());
    expect(attempts).toHaveLength(3);
    expect(attempts[2]?.[1]).not.toBe(attempts[0]?.[1]);
  });

  it('reports a track once that no way is left for, and tries another track from the beginning', async () => {
    const attempts = refuse(Infinity);
    const camera = publisher();
    await camera.set(wish());
    await camera.set(wish({ joined: true }));
    const ways = waysToSend('camera', { opusDtx: true, videoCodecs, powersOfTwo: false }).length;
    expect(attempts).toHaveLength(ways);
    expect(unsendable).toEqual([track]);
    track = new FakeTrack('video');
    await camera.set(wish());
    expect(attempts).toHaveLength(2 * ways);
    expect(unsendable).toHaveLength(2);
  });

  it('does not try another way if the server refuses', async () => {
    const attempts = refuse(0);
    problems = ['forbidden'];
    await publisher().set(wish());
    expect(attempts).toHaveLength(1);
  });
});

describe('changeCodec()', () => {
  it('replaces the producer by one with another codec', async () => {
    const camera = publisher();
    await camera.set(wish({ joined: true }));
    const first = camera.producer;
    expect(camera.changeCodec()).toBe(true);
    await camera.set(wish({ joined: true }));
    expect(first?.closed).toBe(true);
    expect(produced).toHaveLength(2);
    const [before, after] = produced.map(({ rtpParameters }) => rtpParameters.codecs[0]?.mimeType);
    expect(after).not.toBe(before);
  });

  it('returns false without another codec, and once all have been tried', async () => {
    const camera = publisher();
    await camera.set(wish());
    expect(camera.changeCodec()).toBe(true);
    expect(camera.changeCodec()).toBe(false);
    expect(publisher('microphone').changeCodec()).toBe(false);
  });
});
