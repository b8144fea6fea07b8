import { testFakeParameters, type types } from 'mediasoup-client';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { IncomingMedia } from './incoming-media.ts';
import { consumerParameters, loadedDevice } from '../testing/fakes.ts';

let transport: types.Transport;
let incoming: IncomingMedia;

beforeEach(async () => {
  const device = await loadedDevice();
  transport = device.createRecvTransport(testFakeParameters.generateTransportRemoteParameters());
  transport.on('connect', (_parameters, callback) => callback());
  incoming = new IncomingMedia(transport);
});

describe('IncomingMedia', () => {
  it('add() of two streams shows both tracks with their owners', async () => {
    incoming.add([
      consumerParameters('c1', 'pat1', 'camera'),
      consumerParameters('c2', 'pat1', 'microphone'),
    ]);
    await incoming.whenIdle();
    expect(incoming.tracks).toMatchObject([
      { consumerId: 'c1', userId: 'pat1', source: 'camera', track: { kind: 'video' } },
      { consumerId: 'c2', userId: 'pat1', source: 'microphone', track: { kind: 'audio' } },
    ]);
    expect(incoming.consumers()).toHaveLength(2);
  });

  it('streams added together are set up and said to be ready together', async () => {
    const ready = vi.fn();
    incoming.on('ready', ready);
    const receive = vi.spyOn(transport.handler, 'receive');
    incoming.add([
      consumerParameters('c1', 'pat1', 'camera'),
      consumerParameters('c2', 'pat1', 'microphone'),
    ]);
    await incoming.whenIdle();
    await vi.waitFor(() => expect(ready).toHaveBeenCalled());
    expect(ready.mock.calls).toEqual([[['c1', 'c2']]]);
    // The first call holds both; another one is mediasoup-client's own bandwidth probe.
    expect(receive.mock.calls[0]?.[0]).toHaveLength(2);
  });

  it('add() of a stream that is known, as in the ack of a join, does nothing', async () => {
    incoming.add([consumerParameters('c1', 'pat1', 'camera')]);
    await incoming.whenIdle();
    incoming.add([consumerParameters('c1', 'pat1', 'camera')]);
    await incoming.whenIdle();
    expect(incoming.tracks).toHaveLength(1);
  });

  it('the placeholder warms the transport up and is nobody’s track', async () => {
    const connect = vi.fn();
    const ready = vi.fn();
    incoming.on('ready', ready);
    transport.on('connect', connect);
    incoming.add([consumerParameters('c0', null, null)]);
    await incoming.whenIdle();
    expect(connect).toHaveBeenCalledOnce();
    expect(incoming.tracks).toEqual([]);
    await vi.waitFor(() => expect(ready).toHaveBeenCalledWith(['c0']));
  });

  it('remove() takes the track away and closes the consumer', async () => {
    const tracks = vi.fn();
    incoming.add([consumerParameters('c1', 'pat1', 'camera')]);
    await incoming.whenIdle();
    const [consumer] = incoming.consumers();
    incoming.on('tracks', tracks);
    incoming.remove('c1');
    expect(tracks).toHaveBeenCalledWith([]);
    expect(consumer?.closed).toBe(true);
  });

  it('remove() while the browser sets the stream up lets it go when it is done', async () => {
    const tracks = vi.fn();
    incoming.on('tracks', tracks);
    incoming.add([consumerParameters('c1', 'pat1', 'camera')]);
    incoming.remove('c1');
    await incoming.whenIdle();
    expect(tracks).not.toHaveBeenCalled();
    expect(incoming.consumers()).toEqual([]);
  });

  it('remove() of a stream that was never there is silent', () => {
    expect(() => incoming.remove('c9')).not.toThrow();
  });

  it('a stream that the browser can’t play is left out, and the others play', async () => {
    const quiet = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const broken = { ...consumerParameters('c1', 'pat1', 'camera'), rtpParameters: { codecs: [] } };
    incoming.add([broken, consumerParameters('c2', 'pat1', 'microphone')]);
    await incoming.whenIdle();
    expect(incoming.tracks.map(({ consumerId }) => consumerId)).toEqual(['c2']);
    quiet.mockRestore();
  });

  it('close() in the middle ends without a track, and add() afterwards does nothing', async () => {
    const tracks = vi.fn();
    incoming.on('tracks', tracks);
    incoming.add([consumerParameters('c1', 'pat1', 'camera')]);
    const settled = incoming.whenIdle();
    incoming.close();
    incoming.close();
    await settled;
    incoming.add([consumerParameters('c2', 'pat1', 'camera')]);
    expect(tracks).not.toHaveBeenCalled();
    expect(incoming.tracks).toEqual([]);
  });
});
