import { readFile, stat } from 'node:fs/promises';
import type { RtpStream } from '../media/rtp-stream.ts';

/** The codec of a stream, as its RTP parameters have it. */
export interface TrackCodec {
  /** For instance `audio/opus`. */
  readonly mimeType: string;
  /** Ticks per second of its timestamps. */
  readonly clockRate: number;
  readonly channels?: number;
  readonly payloadType: number;
  readonly ssrc: number;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** Returns the codec of a stream of the worker. */
export function codecOf({ rtpParameters }: Pick<RtpStream, 'rtpParameters'>): TrackCodec {
  const [codec] = rtpParameters.codecs;
  const ssrc = rtpParameters.encodings?.[0]?.ssrc;
  if (!codec || ssrc === undefined) throw new Error('A stream of the worker has no codec or no SSRC.');
  const { mimeType, clockRate, channels, payloadType, parameters } = codec;
  return {
    mimeType,
    clockRate,
    payloadType,
    ssrc,
    ...(channels ? { channels } : {}),
    parameters: { ...parameters },
  };
}

/** What a file holds. */
export interface TrackResult {
  /** The size of the file; as far as known before it is complete. */
  readonly bytes: number;
  /** The wall-clock time of the first sample, in milliseconds since the Unix epoch; null if there is none. */
  readonly startedAt: number | null;
  /** The wall-clock time at which the last sample ends; of a file that is not complete, a time not later than that. */
  readonly endedAt: number | null;
  /** Whether the times are those of the capture, by sender reports; otherwise those of the arrival. */
  readonly isReported: boolean;
  /** How many packets were missing. */
  readonly lostPackets: number;
  /** How many times packets were missing. */
  readonly gaps: number;
  /** The size of the last key frame of video. */
  readonly width: number | null;
  readonly height: number | null;
  readonly codec: TrackCodec | null;
  /** Whether the file was finished; otherwise it plays up to some moment before the recorder ended. */
  readonly isComplete: boolean;
}

/** Returns the path of the file beside a track that holds its results, one JSON text per line; the last one counts. */
export function summaryFile(file: string): string {
  return `${file}.json`;
}

/**
 * Returns what is known of a track whose recorder may have died.
 * @returns null if there is no file, or nothing was received
 */
export async function readTrackSummary(file: string): Promise<TrackResult | null> {
  try {
    const [text, { size }] = await Promise.all([readFile(summaryFile(file), 'utf8'), stat(file)]);
    const last = text
      .split('\n')
      .map(parseLine)
      .findLast((line) => line !== null);
    return last ? { ...last, bytes: size } : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** A recorder that is killed, or a full disk, can leave half a line. */
function parseLine(line: string): TrackResult | null {
  try {
    return JSON.parse(line) as TrackResult;
  } catch {
    return null;
  }
}
