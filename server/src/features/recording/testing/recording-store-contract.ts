import { DEFAULT_OPTIONS } from '@televisit/shared/session';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SYSTEM } from '../../../domain/events.ts';
import * as lifecycle from '../../../domain/lifecycle.ts';
import type { SessionChange, Store } from '../../../domain/session-store.ts';
import type { Session } from '../../../domain/session.ts';
import { BACKEND, created, NINE } from '../../../domain/testing/sessions.ts';
import type { RecordingStore, RecordingWork, StoredFile } from '../recording-store.ts';
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
  ...changes,
});

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
      await recordings.addFile(file('f1'));
      await recordings.addFile(timeline);
      await recordings.addFile(file('f3', { sessionId: OTHER }));
      await recordings.addFile(file('f1', { bytes: 1, key: { keyId: 'key-2', wrapped: 'x' } }));
      const stored = await recordings.files(ID);
      expect([...stored].sort((one, other) => (one.fileId < other.fileId ? -1 : 1))).toEqual([
        file('f1'),
        timeline,
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
