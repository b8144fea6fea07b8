import { join } from 'node:path';
import type { Metrics } from '../metrics/metrics.ts';
import { MasterKeys } from '../recording/master-keys.ts';
import { Recorder } from '../recording/recorder.ts';
import type { RecordingBackend } from '../recording/recording-backend.ts';
import { RecordingFiles } from '../recording/recording-files.ts';
import { FolderStorage } from '../recording/storage/folder-storage.ts';
import type { RecordingStorage } from '../recording/storage/recording-storage.ts';
import { S3Storage } from '../recording/storage/s3-storage.ts';
import type { Environment } from './environment.ts';

const DAY_MS = 24 * 60 * 60_000;

/** Builds what recordings are made with; the recorder starts with the first visit that may be recorded. @returns null if there is no key */
export async function buildRecording(
  environment: Environment,
  metrics: Metrics | null,
): Promise<RecordingBackend | null> {
  const { config, secrets, clock, logger, resources } = environment;
  const [key, ...previous] = secrets.recordings;
  if (key === undefined) return null;
  const { retentionDays } = config.recording;
  const storage = await openStorage(environment);
  const recorder = new Recorder({ clock, logger });
  resources.defer(() => recorder.close());
  return {
    recorder,
    files: new RecordingFiles(
      metrics?.recordings.storage(storage) ?? storage,
      new MasterKeys([key, ...previous]),
    ),
    transcripts: join(config.dataDir, 'recording-transcripts'),
    spool: join(config.dataDir, 'recording-spool'),
    compositions: join(config.dataDir, 'recording-compositions'),
    retentionMs: retentionDays && retentionDays * DAY_MS,
  };
}

async function openStorage({ config, resources }: Environment): Promise<RecordingStorage> {
  const { dir, s3 } = config.recording;
  if (!s3) return new FolderStorage(dir);
  const storage = await S3Storage.open(s3);
  resources.defer(() => storage.close());
  return storage;
}
