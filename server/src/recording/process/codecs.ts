import {
  EncodedAudioPacketSource,
  EncodedVideoPacketSource,
  type EncodedPacket,
  type Output,
} from 'mediabunny';
import type { Depacketizer, EncodedFrame } from '../frames/frame.ts';
import { H264Format } from '../frames/h264.ts';
import { OpusDepacketizer, opusHead } from '../frames/opus.ts';
import { VideoDepacketizer, type PayloadFormat } from '../frames/video.ts';
import { Vp8Format } from '../frames/vp8.ts';
import { Vp9Format } from '../frames/vp9.ts';
import { RecorderError } from '../recorder-error.ts';
import type { TrackCodec } from '../track-summary.ts';

/** Adds a packet to the track of an output. */
export type AddPacket = (packet: EncodedPacket) => Promise<void>;

/** What the recorder knows of a codec. */
export interface CodecSupport {
  readonly depacketizer: Depacketizer;
  /** Adds a track of this codec to an output that has not started. @param first its first frame */
  addTrack(output: Output, first: EncodedFrame): AddPacket;
}

interface VideoCodec {
  readonly name: 'vp8' | 'vp9' | 'avc';
  /** The codec string (RFC 6381). Players use the decoder's configuration instead. */
  readonly codec: string;
  readonly createFormat: () => PayloadFormat;
}

const VIDEO: Readonly<Record<string, VideoCodec>> = {
  'video/vp8': { name: 'vp8', codec: 'vp8', createFormat: () => new Vp8Format() },
  'video/vp9': { name: 'vp9', codec: 'vp09.00.31.08', createFormat: () => new Vp9Format() },
  'video/h264': { name: 'avc', codec: 'avc1.42e01f', createFormat: () => new H264Format() },
};

/** @throws {RecorderError} `unsupported_codec` */
export function supportOf({ mimeType, channels = 2 }: TrackCodec): CodecSupport {
  const name = mimeType.toLowerCase();
  if (name === 'audio/opus') return opus(channels);
  const video = VIDEO[name];
  if (!video) throw new RecorderError('unsupported_codec', mimeType);
  return {
    depacketizer: new VideoDepacketizer(video.createFormat()),
    addTrack: (output, first) => addVideo(output, first, video),
  };
}

function opus(channels: number): CodecSupport {
  return {
    depacketizer: new OpusDepacketizer(),
    addTrack: (output) => {
      const source = new EncodedAudioPacketSource('opus');
      output.addAudioTrack(source);
      const decoderConfig = {
        codec: 'opus',
        numberOfChannels: channels,
        sampleRate: 48_000,
        description: opusHead(channels),
      };
      return (packet) => source.add(packet, { decoderConfig });
    },
  };
}

function addVideo(output: Output, { picture }: EncodedFrame, { name, codec }: VideoCodec): AddPacket {
  // Depacketizers begin with a key frame, and those have a picture.
  if (!picture) throw new RecorderError('write_failed', 'the first frame is no key frame');
  const { width, height, description } = picture;
  const source = new EncodedVideoPacketSource(name);
  output.addVideoTrack(source);
  const decoderConfig = {
    codec,
    codedWidth: width,
    codedHeight: height,
    ...(description ? { description } : {}),
  };
  return (packet) => source.add(packet, { decoderConfig });
}
