import { testFakeParameters, type types } from 'mediasoup-client';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { consumerParameters, loadedDevice } from '../testing/fakes.ts';
import { IncomingMedia } from './incoming-media.ts';

let transport: types.Transport;
let incoming: IncomingMedia;

beforeEach(async () => {
  const device = await loadedDevice();
  transport = device.createRecvTransport(testFakeParameters.generateTransportRemoteParameters());
  transport.on('connect', (_parameters, callback) => callback());
  incoming = new IncomingMedia(transport);
});

describe('IncomingMedia', () => {
  it('add() shows the tracks of all streams with their owners', async () => {
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

  it('reports streams that were added together as ready together', async () => {
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
    // The first call has both; another one is mediasoup-client's own bandwidth probe.
    expect(receive.mock.calls[0]?.[0]).toHaveLength(2);
  });

  it('add() ignores known streams, as in the ack of a join', async () => {
    incoming.add([consumerParameters('c1', 'pat1', 'camera')]);
    await incoming.whenIdle();
    incoming.add([consumerParameters('c1', 'pat1', 'camera')]);
    await incoming.whenIdle();
    expect(incoming.tracks).toHaveLength(1);
  });

  it('the warm-up consumer sets the transport up without a track', async () => {
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

  it('remove() removes the track and closes the consumer', async () => {
    const tracks = vi.fn();
    incoming.add([consumerParameters('c1', 'pat1', 'camera')]);
    await incoming.whenIdle();
    const [consumer] = incoming.consumers();
    incoming.on('tracks', tracks);
    incoming.remove('c1');
    expect(tracks).toHaveBeenCalledWith([]);
    expect(consumer?.closed).toBe(true);
  });

  it('remove() closes a stream that the browser is still setting up', async () => {
    const tracks = vi.fn();
    incoming.on('tracks', tracks);
    incoming.add([consumerParameters('c1', 'pat1', 'camera')]);
    incoming.remove('c1');
    await incoming.whenIdle();
    expect(tracks).not.toHaveBeenCalled();
    expect(incoming.consumers()).toEqual([]);
  });

  it('remove() ignores unknown streams', () => {
    expect(() => incoming.remove('c9')).not.toThrow();
  });

  it('omits a stream that the browser cannot play, and plays the others', async () => {
    const quiet = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const broken = { ...consumerParameters('c1', 'pat1', 'camera'), rtpParameters: { codecs: [] } };
    incoming.add([broken, consumerParameters('c2', 'pat1', 'microphone')]);
    await incoming.whenIdle();
    expect(incoming.tracks.map(({ consumerId }) => consumerId)).toEqual(['c2']);
    quiet.mockRestore();
  });

  it('close() during a set-up leaves no track, and add() does nothing afterwards', async () => {
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
