import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { describe, expect, it, onTestFinished } from 'vitest';
import { leaveFiles, recordableVisit, recorded, SPOOL } from '../support/fixtures/recordings.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import type { TestServer } from '../support/infra/test-server.ts';

const METRICS_TOKEN = 'metrics-token-0123456789abcdef0123456789';
const ENV = { METRICS_TOKEN };
const patience = { timeout: 60_000, interval: 200 };

/** Returns the values of all metrics of recordings, by name and labels without the prefix. */
async function figures({ url }: TestServer): Promise<Record<string, number>> {
  const answer = await fetch(`${url}/metrics`, { headers: { Authorization: `Bearer ${METRICS_TOKEN}` } });
  const lines = (await answer.text()).matchAll(/^televisit_(record(?:ing|er)\S*) (\S+)$/gm);
  return Object.fromEntries([...lines].map(([, name = '', value]) => [name, Number(value)]));
}

describe('the metrics of recordings', { timeout: 180_000 }, () => {
  it('show what is recorded and the recorder while it runs, and have no ids', async () => {
    const { visit, api } = await recordableVisit(undefined, { env: ENV });
    const { server, sessionId } = visit;
    expect(await figures(server)).toMatchObject({
      recordings: 0,
      recorder_tracks: 0,
      'recordings_refused_total{reason="cpu"}': 0,
      'recordings_ready_total{outcome="server_lost"}': 0,
      'recording_uploads_total{outcome="failed"}': 0,
      'recording_job_seconds_count{kind="transcript",outcome="failed"}': 0,
    });
    await visit.join('doctor');
    await api.setConsent(sessionId, 'doctor', 'recording', { given: true, wording: 'clinic-1' });
    const { recordingId } = await api.startRecording(sessionId);
    await expect.poll(() => figures(server), patience).toMatchObject({ recordings: 1, recorder_tracks: 2 });
    await expect.poll(async () => (await figures(server)).recorder_cpu_ratio, patience).toBeGreaterThan(0);
    expect((await figures(server)).recording_spool_free_bytes).toBeGreaterThan(1e6);
    const names = Object.keys(await figures(server)).join('\n');
    expect(names).not.toMatch(new RegExp(`${sessionId}|${recordingId}|doctor`));
    await api.stopRecording(sessionId, recordingId);
    await expect
      .poll(() => figures(server), patience)
      .toMatchObject({
        recordings: 0,
        recorder_tracks: 0,
        'recordings_ready_total{outcome="complete"}': 1,
        'recordings_ready_total{outcome="streams_lost"}': 0,
      });
  });

  it('count recordings that are refused because the recorder is busy', async () => {
    const clock = new ManualClock(Date.now());
    const { visit, api } = await recordableVisit(undefined, { clock, env: ENV });
    const { server, sessionId } = visit;
    await visit.join('doctor');
    const start = async () => {
      // The recorder reports once a second; on a clock that is much slower, it is much busier.
      clock.advance(1);
      const { status } = await server.call('POST', `/sessions/${sessionId}/recordings`);
      for (const { recordingId, stoppedAt } of (await api.listRecordings(sessionId)).recordings) {
        if (stoppedAt === null) await api.stopRecording(sessionId, recordingId);
      }
      return status;
    };
    await expect.poll(start, { timeout: 30_000, interval: 1000 }).toBe(503);
    expect(await figures(server)).toMatchObject({
      'recordings_refused_total{reason="cpu"}': 1,
      'recordings_refused_total{reason="disk"}': 0,
    });
  });

  it('count recordings that are refused because the disk is full', async () => {
    const dataDir = temporaryFolder();
    const spool = join(dataDir, SPOOL);
    mkdirSync(spool);
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=50m', 'tmpfs', spool]);
    if (status !== 0) {
      console.warn('SKIPPED: metrics of a full disk. They need the right to mount a tmpfs.');
      return;
    }
    onTestFinished(() => void spawnSync('umount', ['--lazy', spool]));
    const { visit } = await recordableVisit(undefined, { env: { ...ENV, DATA_DIR: dataDir } });
    await visit.join('doctor');
    const refused = await visit.server.call('POST', `/sessions/${visit.sessionId}/recordings`);
    expect(refused.status).toBe(503);
    const { recording_spool_free_bytes: free, ...others } = await figures(visit.server);
    expect(others).toMatchObject({ 'recordings_refused_total{reason="disk"}': 1 });
    expect(free).toBeGreaterThan(40e6);
    expect(free).toBeLessThan(60e6);
  });

  it.each([
    ['streams were lost', 'streams_lost'],
    ['a server is lost', 'server_lost'],
  ] as const)('count recordings as incomplete of which %s', async (_which, outcome) => {
    const clock = new ManualClock(Date.now());
    const { visit, api } = await recordableVisit(undefined, { clock, env: ENV });
    const { server, sessionId } = visit;
    await visit.join('doctor');
    const { recordingId } = await api.startRecording(sessionId);
    const now = clock.now();
    const { recording: store } = server.televisit.store.features;
    const work = { workId: 'work', sessionId, recordingId, owner: 'another server' };
    await store.claim({ ...work, leasedUntil: now + 30_000, done: false, lost: false }, now);
    if (outcome === 'streams_lost') await store.finish('work', true);
    await api.stopRecording(sessionId, recordingId);
    const advanced = () => {
      clock.advance(61_000);
      return figures(server);
    };
    await expect
      .poll(advanced, patience)
      .toMatchObject({ [`recordings_ready_total{outcome="${outcome}"}`]: 1 });
    expect(await figures(server)).toMatchObject({ 'recordings_ready_total{outcome="complete"}': 0 });
  });

  it('count files that are stored, and attempts that fail', async () => {
    const dir = join(temporaryFolder(), 'recordings');
    const all = await recorded({ env: { ...ENV, RECORDINGS_DIR: dir } });
    const { visit, dataDir, recordingId, clock, tidy } = all;
    const { server, sessionId } = visit;
    expect(await figures(server)).toMatchObject({
      'recording_uploads_total{outcome="stored"}': 3,
      'recording_uploads_total{outcome="failed"}': 0,
    });
    rmSync(dir, { recursive: true });
    writeFileSync(dir, 'no folder');
    leaveFiles(dataDir, sessionId, recordingId, clock.now());
    const failed = async () => {
      tidy();
      return (await figures(server))['recording_uploads_total{outcome="failed"}'];
    };
    await expect.poll(failed, patience).toBeGreaterThan(0);
    rmSync(dir);
    const stored = async () => {
      tidy();
      return (await figures(server))['recording_uploads_total{outcome="stored"}'];
    };
    await expect.poll(stored, patience).toBe(6);
  });

  it('show jobs that wait for a server that can do them, and count those that are given up', async () => {
    // No player can read the streams, and the server has no engine.
    const all = await recorded({ env: ENV }, { composition: 'grid', transcript: 'required' });
    const advanced = () => {
      all.clock.advance(5000);
      return figures(all.visit.server);
    };
    await expect.poll(advanced, patience).toMatchObject({
      'recording_jobs{kind="composition"}': 0,
      'recording_jobs{kind="transcript"}': 1,
      'recording_job_seconds_count{kind="composition",outcome="failed"}': 1,
    });
  });
});
