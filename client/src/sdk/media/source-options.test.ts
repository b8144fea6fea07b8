import type { types } from 'mediasoup-client';
import { describe, expect, it } from 'vitest';
import { h264For, sourceOptions, TOP_LAYER } from './source-options.ts';

const codec = (mimeType: string, preferredPayloadType: number): types.RtpCodecCapability => ({
  kind: 'video',
  mimeType,
  clockRate: 90000,
  preferredPayloadType,
});
const vp8 = codec('video/VP8', 101);
const h264 = codec('video/H264', 103);
const settings = { opusDtx: true, h264: null };

const deviceOf = (handlerName: string, codecs: types.RtpCodecCapability[]) =>
  ({ handlerName, sendRtpCapabilities: { codecs } }) as unknown as types.Device;

describe('sourceOptions', () => {
  it('of the camera are three layers, lowest first, with powers of two and three rates each', () => {
    const { encodings } = sourceOptions('camera', settings);
    expect(encodings).toHaveLength(TOP_LAYER + 1);
    expect(encodings).toMatchObject([
      { scaleResolutionDownBy: 4, scalabilityMode: 'L1T3' },
      { scaleResolutionDownBy: 2, scalabilityMode: 'L1T3' },
      { scaleResolutionDownBy: 1, scalabilityMode: 'L1T3' },
    ]);
  });

  it('of the screen are one size at up to 15 pictures a second, in three rates', () => {
    const { encodings } = sourceOptions('screen', settings);
    expect(encodings).toMatchObject([{ maxBitrate: 2_500_000, maxFramerate: 15, scalabilityMode: 'L1T3' }]);
    expect(encodings?.[0]).not.toHaveProperty('scaleResolutionDownBy');
  });

  it('of the microphone are mono with error correction, and DTX as the server says', () => {
    expect(sourceOptions('microphone', settings).codecOptions).toEqual({
      opusStereo: false,
      opusFec: true,
      opusDtx: true,
    });
    expect(sourceOptions('microphone', { ...settings, opusDtx: false }).codecOptions?.opusDtx).toBe(false);
  });

  it('of a screen’s sound never leave silence out: music has quiet moments', () => {
    expect(sourceOptions('screenAudio', settings).codecOptions?.opusDtx).toBe(false);
  });

  it('put sound before the screen, and the screen before the face', () => {
    const of = (source: 'microphone' | 'screen' | 'camera') =>
      sourceOptions(source, settings).encodings?.map(({ priority }) => priority);
    expect(of('microphone')).toEqual(['high']);
    expect(of('screen')).toEqual(['medium']);
    expect(of('camera')).toEqual(['low', 'low', 'low']);
  });

  it('are new objects each time, because mediasoup-client writes into them', () => {
    const [first] = sourceOptions('camera', settings).encodings ?? [];
    const [second] = sourceOptions('camera', settings).encodings ?? [];
    expect(first).not.toBe(second);
    expect(first).toEqual(second);
  });

  it('with H264 name it, without the temporal layers that it has not', () => {
    const { codec: named, encodings } = sourceOptions('camera', { ...settings, h264 });
    expect(named).toBe(h264);
    expect(encodings?.map(({ scalabilityMode }) => scalabilityMode)).toEqual(['L1T1', 'L1T1', 'L1T1']);
    expect(sourceOptions('microphone', { ...settings, h264 })).not.toHaveProperty('codec');
  });
});

describe('h264For', () => {
  it('Safari is the codec that it encodes in hardware', () => {
    expect(h264For(deviceOf('Safari12', [vp8, h264]))).toBe(h264);
  });

  it('another browser, or a Safari without it, is none', () => {
    expect(h264For(deviceOf('Chrome111', [vp8, h264]))).toBeNull();
    expect(h264For(deviceOf('Safari12', [vp8]))).toBeNull();
  });
});
