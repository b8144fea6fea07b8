import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { existsSync } from 'node:fs';
import { expect } from 'vitest';

const run = promisify(execFile);
const BIG = { maxBuffer: 64 * 1024 * 1024 };

/** Returns whether ffmpeg and ffprobe are installed; if not, reports which tests are skipped. */
export function ffmpegAvailable(forWhat: string): boolean {
  const found = ['ffmpeg', 'ffprobe'].every(
    (command) => spawnSync(command, ['-version'], { stdio: 'ignore' }).error === undefined,
  );
  if (!found) console.warn(`SKIPPED: ${forWhat}. It needs ffmpeg and ffprobe (Debian: ffmpeg).`);
  return found;
}

export interface ProbedPacket {
  /** Milliseconds from the start of the file. */
  readonly time: number;
  readonly size: number;
  readonly isKey: boolean;
}

/** Returns the packets that a file holds, as ffprobe finds them; none if there is no file yet. */
export async function probePackets(file: string): Promise<ProbedPacket[]> {
  if (!existsSync(file)) return [];
  const { stdout } = await run(
    'ffprobe',
    ['-v', 'quiet', '-show_entries', 'packet=pts_time,size,flags', '-of', 'json', file],
    BIG,
  );
  const { packets = [] } = JSON.parse(stdout) as {
    packets?: { pts_time: string; size: string; flags: string }[];
  };
  return packets.map((packet) => ({
    time: Math.round(Number(packet.pts_time) * 1000),
    size: Number(packet.size),
    isKey: packet.flags.startsWith('K'),
  }));
}

/** Expects that a file holds the frames that were sent, each within a millisecond of the time that it had there. */
export async function expectTimes(file: string, sent: readonly { readonly time: number }[]): Promise<void> {
  const times = [...new Set(sent.map(({ time }) => time))];
  const found = (await probePackets(file)).map(({ time }) => time);
  expect(found).toHaveLength(times.length);
  for (const [index, time] of times.entries())
    expect(Math.abs((found[index] ?? NaN) - time)).toBeLessThanOrEqual(1);
}

/** Returns the codec of the only stream of a file, and its parameters. */
export async function probeStream(file: string): Promise<Record<string, unknown>> {
  const { stdout } = await run('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', file], BIG);
  const { streams } = JSON.parse(stdout) as { streams: Record<string, unknown>[] };
  if (streams.length !== 1 || !streams[0]) throw new Error(`${streams.length} streams`);
  return streams[0];
}

/** Decodes all of a file. Returns what ffmpeg complains about; empty if nothing. */
export async function decodingErrors(file: string): Promise<string> {
  const { stderr } = await run(
    'ffmpeg',
    ['-v', 'error', '-xerror', '-i', file, '-f', 'null', '-'],
    BIG,
  ).catch((error: unknown) => error as { stderr: string });
  return stderr;
}

/** Returns the sizes of the decoded pictures of a video file, one for each frame. */
export async function decodedSizes(file: string): Promise<string[]> {
  const { stdout } = await run(
    'ffprobe',
    ['-v', 'error', '-show_entries', 'frame=width,height', '-of', 'csv=p=0', file],
    BIG,
  );
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.replace(',', 'x').replace(/,$/, ''));
}

/**
 * Returns the length of the sound in seconds with its holes filled, as every composition plays it.
 * FFmpeg drops holes when decoding, unless it is told to resample.
 */
export async function soundLength(file: string): Promise<number> {
  const args = [
    '-v',
    'error',
    '-i',
    file,
    '-af',
    'aresample=async=1:min_hard_comp=0.01:first_pts=0',
    '-ac',
    '1',
    '-ar',
    '8000',
  ];
  const { stdout } = await run('ffmpeg', [...args, '-f', 's16le', '-'], { ...BIG, encoding: 'buffer' });
  return stdout.length / 2 / 8000;
}
