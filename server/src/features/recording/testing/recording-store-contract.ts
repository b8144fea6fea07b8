import { DEFAULT_OPTIONS } from '@televisit/shared/session';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SYSTEM } from '../../../domain/events.ts';
import * as lifecycle from '../../../domain/lifecycle.ts';
import type { SessionChange, Store } from '../../../domain/session-store.ts';
import type { Session } from '../../../domain/session.ts';
import { BACKEND, created, NINE } from '../../../domain/testing/sessions.ts';
import type { RecordingJob, RecordingStore, RecordingWork, StoredFile } from '../recording-store.ts';
import { keep, start } from '../rules.ts';

/** A store on given data. Several may be open at the same time if `together` is true. */
export interface RecordingStoreUnderTest {
  open(): Promise<Store<{ readonly recording: RecordingStore }>>;
  readonly together: boolean;
}

const ID = 'sess_00000001';
const OTHER = 'sess_00000002';
const RECORDED = { ...DEFAULT_OPTIONS, recording: 'on-request' } as const;

const file = (fileId: string, changes: Partial<StoredFile> = {}): StoredFile => ({
  fileId,
  sessionId: ID,
  recordingId: 'rec-1',
  kind: 'stream',
  seat: 1,
  source: 'camera',
  contentType: 'video/matroska',
  codec: 'video/VP8',
  startedAt: NINE,
  endedAt: NINE + 1000,
  bytes: 3_000_000_000,
  held: false,
  key: { keyId: 'key-1', wrapped: 'abc' },
  ...changes,
});

const work = (workId: string, changes: Partial<RecordingWork> = {}): RecordingWork => ({
  workId,
  sessionId: ID,
  recordingId: 'rec-1',
  owner: 'process-1',
  leasedUntil: NINE + 30,
  done: false,
  lost: false,
  settled: false,
  ...changes,
});

const job = (jobId: string, changes: Partial<RecordingJob> = {}): RecordingJob => ({
  jobId,
  sessionId: ID,
  recordingId: 'rec-1',
  kind: 'composition',
  settings: { layout: 'grid' },
  status: 'queued',
  progress: 0,
  attempts: 0,
  error: null,
  createdAt: NINE,
  owner: null,
  leasedUntil: 0,
  ...changes,
});

const lease = (owner: string, leasedUntil: number) => ({ owner, leasedUntil });

const byId = (files: readonly StoredFile[]) => files.map(({ fileId }) => fileId).sort();

/** The contract of every store of recordings. `prepare` provides separate data for each test. */
export function recordingStoreContract(name: string, prepare: () => RecordingStoreUnderTest): void {
  async function opened() {
    const under = prepare();
    const store = await under.open();
    onTestFinished(() => store.close());
    return { recordings: store.features.recording, store, under };
  }

  describe(`RecordingStore on ${name}`, () => {
    it('addFile stores files unchanged, by session, and does nothing the second time', async () => {
      const { recordings } = await opened();
      const timeline = file('f2', { seat: null, source: null, codec: null });
      const text = file('f4', { kind: 'transcript', of: 'f1' });
      await recordings.addFile(file('f1'));
      await recordings.addFile(timeline);
      await recordings.addFile(text);
      await recordings.addFile(file('f3', { sessionId: OTHER }));
      await recordings.addFile(file('f1', { bytes: 1, key: { keyId: 'key-2', wrapped: 'x' } }));
      const stored = await recordings.files(ID);
      expect([...stored].sort((one, other) => (one.fileId < other.fileId ? -1 : 1))).toEqual([
        file('f1'),
        timeline,
        text,
      ]);
      expect(await recordings.files('sess_00000003')).toEqual([]);
    });

    it('rewrap replaces a key only if it is the expected one', async () => {
      const { recordings } = await opened();
      await recordings.addFile(file('f1'));
      await recordings.addFile(file('f2', { key: { keyId: 'key-2', wrapped: 'x' } }));
      expect(byId(await recordings.wrappedByOthers('key-2', 10))).toEqual(['f1']);
      await recordings.rewrap('f1', 'another', { keyId: 'key-2', wrapped: 'no' });
      expect((await recordings.wrappedByOthers('key-2', 10))[0]?.key.wrapped).toBe('abc');
      await recordings.rewrap('f1', 'key-1', { keyId: 'key-2', wrapped: 'new' });
      expect(await recordings.wrappedByOthers('key-2', 10)).toEqual([]);
      const files = await recordings.files(ID);
      expect(files.find(({ fileId }) => fileId === 'f1')).toEqual(
        file('f1', { key: { keyId: 'key-2', wrapped: 'new' } }),
      );
    });

    it('erase drops the files of a person that are not held, and remembers their content', async () => {
      const { recordings } = await opened();
      await recordings.addFile(file('f1'));
      await recordings.addFile(file('f2', { seat: 0 }));
      await recordings.addFile(file('f3', { seat: null }));
      await recordings.addFile(file('f4', { recordingId: 'rec-2' }));
      await recordings.addFile(file('f5', { sessionId: OTHER }));
      await recordings.hold(ID, 'rec-2', true);
      await recordings.erase(ID, 1);
      expect(byId(await recordings.files(ID))).toEqual(['f2', 'f3', 'f4']);
      expect(byId(await recordings.files(OTHER))).toEqual(['f5']);
      expect(await recordings.dropped(10)).toEqual(['f1']);
      await recordings.hold(ID, 'rec-2', false);
      await recordings.erase(ID, 1);
      expect([...(await recordings.dropped(10))].sort()).toEqual(['f1', 'f4']);
      await recordings.forget(['f1', 'f4']);
      expect(await recordings.dropped(10)).toEqual([]);
      expect(byId(await recordings.export(ID, 0))).toEqual(['f2']);
    });

    it('erase drops what was composed of everyone, and leaves texts of others and what is held', async () => {
      const { recordings } = await opened();
      const shared = { seat: null, source: null } as const;
      await recordings.addFile(file('f1', { ...shared, kind: 'composition' }));
      await recordings.addFile(file('f2', { ...shared, kind: 'playlist' }));
      await recordings.addFile(file('f3', { ...shared, kind: 'thumbnail' }));
      await recordings.addFile(file('f4', { ...shared, kind: 'timeline' }));
      await recordings.addFile(file('f5', { seat: 0, kind: 'transcript' }));
      await recordings.addFile(file('f6', { seat: 1, kind: 'transcript', of: 'f0' }));
      await recordings.addFile(file('f7', { ...shared, kind: 'composition', held: true }));
      await recordings.addFile(file('f8', { ...shared, kind: 'composition', sessionId: OTHER }));
      await recordings.erase(ID, 1);
      expect(byId(await recordings.files(ID))).toEqual(['f4', 'f5', 'f7']);
      expect(byId(await recordings.files(OTHER))).toEqual(['f8']);
    });

    it('claimJob gives the oldest open job of the kinds to one process at a time', async () => {
      const { recordings } = await opened();
      await recordings.putJob(job('j1', { createdAt: NINE + 2 }));
      await recordings.putJob(job('j2', { createdAt: NINE + 1, kind: 'transcript' }));
      await recordings.putJob(job('j3', { createdAt: NINE + 3, leasedUntil: NINE + 100, attempts: 1 }));
      await recordings.putJob(job('j4', { status: 'failed', error: 'The disk is full.' }));
      expect(await recordings.claimJob(['transcript', 'composition'], lease('p1', NINE + 30), NINE)).toEqual(
        job('j2', {
          createdAt: NINE + 1,
          kind: 'transcript',
          status: 'running',
          attempts: 1,
          ...lease('p1', NINE + 30),
        }),
      );
      const second = await recordings.claimJob(['transcript', 'composition'], lease('p2', NINE + 30), NINE);
      expect(second).toMatchObject({ jobId: 'j1', owner: 'p2' });
      expect(await recordings.claimJob(['composition'], lease('p3', NINE + 30), NINE)).toBeNull();
      const third = await recordings.claimJob(['composition'], lease('p3', NINE + 130), NINE + 100);
      expect(third).toMatchObject({ jobId: 'j1', owner: 'p3', attempts: 2 });
    });

    it('extendJob and endJob write only for the process that has the job', async () => {
      const { recordings } = await opened();
      await recordings.putJob(job('j1'));
      await recordings.claimJob(['composition'], lease('p1', NINE + 30), NINE);
      const extended = { jobId: 'j1', leasedUntil: NINE + 60, progress: 0.5 };
      expect(await recordings.extendJob({ ...extended, owner: 'p2' })).toBe(false);
      expect(await recordings.extendJob({ ...extended, owner: 'p1' })).toBe(true);
      expect(await recordings.jobs(ID)).toMatchObject([{ progress: 0.5, leasedUntil: NINE + 60 }]);
      const outcome = { status: 'done', error: null, leasedUntil: 0 } as const;
      expect(await recordings.endJob({ jobId: 'j1', owner: 'p2' }, outcome)).toBe(false);
      expect(await recordings.endJob({ jobId: 'j1', owner: 'p1' }, outcome)).toBe(true);
      expect(await recordings.endJob({ jobId: 'j1', owner: 'p1' }, outcome)).toBe(false);
      expect(await recordings.jobs(ID)).toMatchObject([{ status: 'done', progress: 1 }]);
    });

    it('openJobs counts the jobs of each kind that are neither done nor failed', async () => {
      const { recordings } = await opened();
      expect(await recordings.openJobs()).toEqual({ composition: 0, transcript: 0 });
      for (const jobId of ['j1', 'j2', 'j3']) await recordings.putJob(job(jobId));
      await recordings.putJob(job('j4', { status: 'failed', kind: 'transcript' }));
      await recordings.claimJob(['composition'], lease('p1', NINE + 30), NINE);
      expect(await recordings.openJobs()).toEqual({ composition: 3, transcript: 0 });
    });

    it('putJob takes a running job from its process, and a job is dropped with its recording', async () => {
      const { recordings } = await opened();
      await recordings.putJob(job('j1'));
      await recordings.putJob(job('j2', { recordingId: 'rec-2', createdAt: NINE + 1 }));
      await recordings.claimJob(['composition'], lease('p1', NINE + 30), NINE);
      await recordings.putJob(job('j1'));
      expect(await recordings.extendJob({ ...job('j1'), owner: 'p1' })).toBe(false);
      expect(await recordings.jobs(ID)).toEqual([
        job('j1'),
        job('j2', { recordingId: 'rec-2', createdAt: NINE + 1 }),
      ]);
      await recordings.dropRecording(ID, 'rec-1');
      expect((await recordings.jobs(ID)).map(({ jobId }) => jobId)).toEqual(['j2']);
      await recordings.deleteJob('j2');
      expect(await recordings.jobs(ID)).toEqual([]);
    });

    it('dropFiles drops files of a session, whose content then has to be deleted', async () => {
      const { recordings } = await opened();
      const sections = [{ at: 0, startedAt: NINE }];
      const composed = file('f2', { kind: 'composition', seat: null, jobId: 'j1', sections });
      for (const one of [file('f1'), composed, file('f3', { sessionId: OTHER })])
        await recordings.addFile(one);
      expect(await recordings.files(ID)).toContainEqual(composed);
      await recordings.dropFiles(ID, ['f2', 'f3']);
      expect(byId(await recordings.files(ID))).toEqual(['f1']);
      expect(byId(await recordings.files(OTHER))).toEqual(['f3']);
      expect(await recordings.dropped(10)).toEqual(['f2']);
    });

    it('one of several processes gets a job, also on several stores', async () => {
      const { recordings, under } = await opened();
      const stores = [recordings];
      if (under.together) {
        const second = await under.open();
        onTestFinished(() => second.close());
        stores.push(second.features.recording);
      }
      await recordings.putJob(job('j1'));
      const claimed = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          stores[index % stores.length]!.claimJob(['composition'], lease(`p${index}`, NINE + 30), NINE),
        ),
      );
      expect(claimed.filter(Boolean)).toHaveLength(1);
    });

    it('dropRecording drops its files and its expiry', async () => {
      const { recordings } = await opened();
      await recordings.addFile(file('f1'));
      await recordings.addFile(file('f2', { recordingId: 'rec-2' }));
      await recordings.expireAt(ID, 'rec-1', NINE);
      await recordings.dropRecording(ID, 'rec-1');
      expect(byId(await recordings.files(ID))).toEqual(['f2']);
      expect(await recordings.dropped(10)).toEqual(['f1']);
      expect(await recordings.sessionsToExpire(NINE + 1, 10)).toEqual([]);
    });

    it('expireAt is found from its time on, and can be changed', async () => {
      const { recordings } = await opened();
      await recordings.expireAt(ID, 'rec-1', NINE + 5);
      await recordings.expireAt(ID, 'rec-2', NINE + 5);
      expect(await recordings.sessionsToExpire(NINE + 4, 10)).toEqual([]);
      expect(await recordings.sessionsToExpire(NINE + 5, 10)).toEqual([ID]);
      await recordings.expireAt(ID, 'rec-1', NINE + 50);
      await recordings.expireAt(ID, 'rec-2', null);
      expect(await recordings.sessionsToExpire(NINE + 5, 10)).toEqual([]);
      expect(await recordings.sessionsToExpire(NINE + 50, 10)).toEqual([ID]);
    });

    it('claim gives work to one process, which extends it, and to another after the end of its lease', async () => {
      const { recordings } = await opened();
      expect(await recordings.claim(work('w1'), NINE)).toBe(true);
      const others = work('w1', { owner: 'process-2', leasedUntil: NINE + 60 });
      expect(await recordings.claim(others, NINE + 30)).toBe(false);
      expect(await recordings.claim(work('w1', { leasedUntil: NINE + 40 }), NINE + 10)).toBe(true);
      expect(await recordings.claim(others, NINE + 40)).toBe(false);
      expect(await recordings.claim(others, NINE + 41)).toBe(true);
      expect(await recordings.work(ID)).toEqual([others]);
    });

    it('work that is done is no longer claimed, and is forgotten by recording', async () => {
      const { recordings } = await opened();
      await recordings.claim(work('w1'), NINE);
      await recordings.claim(work('w2', { recordingId: 'rec-2' }), NINE);
      await recordings.claim(work('w3', { sessionId: OTHER }), NINE);
      expect(await recordings.sessionsToSettle(NINE, 10)).toEqual([]);
      await recordings.finish('w1', true);
      expect(await recordings.claim(work('w1'), NINE + 1)).toBe(false);
      expect(await recordings.sessionsToSettle(NINE, 10)).toEqual([ID]);
      expect([...(await recordings.sessionsToSettle(NINE + 31, 10))].sort()).toEqual([ID, OTHER]);
      await recordings.forgetWork(ID, 'rec-1');
      expect(await recordings.work(ID)).toEqual([work('w2', { recordingId: 'rec-2' })]);
    });

    it('settled work is kept if it lost something, or may have, until it is claimed again', async () => {
      const { recordings } = await opened();
      for (const workId of ['w1', 'w2', 'w3', 'w4']) await recordings.claim(work(workId), NINE);
      await recordings.finish('w1', false);
      await recordings.finish('w2', true);
      const read = await recordings.work(ID);
      // Meanwhile its process extends it.
      await recordings.claim(work('w4', { leasedUntil: NINE + 60 }), NINE + 10);
      await recordings.settleWork(read);
      const settled = async () =>
        (await recordings.work(ID)).map(({ workId, ...one }) => `${workId} ${one.settled}`).sort();
      expect(await settled()).toEqual(['w2 true', 'w3 true', 'w4 false']);
      expect(await recordings.sessionsToSettle(NINE + 50, 10)).toEqual([]);
      expect(await recordings.claim(work('w2'), NINE + 50)).toBe(false);
      expect(await recordings.claim(work('w3', { owner: 'process-2' }), NINE + 50)).toBe(true);
      expect(await settled()).toEqual(['w2 true', 'w3 false', 'w4 false']);
      await recordings.settleWork(await recordings.work(ID));
      expect(await settled()).toEqual(['w2 true', 'w3 true', 'w4 true']);
      await recordings.finish('w3', false);
      expect(await settled()).toEqual(['w2 true', 'w3 false', 'w4 true']);
      expect(await recordings.sessionsToSettle(NINE + 50, 10)).toEqual([ID]);
      expect(await recordings.work(ID)).toContainEqual(work('w2', { done: true, lost: true, settled: true }));
    });

    it('one of several processes gets work, also on several stores', async () => {
      const { recordings, under } = await opened();
      const stores = [recordings];
      if (under.together) {
        const second = await under.open();
        onTestFinished(() => second.close());
        stores.push(second.features.recording);
      }
      const claimed = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          stores[index % stores.length]!.claim(work('w1', { owner: `process-${index}` }), NINE),
        ),
      );
      expect(claimed.filter(Boolean)).toHaveLength(1);
      expect(await recordings.work(ID)).toMatchObject([{ owner: `process-${claimed.indexOf(true)}` }]);
    });

    it('a purge of sessions drops everything of them, unless one of their recordings is held', async () => {
      const { recordings, store } = await opened();
      const insert = async (
        sessionId: string,
        ...steps: readonly ((one: Session) => SessionChange | null)[]
      ) => {
        const first = created({ sessionId, appointmentId: sessionId, options: RECORDED });
        await store.insert(first);
        const all = [
          (one: Session) => lifecycle.start(one, BACKEND, NINE),
          ...steps,
          (one: Session) => lifecycle.end(one, 'backend_ended', BACKEND, NINE + 10),
        ];
        let { next } = first;
        for (const step of all) {
          const change = step(next);
          if (change && (await store.update(change))) next = change.next;
        }
        await recordings.addFile(file(`${sessionId}-file`, { sessionId }));
        await recordings.claim(work(`${sessionId}-work`, { sessionId }), NINE);
        await recordings.expireAt(sessionId, sessionId, NINE);
        await recordings.putJob(job(`${sessionId}-job`, { sessionId }));
      };
      await insert(ID, (one) => start(one, 'rec-1', SYSTEM, NINE));
      await insert(
        OTHER,
        (one) => start(one, 'rec-2', SYSTEM, NINE),
        (one) => keep(one, 'rec-2', { legalHold: true }, BACKEND, NINE),
      );
      expect(await store.purge(NINE + 20, 10)).toBe(1);
      expect(await recordings.files(ID)).toEqual([]);
      expect(await recordings.work(ID)).toEqual([]);
      expect(await recordings.jobs(ID)).toEqual([]);
      expect(await recordings.dropped(10)).toEqual([`${ID}-file`]);
      expect(await recordings.sessionsToExpire(NINE, 10)).toEqual([OTHER]);
      expect(byId(await recordings.files(OTHER))).toEqual([`${OTHER}-file`]);
      expect(await store.get(OTHER)).toBeDefined();
    });

    it('acknowledged writes persist when the store is reopened', async () => {
      const { recordings, store, under } = await opened();
      await recordings.addFile(file('f1'));
      await recordings.claim(work('w1'), NINE);
      await store.close();
      const again = await under.open();
      onTestFinished(() => again.close());
      expect(await again.features.recording.files(ID)).toEqual([file('f1')]);
      expect(await again.features.recording.work(ID)).toEqual([work('w1')]);
    });
  });
}
