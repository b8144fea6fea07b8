import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordingRecord } from '@televisit/shared/features/recording.records';
import { lengthInSeconds } from '@televisit/server/recording/testing/marked-tracks';
import { describe, expect, it } from 'vitest';
import { leaveFiles, markedStreams, recorded, type LeftTrack } from '../support/fixtures/recordings.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { WebhookInbox } from '../support/infra/webhook-inbox.ts';

const TRACKS: readonly LeftTrack[] = [
  { seat: 0, source: 'camera', from: 0, to: 4000 },
  { seat: 0, source: 'microphone', from: 0, to: 4000 },
  { seat: 1, source: 'camera', from: 200, to: 4000 },
  { seat: 1, source: 'microphone', from: 200, to: 4000 },
];
/** Composing takes a while on a busy machine. */
const patience = { timeout: 90_000, interval: 200 };

type Recorded = Awaited<ReturnType<typeof recorded>>;

/** Waits until the job of the recording has ended and, if other files are given, has made new ones. */
async function finished({ record, clock }: Recorded, old: readonly string[] = []): Promise<RecordingRecord> {
  const isFinished = async () => {
    // A process asks for the lock of the machine again after half a second.
    clock.advance(500);
    const found = await record();
    if (!found || found.jobs.length === 0 || idsOf(found).some((id) => old.includes(id))) return false;
    return found.jobs.every(({ status }) => status === 'done' || status === 'failed');
  };
  await expect.poll(isFinished, patience).toBe(true);
  return (await record())!;
}

const kindsOf = ({ files }: RecordingRecord) =>
  files
    .filter(({ jobId }) => jobId !== null)
    .map(({ kind, contentType, userId }) => `${kind} ${contentType} ${userId}`)
    .sort();

describe('a composition', { timeout: 240_000 }, () => {
  it('is made of a recording that is ready if the visit asks for it, and can be downloaded', async () => {
    const all = await recorded({}, { composition: 'grid', tracks: TRACKS });
    const { api, visit, recordingId } = all;
    const record = await finished(all);
    expect(record.jobs).toMatchObject([
      { kind: 'composition', layout: 'grid', status: 'done', progress: 1, error: null },
    ]);
    expect(kindsOf(record)).toEqual([
      'composition video/iso.segment null',
      'composition video/mp4 null',
      'playlist application/vnd.apple.mpegurl null',
      'thumbnail image/jpeg null',
    ]);
    const video = record.files.find(({ contentType }) => contentType === 'video/mp4')!;
    expect(video.sections).toMatchObject([{ at: 0 }]);
    const path = join(temporaryFolder(), 'video.mp4');
    writeFileSync(path, await api.getRecordingFile(visit.sessionId, recordingId, video.fileId));
    expect(Math.abs((await lengthInSeconds(path)) - 4)).toBeLessThan(0.2);
    expect(await visit.history()).toContain('recording.composed by system');
    expect(readdirSync(join(all.dataDir, 'recording-compositions'))).toEqual([]);
  });

  it('is queued once for each layout, and refused before the recording is ready', async () => {
    const all = await recorded({}, { tracks: TRACKS.slice(0, 2) });
    const { api, visit, recordingId } = all;
    const compose = (names = false) =>
      api.composeRecording(visit.sessionId, recordingId, { layout: 'speaker', names });
    const inbox = await WebhookInbox.open();
    await api.createWebhookEndpoint({ url: inbox.url, events: ['recording.composed'] });
    const { jobId } = await compose();
    expect(await compose()).toMatchObject({ jobId, layout: 'speaker' });
    const first = await finished(all);
    expect(first.jobs).toHaveLength(1);
    await expect.poll(() => inbox.types()).toEqual(['recording.composed']);
    expect(inbox.posted.map(({ body }) => (JSON.parse(body) as { data: unknown }).data)).toEqual([
      { recordingId, layout: 'speaker' },
    ]);
    expect((await compose()).status).toBe('done');
    expect((await compose(true)).status).not.toBe('done');
    const second = await finished(all);
    expect(kindsOf(second)).toEqual(kindsOf(first));
    expect(idsOf(second)).not.toEqual(idsOf(first));
    const running = await api.startRecording(visit.sessionId);
    await expect(
      api.composeRecording(visit.sessionId, running.recordingId, { layout: 'grid' }),
    ).rejects.toMatchObject({ code: 'recording_not_ready' });
  });

  it('plays by a signed link to its playlist, whose media has links of the same validity', async () => {
    const all = await recorded({}, { tracks: TRACKS.slice(0, 2) });
    const { api, visit, recordingId } = all;
    await api.composeRecording(visit.sessionId, recordingId, { layout: 'side-by-side' });
    const { files } = await finished(all);
    const playlist = files.find(({ kind }) => kind === 'playlist')!;
    const { url } = await api.createRecordingLink(visit.sessionId, recordingId, playlist.fileId, {});
    const response = await fetch(url);
    const text = await response.text();
    expect(Number(response.headers.get('content-length'))).toBe(Buffer.byteLength(text));
    expect(response.headers.get('content-type')).toBe('application/vnd.apple.mpegurl');
    const [, length, offset] = /#EXT-X-MAP:URI="[^"]+",BYTERANGE="(\d+)@(\d+)"/.exec(text) ?? [];
    const media = text.split('\n').find((line) => line !== '' && !line.startsWith('#'))!;
    const range = `bytes=${offset}-${Number(offset) + Number(length) - 1}`;
    const begun = await fetch(new URL(media, url), { headers: { Range: range } });
    expect(begun.status).toBe(206);
    expect(Buffer.from(await begun.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp');
    const reads = async () =>
      (await visit.history()).filter((entry) => entry === 'recording.read by system').length;
    expect(await reads()).toBe(2);
    await (await fetch(new URL(media, url), { headers: { Range: 'bytes=100-199' } })).arrayBuffer();
    expect(await reads()).toBe(2);
    const forged = new URL(media, url);
    forged.searchParams.set('expires', '99999999999');
    expect((await fetch(forged)).status).toBe(403);
  });

  it('a composition is dropped when a person in it is erased, and made again without them', async () => {
    const all = await recorded({}, { composition: 'grid', tracks: TRACKS });
    const { api, visit, recordingId, tidy } = all;
    const before = await finished(all);
    await api.eraseRecordedPerson(visit.sessionId, 'patient');
    const between = (await all.record())!;
    expect(idsOf(between).some((id) => idsOf(before).includes(id))).toBe(false);
    const after = await finished(all);
    expect(kindsOf(after)).toHaveLength(4);
    for (const fileId of idsOf(before)) {
      await expect(api.getRecordingFile(visit.sessionId, recordingId, fileId)).rejects.toMatchObject({
        code: 'recording_not_found',
      });
    }
    // The content on the disk goes with it.
    await expect
      .poll(() => {
        tidy();
        const names = readdirSync(join(all.dataDir, 'recordings'), { recursive: true }).map(String);
        return idsOf(before).filter((id) => names.some((name) => name.includes(id)));
      })
      .toEqual([]);
  });

  it('a composition is made again when files are added after the recording was ready', async () => {
    const all = await recorded({}, { composition: 'grid', tracks: TRACKS.slice(0, 2) });
    const { visit, recordingId, dataDir, tidy, record } = all;
    const { sessionId } = visit;
    const before = await finished(all);
    const startedAt = Date.parse(before.files[0]!.startedAt);
    const late = await markedStreams(TRACKS.slice(2), startedAt);
    leaveFiles(dataDir, sessionId, recordingId, startedAt, 'late', late);
    await expect
      .poll(async () => {
        tidy();
        return (await record())?.files.filter(({ userId }) => userId === 'patient').length;
      }, patience)
      .toBe(2);
    const after = await finished(all, idsOf(before));
    expect(kindsOf(after)).toEqual(kindsOf(before));
  });

  it('leaves nothing behind if a person is erased, or the recording deleted, while it is made', async () => {
    const all = await recorded({}, { tracks: TRACKS });
    const { api, visit, recordingId, dataDir, tidy } = all;
    const folder = join(dataDir, 'recording-compositions');
    const isBusy = () =>
      existsSync(folder) &&
      readdirSync(folder, { recursive: true }).some((name) => String(name).includes('clip'));
    await api.composeRecording(visit.sessionId, recordingId, { layout: 'grid' });
    await expect.poll(isBusy, patience).toBe(true);
    await api.eraseRecordedPerson(visit.sessionId, 'patient');
    const record = await finished(all);
    const erased = all.visit.server.televisit.sessions;
    expect((await erased.get(visit.sessionId)).seats[1]?.unrecordedBefore).not.toBeNull();
    expect(record.files.some(({ userId }) => userId === 'patient')).toBe(false);
    expect(kindsOf(record)).toHaveLength(4);

    await api.composeRecording(visit.sessionId, recordingId, { layout: 'speaker' });
    await expect.poll(isBusy, patience).toBe(true);
    await api.deleteRecording(visit.sessionId, recordingId);
    const stored = () => readdirSync(join(dataDir, 'recordings'), { recursive: true, withFileTypes: true });
    await expect
      .poll(() => {
        tidy();
        return [...stored().filter((one) => one.isFile()), ...readdirSync(folder)];
      }, patience)
      .toEqual([]);
  });

  it('fails with a reason for people if nothing can be decoded', async () => {
    const all = await recorded();
    const { api, visit, recordingId } = all;
    await api.composeRecording(visit.sessionId, recordingId, { layout: 'grid' });
    const { jobs } = await finished(all);
    expect(jobs).toMatchObject([
      { status: 'failed', error: 'The recording has no stream that can be decoded.' },
    ]);
  });
});

function idsOf({ files }: RecordingRecord): string[] {
  return files.filter(({ jobId }) => jobId !== null).map(({ fileId }) => fileId);
}
