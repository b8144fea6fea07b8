import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ManualClock } from '../../core/testing/manual-clock.ts';
import { randomIds } from '../../domain/ids.ts';
import { SqliteStore } from '../../store/sqlite/sqlite-store.ts';
import { JobError, RecordingJobs, type JobHandler } from './jobs.ts';
import { sqliteRecordings } from './store.sqlite.ts';

const JOB = {
  jobId: 'j1',
  sessionId: 'sess_00000001',
  recordingId: 'rec-1',
  kind: 'composition',
  settings: { layout: 'grid' },
} as const;
const LOOK_MS = 5000;
const LEASE_MS = 30_000;

function started() {
  const folder = mkdtempSync(join(tmpdir(), 'televisit-jobs-'));
  const sqlite = SqliteStore.open(folder, { recording: sqliteRecordings });
  onTestFinished(async () => {
    await sqlite.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const clock = new ManualClock();
  const store = sqlite.features.recording;
  /** What the processes reported of attempts that ended: kind, outcome and duration. */
  const attempts: unknown[][] = [];
  const process = (handler: JobHandler, kind: 'composition' | 'transcript' = 'composition') => {
    const logger = pino({ level: 'silent' });
    const jobs = new RecordingJobs({
      store,
      handlers: { [kind]: handler },
      observer: { jobEnded: (...ended) => attempts.push(ended) },
      clock,
      ids: randomIds,
      logger,
    });
    onTestFinished(() => jobs.close());
    return jobs;
  };
  const stored = async () => (await store.jobs(JOB.sessionId))[0]!;
  /** Lets the time pass until a condition is true. */
  const until = (condition: () => boolean | Promise<boolean>) =>
    vi.waitFor(
      async () => {
        if (await condition()) return;
        clock.advance(LOOK_MS);
        throw new Error('The condition is still false.');
      },
      { interval: 5, timeout: 10_000 },
    );
  return { store, clock, process, stored, until, attempts };
}

/** A handler that runs until it is aborted or released. */
function held() {
  const release = Promise.withResolvers<undefined>();
  const runs: { readonly owner: string | null; readonly signal: AbortSignal }[] = [];
  const handler: JobHandler = async (job, { signal, progress }) => {
    runs.push({ owner: job.owner, signal });
    progress(0.25);
    const aborted = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => aborted.reject(new Error('aborted')));
    await Promise.race([release.promise, aborted.promise]);
  };
  return { handler, runs, release: () => release.resolve(undefined) };
}

describe('RecordingJobs', () => {
  it('put runs a job at once and records that it is done', async () => {
    const { process, stored } = started();
    const done = vi.fn<JobHandler>(() => Promise.resolve());
    await process(done).put(JOB);
    await vi.waitFor(async () =>
      expect(await stored()).toMatchObject({ status: 'done', progress: 1, error: null }),
    );
    expect(done).toHaveBeenCalledOnce();
    expect(done.mock.calls[0]?.[0]).toMatchObject({ ...JOB, attempts: 1 });
  });

  it('a process leaves jobs alone of kinds that it can’t do', async () => {
    const { process, store, until, stored } = started();
    const other = vi.fn<JobHandler>(() => Promise.resolve());
    await process(other, 'transcript').put(JOB);
    await store.putJob({ ...(await stored()), jobId: 'j2', kind: 'transcript' });
    await until(async () => (await store.jobs(JOB.sessionId)).some(({ status }) => status === 'done'));
    expect(other.mock.calls.map(([{ jobId }]) => jobId)).toEqual(['j2']);
    expect((await stored()).status).toBe('queued');
  });

  it('a job runs again after a failure, and its error for people is stored', async () => {
    const { process, stored, until, attempts } = started();
    const failures = [new JobError('The disk is full.', { isFinal: false }), new Error('ENOENT /srv/secret')];
    const handler = vi.fn<JobHandler>(() => {
      const failure = failures.shift();
      return failure ? Promise.reject(failure) : Promise.resolve();
    });
    await process(handler).put(JOB);
    await vi.waitFor(async () =>
      expect(await stored()).toMatchObject({ status: 'queued', error: 'The disk is full.' }),
    );
    await until(async () => (await stored()).attempts === 2 && (await stored()).status === 'queued');
    expect((await stored()).error).toBe('The server could not do it. Its log says why.');
    await until(async () => (await stored()).status === 'done');
    expect(handler).toHaveBeenCalledTimes(3);
    await vi.waitFor(() => expect(attempts).toHaveLength(3));
    expect(attempts.map(([, outcome]) => outcome)).toEqual(['retried', 'retried', 'done']);
  });

  it('a job is given up after a final failure, and after too many attempts', async () => {
    const { process, stored, until, attempts } = started();
    const final = vi.fn<JobHandler>(() =>
      Promise.reject(new JobError('It has no sound.', { isFinal: true })),
    );
    const first = process(final);
    await first.put(JOB);
    await vi.waitFor(async () =>
      expect(await stored()).toMatchObject({ status: 'failed', error: 'It has no sound.' }),
    );
    expect(final).toHaveBeenCalledOnce();
    await first.close();
    expect(attempts).toEqual([['composition', 'failed', 0]]);

    const failing = vi.fn<JobHandler>(() => Promise.reject(new Error('no')));
    await process(failing).put(JOB);
    await until(async () => (await stored()).status === 'failed');
    expect(failing).toHaveBeenCalledTimes(6);
  });

  it('a running job keeps its lease and reports its progress', async () => {
    const { process, stored, until, clock, store } = started();
    const job = held();
    await process(job.handler).put(JOB);
    await vi.waitFor(() => expect(job.runs).toHaveLength(1));
    await until(async () => (await stored()).leasedUntil > clock.now() && (await stored()).progress === 0.25);
    await until(async () => (await stored()).leasedUntil > job.runs.length * LEASE_MS);
    expect(await store.claimJob(['composition'], { owner: 'other', leasedUntil: 0 }, clock.now())).toBeNull();
    job.release();
    await vi.waitFor(async () => expect((await stored()).status).toBe('done'));
  });

  it('close interrupts a running job, which the next process does at once', async () => {
    const { process, stored, attempts } = started();
    const job = held();
    const first = process(job.handler);
    await first.put(JOB);
    await vi.waitFor(() => expect(job.runs).toHaveLength(1));
    await first.close();
    expect(job.runs[0]?.signal.aborted).toBe(true);
    expect(await stored()).toMatchObject({ status: 'queued', error: null, leasedUntil: 0 });
    expect(attempts).toEqual([]);
  });

  it('put aborts the run of a job that is started again, and the job then runs from its beginning', async () => {
    const { process, until, stored } = started();
    const job = held();
    const jobs = process(job.handler);
    await jobs.put(JOB);
    await vi.waitFor(() => expect(job.runs).toHaveLength(1));
    await jobs.put(JOB);
    await until(() => job.runs.length === 2);
    expect(job.runs[0]?.signal.aborted).toBe(true);
    job.release();
    await vi.waitFor(async () => expect((await stored()).status).toBe('done'));
  });
});
