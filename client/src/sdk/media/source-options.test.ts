import type { Source } from '@televisit/shared/vocabulary';
import type { types } from 'mediasoup-client';
import { describe, expect, it } from 'vitest';
import {
  senderSettings,
  TOP_LAYER,
  videoCodecsOf,
  waysToSend,
  type SenderSettings,
} from './source-options.ts';

const codec = (mimeType: string, preferredPayloadType: number): types.RtpCodecCapability => ({
  kind: 'video',
  mimeType,
  clockRate: 90000,
  preferredPayloadType,
});
const vp8 = codec('video/VP8', 101);
const h264 = codec('video/H264', 103);
const settings: SenderSettings = { opusDtx: true, videoCodecs: [vp8], powersOfTwo: false };

/** Returns the preferred way. */
const sourceOptions = (source: Source, given: SenderSettings) => waysToSend(source, given)[0]!;

const deviceOf = (handlerName: string, codecs: types.RtpCodecCapability[]) =>
  ({ handlerName, sendRtpCapabilities: { codecs } }) as unknown as types.Device;

describe('waysToSend()', () => {
  it('returns three camera layers, lowest first, with three temporal layers', () => {
    const { encodings } = sourceOptions('camera', settings);
    expect(encodings).toHaveLength(TOP_LAYER + 1);
    expect(encodings).toMatchObject([
      { scaleResolutionDownBy: 3, scalabilityMode: 'L1T3' },
      { scaleResolutionDownBy: 2, scalabilityMode: 'L1T3' },
      { scaleResolutionDownBy: 1, scalabilityMode: 'L1T3' },
    ]);
  });

  it('scales the lowest layer by four where only powers of two are possible', () => {
    const factors = sourceOptions('camera', { ...settings, powersOfTwo: true }).encodings?.map(
      ({ scaleResolutionDownBy }) => scaleResolutionDownBy,
    );
    expect(factors).toEqual([4, 2, 1]);
  });

  it('returns one screen size at up to 15 frames a second, with three temporal layers', () => {
    const { encodings } = sourceOptions('screen', settings);
    expect(encodings).toMatchObject([{ maxBitrate: 2_500_000, maxFramerate: 15, scalabilityMode: 'L1T3' }]);
    expect(encodings?.[0]).not.toHaveProperty('scaleResolutionDownBy');
  });

  it('returns mono with error correction and retransmission for the microphone, and DTX as configured', () => {
    expect(sourceOptions('microphone', settings).codecOptions).toEqual({
      opusStereo: false,
      opusFec: true,
      opusNack: true,
      opusDtx: true,
    });
    expect(sourceOptions('microphone', { ...settings, opusDtx: false }).codecOptions?.opusDtx).toBe(false);
  });

  it('never uses DTX for the sound of a screen, because music has quiet moments', () => {
    expect(sourceOptions('screenAudio', settings).codecOptions?.opusDtx).toBe(false);
  });

  it('gives sound priority over the screen, and the screen over the camera', () => {
    const of = (source: 'microphone' | 'screen' | 'camera') =>
      sourceOptions(source, settings).encodings?.map(({ priority }) => priority);
    expect(of('microphone')).toEqual(['high']);
    expect(of('screen')).toEqual(['medium']);
    expect(of('camera')).toEqual(['low', 'low', 'low']);
  });

  it('returns new objects each time, because mediasoup-client writes into them', () => {
    const [first] = sourceOptions('camera', settings).encodings ?? [];
    const [second] = sourceOptions('camera', settings).encodings ?? [];
    expect(first).not.toBe(second);
    expect(first).toEqual(second);
  });

  it('returns H264 without temporal layers', () => {
    const { codec: named, encodings } = sourceOptions('camera', { ...settings, videoCodecs: [h264, vp8] });
    expect(named).toBe(h264);
    expect(encodings?.map(({ scalabilityMode }) => scalabilityMode)).toEqual(['L1T1', 'L1T1', 'L1T1']);
    expect(sourceOptions('microphone', { ...settings, videoCodecs: [h264] })).not.toHaveProperty('codec');
  });

  it('returns each codec with and without layers, for browsers that refuse some', () => {
    const ways = waysToSend('camera', { ...settings, videoCodecs: [vp8, h264] });
    expect(ways.map(({ codec: one, encodings }) => [one, encodings?.length])).toEqual([
      [vp8, 3],
      [vp8, 1],
      [h264, 3],
      [h264, 1],
    ]);
    expect(ways[1]?.encodings?.[0]).not.toHaveProperty('scalabilityMode');
    expect(waysToSend('microphone', settings)).toHaveLength(1);
  });
});

describe('senderSettings()', () => {
  it('allows Firefox powers of two only', () => {
    const of = (name: string) => senderSettings(deviceOf(name, [vp8]), { opusDtx: true });
    expect(of('Firefox120')).toEqual({ ...settings, powersOfTwo: true });
    expect(of('Chrome111')).toEqual(settings);
  });
});

describe('videoCodecsOf()', () => {
  const rtx = codec('video/rtx', 102);

  it('returns H264 first for Safari, which encodes it in hardware', () => {
    expect(videoCodecsOf(deviceOf('Safari12', [vp8, rtx, h264]))).toEqual([h264, vp8]);
  });

  it('returns the order of the server for other browsers, without retransmission', () => {
    expect(videoCodecsOf(deviceOf('Chrome111', [vp8, rtx, h264]))).toEqual([vp8, h264]);
  });
});
