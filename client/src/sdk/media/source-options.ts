import { CAMERA_LAYERS, type Source } from '@televisit/shared/vocabulary';
import type { types } from 'mediasoup-client';

/** The options of a source's producer, without its track. */
export type SourceOptions = Pick<types.ProducerOptions, 'encodings' | 'codec' | 'codecOptions'>;

type Encoding = types.RtpEncodingParameters;

/** The best simulcast layer of a camera. */
export const TOP_LAYER = 2;

/** On a narrow uplink sound comes first, and a shared screen before cameras. */
const SOUND = { priority: 'high', networkPriority: 'high' } as const;
const SCREEN = { priority: 'medium', networkPriority: 'low' } as const;
const CAMERA = { priority: 'low', networkPriority: 'low' } as const;

/** One size, because small letters are unreadable; slow networks get fewer frames (temporal layers). */
const SCREEN_LAYER: Encoding = { maxBitrate: 2_500_000, maxFramerate: 15, ...SCREEN };

export interface SenderSettings {
  readonly opusDtx: boolean;
  /** The video codecs that the browser encodes and the server accepts, the preferred one first. */
  readonly videoCodecs: readonly types.RtpCodecCapability[];
  /** Whether the browser scales simulcast layers by powers of two only. */
  readonly powersOfTwo: boolean;
}

/** Returns what the device and the server determine about sending. */
export function senderSettings(device: types.Device, { opusDtx }: { opusDtx: boolean }): SenderSettings {
  return {
    opusDtx,
    videoCodecs: videoCodecsOf(device),
    powersOfTwo: device.handlerName === 'Firefox120',
  };
}

/**
 * Returns the ways to send a source, the preferred one first: pictures in layers, then without layers, then the same in the
 * browser's other codecs. A browser may refuse a way, and another participant's may be unable to decode its codec.
 */
export function waysToSend(source: Source, settings: SenderSettings): SourceOptions[] {
  if (source === 'microphone' || source === 'screenAudio') return [soundOptions(source, settings)];
  const ways = settings.videoCodecs.flatMap((codec) => [
    pictureOptions(source, codec, settings),
    {
      ...pictureOptions(source, codec, settings),
      encodings: [source === 'camera' ? plainCamera() : { ...SCREEN_LAYER }],
    },
  ]);
  // The browser's own choice, if it lists no codec.
  return ways.length > 0 ? ways : [pictureOptions(source, null, settings)];
}

function soundOptions(source: Source, { opusDtx }: SenderSettings): SourceOptions {
  return {
    encodings: [{ ...SOUND }],
    // Lost packets are requested again (NACK, RFC 4585): in-band FEC restores only single losses, and only of speech.
    codecOptions: {
      opusStereo: false,
      opusFec: true,
      opusNack: true,
      opusDtx: source === 'microphone' && opusDtx,
    },
  };
}

function pictureOptions(
  source: Source,
  codec: types.RtpCodecCapability | null,
  settings: SenderSettings,
): SourceOptions {
  // H264 has no temporal layers in a browser.
  const scalabilityMode = codec !== null && isH264(codec) ? 'L1T1' : 'L1T3';
  const layers: readonly Encoding[] = source === 'camera' ? cameraLayers(settings) : [SCREEN_LAYER];
  return {
    // Copies, because mediasoup-client writes into the encodings.
    encodings: layers.map((layer) => ({ ...layer, scalabilityMode })),
    codecOptions: { videoGoogleStartBitrate: 1000 },
    ...(codec ? { codec } : {}),
  };
}

function cameraLayers({ powersOfTwo }: SenderSettings): Encoding[] {
  return CAMERA_LAYERS.map(({ scaleResolutionDownBy: factor, maxBitrate }) => ({
    scaleResolutionDownBy: powersOfTwo ? 2 ** Math.ceil(Math.log2(factor)) : factor,
    maxBitrate,
    ...CAMERA,
  }));
}

function plainCamera(): Encoding {
  return { maxBitrate: CAMERA_LAYERS[TOP_LAYER].maxBitrate, ...CAMERA };
}

/**
 * Returns the video codecs that the device encodes, the preferred one first: H264 for Safari, which encodes it in hardware and
 * VP8 in software; the server's first choice, VP8, for other browsers.
 */
export function videoCodecsOf({
  handlerName,
  sendRtpCapabilities,
}: types.Device): types.RtpCodecCapability[] {
  const all = (sendRtpCapabilities.codecs ?? []).filter(
    ({ kind, mimeType }) => kind === 'video' && !mimeType.toLowerCase().endsWith('/rtx'),
  );
  if (handlerName !== 'Safari12') return all;
  return [...all].sort((left, right) => Number(isH264(right)) - Number(isH264(left)));
}

function isH264({ mimeType }: types.RtpCodecCapability): boolean {
  return mimeType.toLowerCase() === 'video/h264';
}
