import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ffmpegAvailable, probePackets } from '@televisit/server/recording/testing/ffmpeg';
import { encodeRtp, type RtpRecording } from '@televisit/server/recording/testing/rtp-streams';
import { beforeAll, describe, expect, it } from 'vitest';
import { PACKET_MS, Speaker } from '../support/clients/speaker.ts';
import { recordableVisit, recorderOf, SPOOL } from '../support/fixtures/recordings.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { WebhookInbox } from '../support/infra/webhook-inbox.ts';
import { readRecording, type ReadFile } from '../support/measure/recording.ts';

const patience = { timeout: 30_000 };
/** How long a stream may be sent until it is recorded, on a busy machine. */
const START_MS = 3000;
/** How much may be missing at the end: the time of a request, and of the way to the server. */
const END_MS = 500;

let sound: RtpRecording;

/** A visit with a doctor who agreed to be recorded and sends nothing yet. */
async function visitOfSpeaker() {
  const { visit, api, dataDir } = await recordableVisit();
  const { server, sessionId } = visit;
  const doctor = await Speaker.join(server, sessionId, 'doctor');
  await api.setConsent(sessionId, 'doctor', 'recording', { given: true, wording: 'clinic-1' });
  const state = () => doctor.client.received('recording:changed').at(-1)?.state;
  const record = async (recordingId: string) =>
    (await api.listRecordings(sessionId)).recordings.find((one) => one.recordingId === recordingId)!;
  /** Waits until the content of a stream is being written. */
  const isWritten = () => expect.poll(() => contentIn(join(dataDir, SPOOL)), patience).toBeGreaterThan(1000);
  /** Stops a recording. @returns it, once it is ready */
  const stop = async (recordingId: string) => {
    await api.stopRecording(sessionId, recordingId);
    await expect.poll(async () => (await record(recordingId)).status, patience).toBe('ready');
    return record(recordingId);
  };
  return { server, sessionId, api, doctor, state, record, isWritten, stop };
}

/** Returns how many bytes of streams a folder has. */
const contentIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(({ name }) => name.endsWith('.mkv'))
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
const streamsOf = (files: readonly { readonly source: string | null }[]) =>
  files.flatMap(({ source }) => source ?? []);

/** Stops the recorder of this process as soon as there is one, before it can take tracks. @returns its id */
async function stopRecorderAtStart(): Promise<number> {
  for (;;) {
    try {
      const pid = recorderOf(process.pid);
      process.kill(pid, 'SIGSTOP');
      return pid;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

describe.runIf(ffmpegAvailable('recordings of real streams'))(
  'a recording of a real stream',
  { timeout: 90_000 },
  () => {
    beforeAll(async () => {
      sound = await encodeRtp('opus', { seconds: 2 });
    });

    it('has all that was sent until the visit ended, once recording.ready arrives, also if nobody sent at its start', async () => {
      const { server, sessionId, api, doctor, state, record } = await visitOfSpeaker();
      const folder = temporaryFolder();
      const read = Promise.withResolvers<readonly ReadFile[]>();
      const inbox = await WebhookInbox.open((response) => {
        // As a backend does: the files must be complete now.
        if (inbox.types().includes('recording.ready')) {
          record(recordingId)
            .then((ready) => readRecording(server, sessionId, ready, folder))
            .then(read.resolve, read.reject);
        }
        response.end();
      });
      await api.createWebhookEndpoint({ url: inbox.url, events: ['recording.ready'] });
      const { recordingId } = await api.startRecording(sessionId);
      await expect.poll(state, patience).toBe('on');

      const began = Date.now();
      await doctor.speak(sound);
      await new Promise((resolve) => setTimeout(resolve, START_MS + 2000));
      const ended = Date.now();
      await api.endSession(sessionId);
      const files = await read.promise;
      expect((await record(recordingId)).complete).toBe(true);
      expect(streamsOf(files)).toEqual(['microphone']);
      const { path, startedAt } = files.find(({ source }) => source === 'microphone')!;
      const times = (await probePackets(path)).map(({ time }) => Date.parse(startedAt) + time);
      expect(times[0]! - began).toBeLessThan(START_MS);
      expect(ended - times.at(-1)!).toBeLessThan(END_MS);
      expect(times).toHaveLength(Math.round((times.at(-1)! - times[0]!) / PACKET_MS) + 1);
    });

    it('survives a flood of authentic packets from one participant, with the sound of another', async () => {
      const { server, sessionId, api, doctor, state, isWritten, stop } = await visitOfSpeaker();
      const patient = await Speaker.join(server, sessionId, 'patient');
      await api.setConsent(sessionId, 'patient', 'recording', { given: true, wording: 'clinic-1' });
      const { recordingId } = await api.startRecording(sessionId);
      await expect.poll(state, patience).toBe('on');
      await doctor.speak(sound);
      await isWritten();
      const recorder = recorderOf(process.pid);

      const began = Date.now();
      await patient.flood(sound, 60_000);
      const over = Date.now();
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const ready = await stop(recordingId);
      expect(recorderOf(process.pid)).toBe(recorder);
      const files = await readRecording(server, sessionId, ready, temporaryFolder());
      const { path, startedAt } = files.find(({ userId }) => userId === 'doctor')!;
      const times = (await probePackets(path)).map(({ time }) => Date.parse(startedAt) + time);
      /** How much of the sound of a time is there. */
      const share = (from: number, to: number) =>
        (times.filter((time) => time >= from && time < to).length * PACKET_MS) / (to - from);
      // Packets that arrive while the buffer of the socket is full are lost, whoever sent them.
      expect(share(began, over)).toBeGreaterThan(0.5);
      expect(share(over + 500, over + 1500)).toBeGreaterThanOrEqual(0.98);
    });

    it('is incomplete if its recorder took too long to start, and begins as soon as the recorder is ready', async () => {
      const stopped = stopRecorderAtStart();
      const { api, sessionId, doctor, state, isWritten, stop } = await visitOfSpeaker();
      const recorder = await stopped;
      await doctor.speak(sound);
      const { recordingId } = await api.startRecording(sessionId);
      await expect.poll(state, patience).toBe('failed');
      process.kill(recorder, 'SIGCONT');
      await isWritten();
      expect(state()).toBe('on');
      expect(recorderOf(process.pid)).toBe(recorder);
      const { complete, files } = await stop(recordingId);
      expect([complete, streamsOf(files)]).toEqual([false, ['microphone']]);
    });

    it('is incomplete and has no files if its recorder did not respond, and the next one has another recorder', async () => {
      const { api, sessionId, doctor, state, isWritten, stop } = await visitOfSpeaker();
      await doctor.speak(sound);
      const whole = await api.startRecording(sessionId);
      await isWritten();
      expect(await stop(whole.recordingId)).toMatchObject({ complete: true });

      const recorder = recorderOf(process.pid);
      process.kill(recorder, 'SIGSTOP');
      const lost = await api.startRecording(sessionId);
      await expect.poll(state, patience).toBe('failed');
      expect(await stop(lost.recordingId)).toMatchObject({ complete: false, files: [] });

      const next = await api.startRecording(sessionId);
      await isWritten();
      expect(recorderOf(process.pid)).not.toBe(recorder);
      expect(streamsOf((await stop(next.recordingId)).files)).toEqual(['microphone']);
    });
  },
);
