import { ortc } from 'mediasoup';
import type { RouterRtpCodecCapability, RtpCapabilities } from 'mediasoup/types';

/**
 * Returns the codecs of every router: Opus for speech (RFC 7587), VP8 (RFC 7741), and H264 constrained baseline
 * (RFC 6184) for hardware without VP8. Payload types are fixed so that all nodes return the same capabilities.
 */
export function mediaCodecs(opusDtx: boolean): RouterRtpCodecCapability[] {
  return [
    {
      kind: 'audio',
      mimeType: 'audio/opus',
      clockRate: 48000,
      channels: 2,
      preferredPayloadType: 100,
      // The codec is registered with two channels; `stereo=0` keeps speech mono.
      parameters: { stereo: 0, 'sprop-stereo': 0, useinbandfec: 1, usedtx: opusDtx ? 1 : 0 },
    },
    { kind: 'video', mimeType: 'video/VP8', clockRate: 90000, preferredPayloadType: 101 },
    {
      kind: 'video',
      mimeType: 'video/H264',
      clockRate: 90000,
      preferredPayloadType: 103,
      parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 },
    },
  ];
}

/** Rotation by header extension: Firefox and FFmpeg ignore it, so senders rotate the frames themselves. */
const EXCLUDED_EXTENSION = 'urn:3gpp:video-orientation';

/** Returns the capabilities that clients load their Device with. */
export function clientRtpCapabilities(codecs: RouterRtpCodecCapability[]): RtpCapabilities {
  const { headerExtensions, ...rest } = ortc.generateRouterRtpCapabilities(codecs);
  return {
    ...rest,
    headerExtensions: headerExtensions?.filter(({ uri }) => uri !== EXCLUDED_EXTENSION) ?? [],
  };
}
