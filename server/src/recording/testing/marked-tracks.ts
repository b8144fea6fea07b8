import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * Streams with marks: at every whole second of the wall clock, the picture is white and the sound beeps for 100 ms. So a test can
 * measure what a composition does to their times.
 */

const run = promisify(execFile);
const BIG = { maxBuffer: 256 * 1024 * 1024, encoding: 'buffer' } as const;
const MARK_S = 0.1;
/** The length of a packet of Opus. */
const PACKET_MS = 20;

export interface MarkedTrack {
  readonly path: string;
  /** Times of the wall clock, in milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** The colour of the picture between marks, as FFmpeg names it. */
  readonly color?: string;
  readonly size?: string;
  /** The size of the picture from the middle on. */
  readonly laterSize?: string;
  /** Of sound: a part of the wall clock in which no packet arrives, as when the microphone is muted. */
  readonly hole?: readonly [from: number, to: number];
  /** How loud the beep is, from 0 to 1. */
  readonly volume?: number;
}

/** Writes a picture as VP8 with one key frame at its beginning, and one where its size changes. */
export async function writeMarkedVideo(track: MarkedTrack): Promise<void> {
  const { laterSize, path, startedAt, endedAt } = track;
  if (laterSize === undefined) return writeOneSize(track);
  const middle = Math.round((startedAt + endedAt) / 2000) * 1000;
  await writeOneSize({ ...track, path: `${path}.1`, endedAt: middle });
  await writeOneSize({ ...track, path: `${path}.2`, startedAt: middle, size: laterSize });
  const list = ['ffconcat version 1.0', `file '${path}.1'`, `file '${path}.2'`].join('\n');
  await writeFile(`${path}.txt`, list);
  const input = ['-f', 'concat', '-safe', '0', '-i', `${path}.txt`];
  await run('ffmpeg', ['-v', 'error', '-y', ...input, '-c', 'copy', '-f', 'matroska', path]);
}

async function writeOneSize(track: MarkedTrack): Promise<void> {
  const { startedAt, color = 'black', size = '320x240' } = track;
  const marked = `drawbox=t=fill:color=white:enable='${isMarked(startedAt)}'`;
  const source = `color=c=${color}:s=${size}:r=30:d=${lengthOf(track)},${marked}`;
  const codec = [
    '-threads',
    '1',
    '-c:v',
    'libvpx',
    '-deadline',
    'realtime',
    '-cpu-used',
    '8',
    '-b:v',
    '400k',
    '-g',
    '100000',
  ];
  await write(track, ['-f', 'lavfi', '-i', source, ...codec], 'v');
}

/** Writes sound as Opus. */
export async function writeMarkedAudio(track: MarkedTrack): Promise<void> {
  const { startedAt, volume = 0.5 } = track;
  const tone = `${volume}*sin(2*PI*1000*t)*${isMarked(startedAt)}`;
  const source = `aevalsrc='${tone}':s=48000:d=${lengthOf(track)}`;
  await write(track, ['-f', 'lavfi', '-i', source, '-c:a', 'libopus', '-b:a', '48k'], 'a');
}

async function write(
  { path, hole, startedAt }: MarkedTrack,
  args: readonly string[],
  kind: 'a' | 'v',
): Promise<void> {
  const [from, to] = (hole ?? []).map((at) => Math.round((at - startedAt) / PACKET_MS));
  const drop = hole ? [`-bsf:${kind}`, `noise=amount=0:drop=between(n\\,${from}\\,${to})`] : [];
  await run('ffmpeg', ['-v', 'error', '-y', ...args, ...drop, '-f', 'matroska', path]);
}

function lengthOf({ startedAt, endedAt }: MarkedTrack): number {
  return (endedAt - startedAt) / 1000;
}

function isMarked(startedAt: number): string {
  return `lt(mod(t+${(startedAt % 1000) / 1000},1),${MARK_S})`;
}

export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Returns when a region of the picture becomes white, in milliseconds of the file. */
export async function whiteMoments(file: string, region: Region, frameRate: number): Promise<number[]> {
  const levels = await brightness(file, region);
  return [...levels.keys()]
    .filter((index) => (levels[index] ?? 0) > 150 && (levels[index - 1] ?? 0) <= 150)
    .map((index) => (index * 1000) / frameRate);
}

/** Returns the brightness of a region in each frame, 0 to 255. */
export async function brightness(file: string, { x, y, width, height }: Region): Promise<readonly number[]> {
  const filter = `crop=${width}:${height}:${x}:${y},scale=1:1:flags=area,format=gray`;
  const args = ['-v', 'error', '-i', file, '-vf', filter, '-f', 'rawvideo', '-'];
  const { stdout } = await run('ffmpeg', args, BIG);
  return [...stdout];
}

/** Returns when beeps begin, in milliseconds of the file. */
export async function beepMoments(file: string): Promise<number[]> {
  const rate = 8000;
  const args = ['-v', 'error', '-i', file, '-vn', '-ac', '1', '-ar', String(rate), '-f', 's16le', '-'];
  const { stdout } = await run('ffmpeg', args, BIG);
  const moments: number[] = [];
  let quietSince = -rate;
  for (let index = 0; index < stdout.length / 2; index++) {
    if (Math.abs(stdout.readInt16LE(index * 2)) < 1500) continue;
    if (index - quietSince > rate / 4) moments.push((index * 1000) / rate);
    quietSince = index;
  }
  return moments;
}

/** Returns the length of a file in seconds. */
export async function lengthInSeconds(file: string): Promise<number> {
  const args = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', file];
  const { stdout } = await run('ffprobe', args);
  return Number(stdout);
}
