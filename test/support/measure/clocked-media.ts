import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  BEEP_MS,
  checkOf,
  CHECK_BITS,
  COLUMNS,
  HERTZ,
  ROWS,
  TIME_BITS,
  UNIT_MS,
} from '../fixtures/clocked-sources.ts';

const run = promisify(execFile);
const BIG = { maxBuffer: 1 << 29, encoding: 'buffer' } as const;
const RATE = 8000;
/** All pitches fit into it a whole number of times, so that none is heard as another. */
const WINDOW = RATE / 100;
const HOP = RATE / 400;
/** A beep is at least this loud; the loudest possible is 1. */
const LEAST_LEVEL = 0.08;
/** Between two beeps of one pitch, in milliseconds. */
const REST_MS = 300;
const DATA_CELLS = TIME_BITS + 3 + CHECK_BITS;

/** A picture in a file that was read. Times are milliseconds. */
export interface SeenPicture {
  /** Its time in the file. */
  readonly at: number;
  /** When it was drawn, since the Unix epoch. */
  readonly drawnAt: number;
  readonly seat: number;
  readonly source: 'camera' | 'screen';
}

export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Reads the clocked pictures in regions of a video. @param near a time of the recording, since the Unix epoch */
export async function picturesIn(
  path: string,
  near: number,
  regions: readonly (Region | null)[] = [null],
): Promise<SeenPicture[][]> {
  const folder = mkdtempSync(join(tmpdir(), 'televisit-clocked-'));
  try {
    const times = join(folder, 'times');
    const split = regions.map((_, index) => `[r${index}]`).join('');
    const cells = regions.map((region, index) => {
      const crop = region ? `crop=${region.width}:${region.height}:${region.x}:${region.y},` : '';
      return `[r${index}]${crop}format=gray,scale=${COLUMNS}:${ROWS}:flags=area[c${index}]`;
    });
    const stacked = regions.map((_, index) => `[c${index}]`).join('');
    const stack = regions.length > 1 ? `${stacked}hstack=inputs=${regions.length}` : `${stacked}null`;
    const graph = [`[0:v:0]split=${regions.length}${split}`, ...cells, `${stack},split[a][b]`].join(';');
    const exact = ['-fps_mode', 'passthrough', '-enc_time_base', '1/1000'];
    const { stdout } = await run(
      'ffmpeg',
      [
        ...['-v', 'error', '-nostdin', '-y', '-copyts', '-i', path, '-filter_complex', graph],
        ...['-map', '[a]', ...exact, '-c:v', 'rawvideo', '-pix_fmt', 'gray', '-f', 'rawvideo', '-'],
        ...['-map', '[b]', ...exact, '-c:v', 'rawvideo', '-pix_fmt', 'gray', '-f', 'framecrc', times],
      ],
      BIG,
    );
    return read(stdout, timesIn(readFileSync(times, 'utf8')), near, regions.length);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function timesIn(listing: string): number[] {
  const [, numerator, denominator] = /^#tb 0: (\d+)\/(\d+)/m.exec(listing) ?? [];
  const unit = (1000 * Number(numerator)) / Number(denominator);
  const lines = listing.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => Number(line.split(',')[2]) * unit);
}

function read(pixels: Buffer, times: readonly number[], near: number, regions: number): SeenPicture[][] {
  const all: SeenPicture[][] = Array.from({ length: regions }, () => []);
  const width = COLUMNS * regions;
  for (const [index, at] of times.entries()) {
    const frame = pixels.subarray(index * width * ROWS, (index + 1) * width * ROWS);
    for (let region = 0; region < regions; region++) {
      let bits = '';
      for (let cell = 0; cell < DATA_CELLS; cell++) {
        const row = Math.floor(cell / COLUMNS);
        bits += (frame[row * width + region * COLUMNS + (cell % COLUMNS)] ?? 0) > 127 ? '1' : '0';
      }
      const picture = pictureOf(bits, at, near);
      if (picture) all[region]?.push(picture);
    }
  }
  return all;
}

function pictureOf(bits: string, at: number, near: number): SeenPicture | null {
  const value = Number.parseInt(bits.slice(0, TIME_BITS + 3), 2);
  if (Number.parseInt(bits.slice(TIME_BITS + 3), 2) !== checkOf(value)) return null;
  const span = 2 ** TIME_BITS * UNIT_MS;
  const time = Math.floor(value / 8) * UNIT_MS;
  const drawnAt = time + Math.round((near - time) / span) * span;
  const seat = (value >> 1) & 3;
  // What is not from this hour was not read, but happens to have the right check bits.
  if (Math.abs(drawnAt - near) > 2 * 3_600_000 || seat >= HERTZ.length) return null;
  return { at, drawnAt, seat, source: value & 1 ? 'screen' : 'camera' };
}

/** Returns when the beeps of each seat begin in a file, in milliseconds. */
export async function beepsIn(path: string): Promise<number[][]> {
  // Holes stay; the smallest ones too, other than in what people listen to.
  const filter = `aresample=async=1:min_hard_comp=0.01:first_pts=0,aresample=${RATE}`;
  const { stdout } = await run(
    'ffmpeg',
    ['-v', 'error', '-nostdin', '-i', path, '-map', '0:a:0', '-af', filter, '-ac', '1', '-f', 's16le', '-'],
    BIG,
  );
  const samples = new Int16Array(stdout.buffer, stdout.byteOffset, Math.floor(stdout.length / 2));
  return HERTZ.map((hertz) => onsetsOf(samples, hertz));
}

function onsetsOf(samples: Int16Array, hertz: number): number[] {
  const levels: number[] = [];
  for (let start = 0; start + WINDOW <= samples.length; start += HOP) {
    levels.push(levelAt(samples, start, hertz));
  }
  const onsets: number[] = [];
  const beep = Math.round((BEEP_MS * RATE) / HOP / 1000);
  for (let index = 0; index < levels.length; index++) {
    if ((levels[index] ?? 0) < LEAST_LEVEL) continue;
    // It begins where half of its loudness is reached. What is shorter is a crackle.
    const own = levels.slice(index, index + beep);
    const half = Math.max(...own) / 2;
    if (own.filter((level) => level >= half).length < beep / 2) continue;
    while ((levels[index] ?? 0) < half) index++;
    onsets.push(((index * HOP + WINDOW / 2) * 1000) / RATE);
    index += Math.round((REST_MS * RATE) / HOP / 1000);
  }
  return onsets;
}

/** Returns the level of a pitch (Goertzel). */
function levelAt(samples: Int16Array, start: number, hertz: number): number {
  const factor = 2 * Math.cos((2 * Math.PI * hertz) / RATE);
  let [one, two] = [0, 0];
  for (let index = start; index < start + WINDOW; index++) {
    [one, two] = [(samples[index] ?? 0) / 32_768 + factor * one - two, one];
  }
  const power = one * one + two * two - factor * one * two;
  return (2 * Math.sqrt(Math.max(0, power))) / WINDOW;
}

/** Returns the length of a file of sound or video in milliseconds, as FFmpeg decodes it. */
export async function lengthOf(path: string): Promise<number> {
  const args = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', path];
  const { stdout } = await run('ffprobe', args);
  return Number.parseFloat(stdout) * 1000;
}

/** Returns the times of the packets in a file, in milliseconds. */
export async function packetTimes(path: string): Promise<number[]> {
  const args = ['-v', 'error', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', path];
  const { stdout } = await run('ffprobe', args, { maxBuffer: 1 << 28 });
  return stdout
    .trim()
    .split('\n')
    .map((line) => Number.parseFloat(line) * 1000);
}
