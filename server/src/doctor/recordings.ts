import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import type { RecordingStorage } from '../recording/storage/recording-storage.ts';
import { attempt, CheckFailure, passed, type Finding, type Subject } from './finding.ts';

export interface RecordingsOptions {
  /** Whether recordings are switched on. */
  readonly isOn: boolean;
  /** Where their files are kept, in words. */
  readonly place: string;
  readonly openStorage: () => Promise<RecordingStorage & { readonly close?: () => void | Promise<void> }>;
}

const CONTENT = Buffer.from('televisit doctor');

/** What recordings need: a storage that takes, returns and deletes files, and FFmpeg for compositions and transcripts. */
export function recordings({ isOn, place, openStorage }: RecordingsOptions): Subject {
  return {
    name: 'recordings',
    check: async () => {
      if (!isOn) return [];
      return [
        await attempt(
          'storage',
          `Check ${place}, its credentials and permissions (docs/RECORDING.md).`,
          async () => {
            await tryStorage(openStorage);
            return `${place} takes, returns and deletes files`;
          },
        ),
        await ffmpeg(),
      ];
    },
  };
}

async function tryStorage(openStorage: RecordingsOptions['openStorage']): Promise<void> {
  const storage = await openStorage();
  const name = `doctor-${randomUUID()}`;
  try {
    await storage.put(name, content());
    const parts: Uint8Array[] = [];
    for await (const part of storage.read(name, 0, CONTENT.length)) parts.push(part);
    await storage.delete(name);
    if (!Buffer.concat(parts).equals(CONTENT)) {
      throw new CheckFailure(
        'a file came back changed',
        'Replace the storage: it does not keep what it is given.',
      );
    }
  } finally {
    await storage.close?.();
  }
}

async function* content(): AsyncGenerator<Uint8Array, void, void> {
  yield await Promise.resolve(CONTENT);
}

/** FFmpeg is needed after visits only, so that a server without it records, too. */
async function ffmpeg(): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)('ffmpeg', ['-version']);
    return passed('FFmpeg', stdout.split('\n')[0]?.replace(/ Copyright.*/, '') ?? 'is installed');
  } catch {
    const detail =
      'is not installed; recordings are neither composed nor transcribed (apt-get install ffmpeg)';
    return passed('FFmpeg', detail, true);
  }
}
