import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Source } from '@televisit/shared/vocabulary';
import { readTrackSummary } from './track-summary.ts';

/**
 * The folder in which files are written before they are stored: one folder for each run, whose name is the id of the work, with
 * a description beside each file. A later process can store what one that died has left.
 */

/** The file that says what a run belongs to. */
export const WORK_FILE = 'work.json';
/** What happened during a run, a line of JSON each. */
export const TIMELINE = 'timeline.jsonl';
/** The event in a timeline after which a recording is not complete: something could not be recorded. */
export const LOST = 'lost';

export interface SpooledWork {
  readonly workId: string;
  readonly sessionId: string;
  readonly recordingId: string;
}

export interface SpooledTrack {
  readonly fileId: string;
  readonly seat: number;
  readonly source: Source;
  readonly kind: 'audio' | 'video';
}

/** A file that is complete, or was when its process died. Times are milliseconds since the Unix epoch. */
export interface FoundTrack extends SpooledTrack {
  readonly content: string;
  readonly bytes: number;
  readonly codec: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Returns the files of a track: its content, and what the server says about it; the recorder keeps another one. */
export function trackFiles(folder: string, fileId: string) {
  const content = join(folder, `${fileId}.mkv`);
  return { content, description: join(folder, `${fileId}.track.json`) };
}

/** Returns the ids of the runs in a spool folder. */
export async function spooledRuns(spool: string): Promise<readonly string[]> {
  try {
    return await readdir(spool);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Returns what a run belongs to; null if the run wrote nothing. */
export async function workOf(folder: string): Promise<SpooledWork | null> {
  return (await readJson(join(folder, WORK_FILE))) as SpooledWork | null;
}

/** Returns the files of a run that have content. */
export async function foundTracks(folder: string): Promise<readonly FoundTrack[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.track.json'));
  const found = await Promise.all(
    names.map(async (name) =>
      foundTrack(folder, (await readJson(join(folder, name))) as SpooledTrack | null),
    ),
  );
  return found.filter((track) => track !== null);
}

/** Whether something could not be recorded in a run. */
export async function hasLoss(folder: string): Promise<boolean> {
  const lines = await readText(join(folder, TIMELINE));
  return new RegExp(`^{"at":\\d+,"event":"${LOST}"`, 'm').test(lines);
}

async function foundTrack(folder: string, spooled: SpooledTrack | null): Promise<FoundTrack | null> {
  if (!spooled) return null;
  const { content } = trackFiles(folder, spooled.fileId);
  const summary = await readTrackSummary(content);
  // No packet arrived.
  if (!summary?.codec || summary.startedAt === null) return null;
  const { bytes, codec, startedAt } = summary;
  const endedAt = summary.endedAt ?? startedAt;
  return {
    ...spooled,
    content,
    bytes,
    codec: codec.mimeType,
    startedAt: Math.round(startedAt),
    endedAt: Math.round(endedAt),
  };
}

/** Reads a file of JSON; null if it is missing, or was cut off by the end of its process. */
async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse((await readText(file)) || 'null');
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Reads a file of text; empty if it is missing. */
async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
