import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Backend } from '../support/clients/backend.ts';
import { launchChromium } from '../support/clients/chromium.ts';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { recorderOf } from '../support/fixtures/recordings.ts';
import { isRunning } from '../support/infra/server-process.ts';
import { startServer } from '../support/infra/start-server.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { readRecording, secondsOf, type ReadFile } from '../support/measure/recording.ts';
import { Meeting } from '../support/scenarios/meeting.ts';

const patience = { timeout: 60_000 };
const SPOOL = 'recording-spool';
/** What may be missing at the end of a file whose server was killed, in milliseconds. */
const LOST_MS = 2000;

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

/** Returns the runs whose files are not stored yet. */
const runsIn = (dataDir: string) => readdirSync(join(dataDir, SPOOL));

/** Waits until cameras and microphones of both are recorded, and goes on for a while. */
async function recordFor(seconds: number, dataDir: string, { doctor }: Meeting): Promise<void> {
  const streams = () =>
    runsIn(dataDir).map(
      (run) => readdirSync(join(dataDir, SPOOL, run)).filter((name) => name.endsWith('.mkv.json')).length,
    );
  await expect.poll(() => Math.max(0, ...streams()), patience).toBe(4);
  expect(await doctor.byTestId('recording-sign').getAttribute('data-state')).toBe('on');
  await doctor.page.waitForTimeout(seconds * 1000);
}

/** A doctor and a patient who are recorded for three seconds. */
async function recorded(backend: Backend, dataDir: string) {
  const { sessionId } = await backend.createVisit(undefined, { options: { recording: 'on-request' } });
  const meeting = await Meeting.open(
    { browser, link: await backend.joinUrl(sessionId, 'doctor') },
    { browser, link: await backend.joinUrl(sessionId, 'patient') },
  );
  onTestFinished(() => meeting.close());
  for (const userId of ['doctor', 'patient']) {
    await backend.api.setConsent(sessionId, userId, 'recording', { given: true, wording: 'clinic-1' });
  }
  const { recordingId } = await backend.api.startRecording(sessionId);
  await recordFor(3, dataDir, meeting);
  return { sessionId, recordingId, meeting };
}

/** Returns the recording of a session with its files, once it is ready. */
async function finished(backend: Backend, sessionId: string) {
  const record = async () => (await backend.api.listRecordings(sessionId)).recordings[0]!;
  await expect.poll(async () => (await record()).status, { timeout: 90_000 }).toBe('ready');
  const recording = await record();
  return { recording, files: await readRecording(backend, sessionId, recording, temporaryFolder()) };
}

/** Returns the longest time without a picture of a person between their first and last one, in milliseconds. */
async function longestGap(files: readonly ReadFile[], userId: string): Promise<number> {
  const own = files
    .filter((file) => file.userId === userId && file.source === 'camera')
    .sort((one, other) => (one.startedAt < other.startedAt ? -1 : 1));
  let end = Date.parse(own[0]!.startedAt);
  let longest = 0;
  for (const { path, startedAt } of own) {
    const start = Date.parse(startedAt);
    longest = Math.max(longest, start - end);
    end = Math.max(end, start + (await secondsOf(path)) * 1000);
  }
  return longest;
}

describe('a recording', { timeout: 240_000 }, () => {
  it('a recording continues in new files when a media worker, then the recorder is killed, and is complete', async () => {
    const server = await startServer();
    const { sessionId, recordingId, meeting } = await recorded(server, server.dataDir);
    const [node] = server.televisit.nodes.values();
    const runs = () => runsIn(server.dataDir);
    const [first] = runs();
    process.kill(node!.workers[0]!.pid, 'SIGKILL');
    await expect.poll(runs, patience).not.toContain(first);
    await meeting.runs();
    await recordFor(2, server.dataDir, meeting);

    const [second] = runs();
    process.kill(recorderOf(process.pid), 'SIGKILL');
    await expect.poll(runs, patience).not.toContain(second);
    await recordFor(2, server.dataDir, meeting);
    await server.api.stopRecording(sessionId, recordingId);
    const { recording, files } = await finished(server, sessionId);
    expect(recording.complete).toBe(true);
    for (const userId of ['doctor', 'patient']) {
      for (const source of ['camera', 'microphone']) {
        const own = files.filter((file) => file.userId === userId && file.source === source);
        expect(own.length).toBeGreaterThanOrEqual(3);
        const seconds = await Promise.all(own.map(({ path }) => secondsOf(path)));
        expect(seconds.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(5);
      }
    }
    const gaps = await Promise.all(['doctor', 'patient'].map((userId) => longestGap(files, userId)));
    console.log(`worker and recorder killed: longest gap ${Math.max(...gaps).toFixed(0)} ms`);
  });

  it('a recording continues on another node when its node is drained', async () => {
    const server = await startServer({ env: { SFU_NODES: 'north,south', WORKERS: '2' } });
    const { sessionId, recordingId, meeting } = await recorded(server, server.dataDir);
    const { placement } = await server.televisit.sessions.get(sessionId);
    await server.api.drainNode(placement.nodeId, { deadlineSeconds: 60 });
    await expect
      .poll(async () => (await server.televisit.sessions.get(sessionId)).placement.nodeId, patience)
      .not.toBe(placement.nodeId);
    await meeting.runs();
    await recordFor(3, server.dataDir, meeting);
    await server.api.stopRecording(sessionId, recordingId);
    const { recording, files } = await finished(server, sessionId);
    expect(recording.complete).toBe(true);
    const gaps = await Promise.all(['doctor', 'patient'].map((userId) => longestGap(files, userId)));
    console.log(`node drained: longest gap ${Math.max(...gaps).toFixed(0)} ms`);
    expect(Math.max(...gaps)).toBeLessThan(3000);
  });

  it('a recording loses at most two seconds when its server is killed, and is stored by the next one', async () => {
    const env = { DATA_DIR: temporaryFolder() };
    const first = await startServer({ process: 'server', env });
    const { sessionId } = await recorded(first.backend, env.DATA_DIR);
    const recorder = recorderOf(first.child.pid);
    const killedAt = Date.now();
    first.kill('SIGKILL');
    await first.ended;
    await expect.poll(() => isRunning(recorder), patience).toBe(false);

    const second = await startServer({ process: 'server', env });
    await second.backend.api.endSession(sessionId);
    const { recording, files } = await finished(second.backend, sessionId);
    expect(recording.complete).toBe(true);
    const streams = files.filter(({ source }) => source !== null);
    expect(streams.map(({ userId, source }) => `${userId} ${source}`).sort()).toEqual([
      'doctor camera',
      'doctor microphone',
      'patient camera',
      'patient microphone',
    ]);
    for (const { path, startedAt } of streams) {
      const played = Date.parse(startedAt) + (await secondsOf(path)) * 1000;
      expect(killedAt - played).toBeLessThan(LOST_MS);
    }
  });

  it('a recording is refused at once while the disk has too little space', async () => {
    const dataDir = temporaryFolder();
    const spool = join(dataDir, SPOOL);
    mkdirSync(spool);
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=50m', 'tmpfs', spool]);
    if (status !== 0) {
      console.warn('SKIPPED: recordings on a full disk. They need the right to mount a tmpfs.');
      return;
    }
    onTestFinished(() => void spawnSync('umount', ['--lazy', spool]));
    const server = await startServer({ env: { DATA_DIR: dataDir } });
    const { sessionId } = await server.createVisit(undefined, { options: { recording: 'on-request' } });
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    const refused = { code: 'recording_unavailable', retryAfter: 30 };
    await expect(doctor.request('recording:control', { action: 'start' })).rejects.toMatchObject(refused);
    const answer = await server.call('POST', `/sessions/${sessionId}/recordings`);
    expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([
      503,
      'recording_unavailable',
      '30',
    ]);
    expect((await server.api.listRecordings(sessionId)).recordings).toEqual([]);
  });
});
