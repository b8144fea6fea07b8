import { ortc } from 'mediasoup';
import type { RouterRtpCodecCapability, RtpCapabilities } from 'mediasoup/types';

/**
 * What every router speaks: Opus for speech (RFC 7587), VP8 (RFC 7741), and H264 constrained baseline (RFC 6184) for
 * hardware that has nothing else. Payload types are fixed, so that all nodes give the same answer.
 */
export function mediaCodecs(opusDtx: boolean): RouterRtpCodecCapability[] {
  return [
    {
      kind: 'audio',
      mimeType: 'audio/opus',
      clockRate: 48000,
      channels: 2,
      preferredPayloadType: 100,
      // Two channels is what the codec is registered with; `stereo=0` keeps speech mono.
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

/** Rotation by header extension: Firefox and FFmpeg would show rotated phones, so the sender rotates the picture itself. */
const LEFT_OUT = 'urn:3gpp:video-orientation';

/** The capabilities that clients load their Device with. */
export function clientRtpCapabilities(codecs: RouterRtpCodecCapability[]): RtpCapabilities {
  const { headerExtensions, ...rest } = ortc.generateRouterRtpCapabilities(codecs);
  return { ...rest, headerExtensions: headerExtensions?.filter(({ uri }) => uri !== LEFT_OUT) ?? [] };
}
