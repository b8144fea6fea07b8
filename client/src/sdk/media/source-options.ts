import type { Source } from '@televisit/shared/vocabulary';
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

/** Simulcast layers, lowest first, in bit/s; powers of two because Firefox supports no others (RFC 8853). */
const CAMERA_LAYERS: readonly Encoding[] = [
  { scaleResolutionDownBy: 4, maxBitrate: 120_000, ...CAMERA },
  { scaleResolutionDownBy: 2, maxBitrate: 350_000, ...CAMERA },
  { scaleResolutionDownBy: 1, maxBitrate: 1_200_000, ...CAMERA },
];

/** One size, because small letters are unreadable; slow networks get fewer frames (temporal layers). */
const SCREEN_LAYER: Encoding = { maxBitrate: 2_500_000, maxFramerate: 15, ...SCREEN };

export interface SenderSettings {
  readonly opusDtx: boolean;
  /** Null for the server's first choice, VP8. */
  readonly h264: types.RtpCodecCapability | null;
}

export function sourceOptions(source: Source, { opusDtx, h264 }: SenderSettings): SourceOptions {
  if (source === 'microphone' || source === 'screenAudio') {
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
  // H264 has no temporal layers in a browser.
  const scalabilityMode = h264 ? 'L1T1' : 'L1T3';
  const layers = source === 'camera' ? CAMERA_LAYERS : [SCREEN_LAYER];
  return {
    // Copies, because mediasoup-client writes into the encodings.
    encodings: layers.map((layer) => ({ ...layer, scalabilityMode })),
    codecOptions: { videoGoogleStartBitrate: 1000 },
    ...(h264 ? { codec: h264 } : {}),
  };
}

/** Returns H264 for Safari, which encodes it in hardware and VP8 in software; null for other browsers. */
export function h264For(device: types.Device): types.RtpCodecCapability | null {
  if (device.handlerName !== 'Safari12') return null;
  const { codecs = [] } = device.sendRtpCapabilities;
  return codecs.find(({ mimeType }) => mimeType.toLowerCase() === 'video/h264') ?? null;
}
