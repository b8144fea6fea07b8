import type { Source } from '@televisit/shared/signaling';
import { testFakeParameters, type types } from 'mediasoup-client';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { SignalingClient } from './signaling-client.ts';
import { SourcePublisher } from './source-publisher.ts';
import { asTrack, FakeTrack, loadedDevice } from './testing/fakes.ts';

let transport: types.Transport;
let produced: { rtpParameters: types.RtpParameters; appData: Record<string, unknown> }[];
let sent: string[];
let track: FakeTrack;
let whileCreating: () => void;

const signaling = {
  request: (message: string) => {
    sent.push(message);
    return Promise.resolve(null);
  },
} as unknown as SignalingClient;
const publisher = (source: Source = 'camera') => new SourcePublisher(source, transport, signaling, true);
const wish = (change: object = {}) => ({ track: asTrack(track), on: true, joined: false, ...change });

beforeEach(async () => {
  const device = await loadedDevice();
  transport = device.createSendTransport(testFakeParameters.generateTransportRemoteParameters());
  transport.on('connect', (_parameters, callback) => callback());
  produced = [];
  whileCreating = () => undefined;
  sent = [];
  transport.on('produce', ({ rtpParameters, appData }, callback) => {
    produced.push({ rtpParameters, appData });
    whileCreating();
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

  it('onRtpSender takes the track away before anything is negotiated', async () => {
    const sender = { replaceTrack: vi.fn(() => Promise.resolve()) };
    const produce = vi.spyOn(transport, 'produce');
    await publisher().set(wish());
    produce.mock.calls[0]?.[0]?.onRtpSender?.(sender as unknown as RTCRtpSender);
    expect(sender.replaceTrack).toHaveBeenCalledWith(null);
  });

  it('the camera goes out in three layers, lowest first, with powers of two', async () => {
    await publisher().set(wish());
    expect(produced[0]?.rtpParameters.encodings).toMatchObject([
      { scaleResolutionDownBy: 4, scalabilityMode: 'L1T3' },
      { scaleResolutionDownBy: 2, scalabilityMode: 'L1T3' },
      { scaleResolutionDownBy: 1, scalabilityMode: 'L1T3' },
    ]);
  });

  it('the microphone goes out as mono with error correction, and DTX as the server says', async () => {
    const produce = vi.spyOn(transport, 'produce');
    track = new FakeTrack('audio');
    await publisher('microphone').set(wish());
    expect(produce.mock.calls[0]?.[0]?.codecOptions).toEqual({
      opusStereo: false,
      opusFec: true,
      opusDtx: true,
    });
  });

  it('goesLive() with a producer sends the track and no message of its own', async () => {
    const camera = publisher();
    await camera.set(wish());
    expect(camera.goesLive(wish({ joined: true }))).toBe(true);
    await camera.set(wish({ joined: true }));
    expect(camera.producer?.track).toBe(track);
    expect(sent).toEqual([]);
  });

  it('goesLive() of a source that is off says no and sends nothing', async () => {
    const camera = publisher();
    await camera.set(wish());
    expect(camera.goesLive(wish({ on: false, joined: true }))).toBe(false);
    await camera.set(wish({ on: false, joined: true }));
    expect(camera.producer?.track).toBeNull();
    expect(sent).toEqual([]);
  });

  it('off and on in the call pauses and resumes on the server, with another track', async () => {
    const camera = publisher();
    await camera.set(wish());
    camera.goesLive(wish({ joined: true }));
    await camera.set(wish({ joined: true, on: false, track: null }));
    expect(camera.producer?.track).toBeNull();
    const fresh = asTrack(new FakeTrack('video'));
    await camera.set(wish({ joined: true, track: fresh }));
    expect(camera.producer?.track).toBe(fresh);
    expect(sent).toEqual(['producer:pause', 'producer:resume']);
    expect(produced).toHaveLength(1);
  });

  it('a device that comes first in the call is produced running', async () => {
    const camera = publisher();
    camera.goesLive(wish({ joined: true, track: null, on: false }));
    await camera.set(wish({ joined: true }));
    expect(produced).toMatchObject([{ appData: { paused: false } }]);
    expect(camera.producer?.track).toBe(track);
    expect(sent).toEqual([]);
  });

  it('a join in the middle of creating resumes once the producer is there', async () => {
    const camera = publisher();
    whileCreating = () => {
      expect(camera.goesLive(wish({ joined: true }))).toBe(false);
      void camera.set(wish({ joined: true }));
    };
    await camera.set(wish());
    expect(produced).toMatchObject([{ appData: { paused: true } }]);
    expect(camera.producer?.track).toBe(track);
    expect(sent).toEqual(['producer:resume']);
  });

  it('set() twice at once ends with the last wish and one producer', async () => {
    const camera = publisher();
    void camera.set(wish({ joined: true }));
    await camera.set(wish({ joined: true, on: false }));
    expect(camera.producer?.track).toBeNull();
    expect(produced).toHaveLength(1);
    expect(sent).toEqual(['producer:pause']);
  });

  it('set() without a track makes no producer', async () => {
    await publisher().set(wish({ track: null }));
    expect(produced).toHaveLength(0);
  });

  it('set() never throws, also where the transport is closed', async () => {
    const quiet = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    transport.close();
    await expect(publisher().set(wish())).resolves.toBeUndefined();
    quiet.mockRestore();
  });

  it('close() while the server answers leaves no producer', async () => {
    const camera = publisher();
    const done = camera.set(wish());
    camera.close();
    await done;
    expect(camera.producer).toBeNull();
  });
});
