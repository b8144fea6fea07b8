import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lengthInSeconds } from '@televisit/server/recording/testing/marked-tracks';
import { describe, expect, it } from 'vitest';
import { recorded } from '../support/fixtures/recordings.ts';
import { SECRETS } from '../support/infra/settings.ts';
import { startServer } from '../support/infra/start-server.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';

/** The lease of a process that died has to end first, and composing takes a while on a busy machine. */
const patience = { timeout: 180_000, interval: 20 };
const SECONDS = 24;

/** Returns the ids of FFmpeg's processes that work in a folder. */
function ffmpegIn(folder: string): string[] {
  return readdirSync('/proc').filter((id) => {
    if (!/^\d+$/.test(id)) return false;
    try {
      const isFfmpeg = readFileSync(`/proc/${id}/cmdline`, 'utf8').startsWith('ffmpeg');
      return isFfmpeg && readlinkSync(`/proc/${id}/cwd`).startsWith(folder);
    } catch {
      return false;
    }
  });
}

describe('a composition whose server is killed', { timeout: 400_000 }, () => {
  it('leaves no FFmpeg behind, and is continued by the next server with what was complete', async () => {
    const dataDir = temporaryFolder();
    const env = { DATA_DIR: dataDir, RECORDING_KEY: SECRETS.recordings[0] };
    const tracks = [
      // Each person who comes changes the arrangement, so there are several stretches.
      { seat: 0, source: 'camera', from: 0, to: SECONDS * 1000 },
      { seat: 1, source: 'camera', from: 3000, to: SECONDS * 1000 },
      { seat: 2, source: 'camera', from: 10_000, to: SECONDS * 1000 },
      { seat: 0, source: 'microphone', from: 0, to: SECONDS * 1000 },
    ] as const;
    const { visit, recordingId } = await recorded({ env }, { tracks });
    const { sessionId } = visit;
    await visit.server.close();

    const first = await startServer({ process: 'server', env });
    await first.backend.api.composeRecording(sessionId, recordingId, { layout: 'grid' });
    const folder = join(dataDir, 'recording-compositions');
    const made = () =>
      existsSync(folder)
        ? readdirSync(folder, { recursive: true })
            .map(String)
            .filter((name) => /\/(clip|\w+-picture)-/.test(name))
        : [];
    const isBusy = () => ffmpegIn(folder).length > 0 && made().some((name) => name.includes('-picture-0'));
    await expect.poll(isBusy, patience).toBe(true);
    const complete = made().map((name) => [name, statSync(join(folder, name)).ino] as const);
    first.kill('SIGKILL');
    await first.ended;
    await expect.poll(() => ffmpegIn(folder)).toEqual([]);

    const second = await startServer({ process: 'server', env });
    await expect.poll(() => ffmpegIn(folder).length, patience).toBeGreaterThan(0);
    expect(made().length).toBeGreaterThanOrEqual(complete.length);
    for (const [name, inode] of complete) expect(statSync(join(folder, name)).ino).toBe(inode);
    const record = async () => (await second.backend.api.listRecordings(sessionId)).recordings[0]!;
    await expect.poll(async () => (await record()).jobs, patience).toMatchObject([{ status: 'done' }]);
    const videos = (await record()).files.filter(({ contentType }) => contentType === 'video/mp4');
    expect(videos).toHaveLength(1);
    const path = join(temporaryFolder(), 'video.mp4');
    writeFileSync(path, await second.backend.api.getRecordingFile(sessionId, recordingId, videos[0]!.fileId));
    expect(Math.abs((await lengthInSeconds(path)) - SECONDS)).toBeLessThan(0.2);
    await expect.poll(() => readdirSync(folder), patience).toEqual([]);
  });
});
