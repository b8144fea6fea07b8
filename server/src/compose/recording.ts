import { join } from 'node:path';
import { MasterKeys } from '../recording/master-keys.ts';
import { Recorder } from '../recording/recorder.ts';
import type { RecordingBackend } from '../recording/recording-backend.ts';
import { RecordingFiles } from '../recording/recording-files.ts';
import { FolderStorage } from '../recording/storage/folder-storage.ts';
import type { Environment } from './environment.ts';

const DAY_MS = 24 * 60 * 60_000;

/** Builds what recordings are made with; the process of the recorder starts with the first one. @returns null if there is no key */
export function buildRecording({ config, secrets, clock, logger, resources }: Environment): RecordingBackend | null {
  const [key, ...previous] = secrets.recordings;
  if (key === undefined) return null;
  const { dir, retentionDays } = config.recording;
  const recorder = new Recorder({ clock, logger });
  resources.defer(() => recorder.close());
  return {
    recorder,
    files: new RecordingFiles(new FolderStorage(dir), new MasterKeys([key, ...previous])),
    spool: join(config.dataDir, 'recording-spool'),
    retentionMs: retentionDays && retentionDays * DAY_MS,
  };
}
