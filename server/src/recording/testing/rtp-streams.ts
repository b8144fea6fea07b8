import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { parseRtp, type RtpPacket } from '../rtp/packet.ts';
import type { TrackCodec } from '../track-summary.ts';

export type StreamName = 'opus' | 'vp8' | 'vp9' | 'h264';

/** Packets of an encoder, with the time of each from the first in milliseconds. */
export interface RtpRecording {
  readonly codec: Omit<TrackCodec, 'ssrc'>;
  readonly packets: readonly (RtpPacket & { readonly time: number })[];
}

export interface EncodeOptions {
  readonly seconds: number;
  /** A file with sound to encode instead of a tone. */
  readonly sound?: string;
  /** Further arguments of the encoder. */
  readonly args?: readonly string[];
  /** For instance 320x240. */
  readonly size?: string;
  readonly kbit?: number;
  /** Frames from one key frame to the next. */
  readonly keyInterval?: number;
}

const CODECS: Record<StreamName, Omit<TrackCodec, 'ssrc'>> = {
  opus: { mimeType: 'audio/opus', clockRate: 48_000, channels: 2, payloadType: 100 },
  vp8: { mimeType: 'video/VP8', clockRate: 90_000, payloadType: 101 },
  vp9: { mimeType: 'video/VP9', clockRate: 90_000, payloadType: 102 },
  h264: { mimeType: 'video/H264', clockRate: 90_000, payloadType: 103 },
};

const ENCODERS: Record<Exclude<StreamName, 'opus'>, readonly string[]> = {
  vp8: ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8'],
  vp9: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-strict', 'experimental'],
  h264: ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-profile:v', 'baseline'],
};

const FRAMES_PER_SECOND = 25;

/** Lets ffmpeg encode a tone or a test picture to RTP packets. */
export async function encodeRtp(name: StreamName, options: EncodeOptions): Promise<RtpRecording> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
  const packets: RtpPacket[] = [];
  socket.on('message', (data) => {
    const packet = parseRtp(data);
    if (packet) packets.push(packet);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  // A separate port for RTCP, which is not recorded.
  const target = `rtp://127.0.0.1:${socket.address().port}?pkt_size=1200&rtcpport=9`;
  // Key frames are large, and unpaced packets would overflow the socket.
  const args = ['-v', 'error', ...inputOf(name, options), '-flush_packets', '1', '-f', 'rtp', target];
  const ffmpeg = spawn('ffmpeg', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(ffmpeg, 'exit')) as [number];
  await new Promise((resolve) => setTimeout(resolve, 100));
  socket.close();
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
  const { clockRate } = CODECS[name];
  const start = packets[0]?.timestamp ?? 0;
  return {
    codec: CODECS[name],
    packets: packets.map((packet) => ({
      ...packet,
      time: (((packet.timestamp - start) >>> 0) * 1000) / clockRate,
    })),
  };
}

function inputOf(
  name: StreamName,
  { seconds, sound, args = [], size = '320x240', kbit = 400, keyInterval = 50 }: EncodeOptions,
) {
  if (name === 'opus') {
    const tone = `sine=frequency=440:sample_rate=48000:duration=${seconds}`;
    const input = sound ? ['-t', String(seconds), '-i', sound] : ['-f', 'lavfi', '-i', tone];
    return [
      '-readrate',
      '8',
      ...input,
      '-ar',
      '48000',
      '-c:a',
      'libopus',
      '-b:a',
      '32k',
      '-application',
      'voip',
      ...args,
    ];
  }
  const picture = `testsrc2=size=${size}:rate=${FRAMES_PER_SECOND}:duration=${seconds}`;
  const rate = [
    '-b:v',
    `${kbit}k`,
    '-maxrate',
    `${kbit}k`,
    '-bufsize',
    `${kbit}k`,
    '-g',
    String(keyInterval),
  ];
  return ['-readrate', '8', '-f', 'lavfi', '-i', picture, '-pix_fmt', 'yuv420p', ...ENCODERS[name], ...rate];
}
