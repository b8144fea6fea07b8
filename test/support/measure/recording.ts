import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RecordingFileRecord, RecordingRecord } from '@televisit/shared/features/recording.records';
import type { Backend } from '../clients/backend.ts';
import type { CameraColour } from '../fixtures/fake-cameras.ts';

const run = promisify(execFile);

/** A file of a recording that was read from the server. */
export interface ReadFile extends RecordingFileRecord {
  /** Where it is now. */
  readonly path: string;
}

/** Reads all files of a recording into a folder. */
export async function readRecording(
  { api }: Backend,
  sessionId: string,
  { recordingId, files }: RecordingRecord,
  folder: string,
): Promise<readonly ReadFile[]> {
  const read: ReadFile[] = [];
  for (const file of files) {
    const path = join(folder, file.fileId);
    writeFileSync(path, await api.getRecordingFile(sessionId, recordingId, file.fileId));
    read.push({ ...file, path });
  }
  return read;
}

/** Returns the colours of the pictures in a file of video, in the order in which they first appear. */
export async function coloursIn(path: string): Promise<readonly CameraColour[]> {
  const args = ['-v', 'error', '-i', path, '-vf', 'scale=8:8', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'];
  const { stdout } = await run('ffmpeg', args, { encoding: 'buffer', maxBuffer: 1 << 26 });
  const colours = new Set<CameraColour>();
  // The bar of the fake camera is at the bottom.
  const pixel = (2 * 8 + 4) * 3;
  for (let frame = 0; frame + 192 <= stdout.length; frame += 192) {
    const [red = 0, green = 0, blue = 0] = stdout.subarray(frame + pixel, frame + pixel + 3);
    colours.add(nameOf(red > 128, green > 128, blue > 128));
  }
  return [...colours];
}

/** Returns how long a file plays, in seconds. */
export async function secondsOf(path: string): Promise<number> {
  const args = ['-v', 'error', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', path];
  const { stdout } = await run('ffprobe', args, { maxBuffer: 1 << 26 });
  const times = stdout.trim().split('\n').map(Number.parseFloat);
  return Math.max(...times) - Math.min(...times);
}

function nameOf(red: boolean, green: boolean, blue: boolean): CameraColour {
  if (red && blue) return 'magenta';
  if (red && green) return 'yellow';
  return red ? 'red' : green ? 'green' : 'blue';
}
