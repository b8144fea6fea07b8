import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordingView } from '@televisit/shared/features/recording';
import { WEBHOOK_EVENT_TYPES } from '@televisit/shared/webhooks';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { describe, expect, it } from 'vitest';
import type { ProtocolClient } from '../support/clients/protocol-client.ts';
import { leaveFiles, recordableVisit, recorded, SPOOL } from '../support/fixtures/recordings.ts';
import { SECRETS } from '../support/infra/settings.ts';
import { startServer } from '../support/infra/start-server.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import type { TestServer } from '../support/infra/test-server.ts';
import { WebhookInbox } from '../support/infra/webhook-inbox.ts';

const DAY = 24 * 60 * 60_000;

const LOST_SERVER = 'a server that is lost';

/** Lets time pass until a server takes over work of a lost one, and not longer, as that would be lost as well. */
async function takenOver({ televisit }: TestServer, clock: ManualClock, sessionId: string, workId: string) {
  const isWaiting = async () => {
    const work = await televisit.store.features.recording.work(sessionId);
    const waits = work.find((one) => one.workId === workId)?.owner === LOST_SERVER;
    if (waits) clock.advance(11_000);
    return waits;
  };
  await expect.poll(isWaiting, { timeout: 60_000, interval: 200 }).toBe(false);
}

const seen = (one: ProtocolClient): RecordingView | undefined => one.received('recording:changed').at(-1);
const agree = (one: ProtocolClient, given = true, erase = false) =>
  one.request('consent:set', {
    purpose: 'recording',
    given,
    wording: '2026-11-30',
    language: 'de',
    ...(erase ? { erase } : {}),
  });
const control = (one: ProtocolClient, action: 'start' | 'pause' | 'resume' | 'stop') =>
  one.request('recording:control', { action });

/** Receives the events of recordings and answers. */
async function subscribed({ api }: TestServer): Promise<WebhookInbox> {
  const inbox = await WebhookInbox.open();
  const events = WEBHOOK_EVENT_TYPES.filter((type) => /^(recording|consent)\./.test(type));
  await api.createWebhookEndpoint({ url: inbox.url, events });
  return inbox;
}

const filesOf = (dataDir: string) =>
  existsSync(join(dataDir, 'recordings'))
    ? readdirSync(join(dataDir, 'recordings'), { recursive: true, withFileTypes: true }).filter((one) =>
        one.isFile(),
      )
    : [];

describe('consent', () => {
  it('everybody is asked before they enter, and sees who decides only as numbers', async () => {
    const { visit } = await recordableVisit({ recording: 'required' });
    const doctor = await visit.join('doctor');
    const patient = await visit.connect('patient');
    await expect.poll(() => seen(patient)).toMatchObject({ mode: 'required', consent: null });
    await agree(patient, false);
    await expect.poll(() => seen(patient)).toMatchObject({ consent: false });
    await agree(doctor);
    await expect.poll(() => seen(doctor)).toMatchObject({ state: 'on', unanswered: 0, refused: 0 });
    const { recording } = await patient.enter();
    expect(recording).toMatchObject({ state: 'waiting', refused: 1, consent: false });
    const observer = await visit.join('observer');
    await expect.poll(() => seen(doctor)).toMatchObject({ state: 'waiting', unanswered: 1, refused: 1 });
    expect(JSON.stringify(doctor.received('recording:changed'))).not.toContain('patient');
    await agree(observer);
    await agree(patient);
    for (const one of [doctor, patient, observer]) {
      await expect.poll(() => seen(one)).toMatchObject({ state: 'on', refused: 0 });
    }
    await agree(observer, false);
    await expect.poll(() => seen(patient)).toMatchObject({ state: 'waiting', refused: 1 });
    observer.socket.disconnect();
    await expect(control(doctor, 'stop')).rejects.toMatchObject({ code: 'recording_required' });
  });

  it('answers are in the audit log, the report, the export and webhooks, with wording and language', async () => {
    const { visit, api } = await recordableVisit();
    const inbox = await subscribed(visit.server);
    const patient = await visit.join('patient');
    await agree(patient);
    await agree(patient);
    await agree(patient, false);
    await api.setConsent(visit.sessionId, 'doctor', 'recording', { given: true, wording: 'clinic-7' });
    expect(await visit.history()).toEqual(
      expect.arrayContaining([
        'consent.given patient by patient',
        'consent.withdrawn patient by patient',
        'consent.given doctor by backend',
      ]),
    );
    const { consents } = await api.getReport(visit.sessionId);
    expect(consents).toMatchObject([
      { userId: 'patient', given: false, wording: '2026-11-30', language: 'de', askedBy: 'page' },
      { userId: 'doctor', given: true, wording: 'clinic-7', language: 'en', askedBy: 'backend' },
    ]);
    const { sessions } = await api.exportUser('patient');
    expect(sessions[0]?.consents).toMatchObject([{ given: false, language: 'de' }]);
    await expect.poll(() => inbox.types().filter((type) => type === 'consent.given')).toHaveLength(2);
    expect(inbox.posted.map(({ body }) => (JSON.parse(body) as { data: unknown }).data)).toMatchObject([
      { userId: 'patient', role: 'patient', purpose: 'recording', language: 'de' },
      { userId: 'patient' },
      { userId: 'doctor', wording: 'clinic-7' },
    ]);
  });

  it('an answer for nobody, and one after the visit, are refused', async () => {
    const { visit, api } = await recordableVisit();
    const answer = { given: true, wording: '1' };
    await expect(api.setConsent(visit.sessionId, 'nobody', 'recording', answer)).rejects.toMatchObject({
      code: 'participant_not_found',
    });
    await api.endSession(visit.sessionId);
    await expect(api.setConsent(visit.sessionId, 'patient', 'recording', answer)).rejects.toMatchObject({
      code: 'session_closed',
    });
  });
});

describe('the control of a recording', () => {
  it('hosts start, pause, resume and stop it, and nobody else', async () => {
    const { visit, api } = await recordableVisit();
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    await expect(control(patient, 'start')).rejects.toMatchObject({ code: 'forbidden' });
    for (const one of [doctor, patient]) await agree(one);
    await control(doctor, 'start');
    await control(doctor, 'start');
    await expect.poll(() => seen(patient)?.state).toBe('on');
    await control(doctor, 'pause');
    await expect.poll(() => seen(patient)?.state).toBe('paused');
    await control(doctor, 'resume');
    await expect.poll(() => seen(patient)?.state).toBe('on');
    await control(doctor, 'stop');
    await expect.poll(() => seen(patient)?.state).toBe('off');
    await expect(control(doctor, 'pause')).rejects.toMatchObject({ code: 'recording_over' });
    const { recordings } = await api.listRecordings(visit.sessionId);
    // Nobody sent anything, so there is nothing to keep.
    await expect
      .poll(async () => (await api.listRecordings(visit.sessionId)).recordings)
      .toMatchObject([{ status: 'ready', complete: true, files: [] }]);
    expect(recordings).toHaveLength(1);
  });

  it('a recording is refused at once while the recorder is busy, and starts when it is no longer', async () => {
    const clock = new ManualClock(Date.now());
    const { visit, api } = await recordableVisit(undefined, { clock });
    const { server, sessionId } = visit;
    const doctor = await visit.join('doctor');
    /** The recorder reports once a second; on a clock that is this much slower or faster it is as much busier or idler. */
    const startAfter = async (ms: number) => {
      clock.advance(ms);
      const { status, body, headers } = await server.call('POST', `/sessions/${sessionId}/recordings`);
      for (const { recordingId, stoppedAt } of (await api.listRecordings(sessionId)).recordings) {
        if (stoppedAt === null) await api.stopRecording(sessionId, recordingId);
      }
      return [status, body.code, headers.get('retry-after')];
    };
    const patience = { interval: 1000, timeout: 30_000 };
    await expect.poll(() => startAfter(1), patience).toEqual([503, 'recording_unavailable', '30']);
    const { recordings } = await api.listRecordings(sessionId);
    const refused = { code: 'recording_unavailable', retryAfter: 30 };
    await expect(control(doctor, 'start')).rejects.toMatchObject(refused);
    expect((await api.listRecordings(sessionId)).recordings).toHaveLength(recordings.length);
    await expect.poll(() => startAfter(1000), patience).toEqual([200, undefined, null]);
  });

  it('a visit that is not recorded, and one that is not live, refuse it; a second start returns the first', async () => {
    const off = await recordableVisit({});
    await off.visit.join('doctor');
    await expect(off.api.startRecording(off.visit.sessionId)).rejects.toMatchObject({
      code: 'recording_off',
    });
    const { visit, api } = await recordableVisit();
    await expect(api.startRecording(visit.sessionId)).rejects.toMatchObject({ code: 'recording_not_live' });
    await visit.join('doctor');
    const first = await api.startRecording(visit.sessionId);
    expect((await api.startRecording(visit.sessionId)).recordingId).toBe(first.recordingId);
    expect(await api.pauseRecording(visit.sessionId, first.recordingId)).toMatchObject({ status: 'paused' });
    await expect(api.pauseRecording(visit.sessionId, 'another')).rejects.toMatchObject({
      code: 'recording_not_found',
    });
  });

  it('the end of a visit stops it, and says when its files are complete', async () => {
    const { visit, api } = await recordableVisit({ recording: 'required' });
    const inbox = await subscribed(visit.server);
    const doctor = await visit.join('doctor');
    await agree(doctor);
    await expect.poll(() => seen(doctor)?.state).toBe('on');
    await api.endSession(visit.sessionId);
    await expect.poll(() => inbox.types()).toContain('recording.ready');
    expect(inbox.types()).toEqual([
      'recording.started',
      'consent.given',
      'recording.stopped',
      'recording.ready',
    ]);
  });
});

describe('the files of a recording', () => {
  it('files that a process left behind are stored encrypted, and can be read whole and in ranges', async () => {
    const { visit, api, dataDir, recordingId, contents, record } = await recorded();
    expect(await record()).toMatchObject({ status: 'ready', complete: true });
    const files = (await record())?.files ?? [];
    expect(files.map(({ userId, source, contentType }) => [userId, source, contentType])).toEqual(
      expect.arrayContaining([
        ['doctor', 'camera', 'video/matroska'],
        ['patient', 'microphone', 'audio/matroska'],
        [null, null, 'application/jsonl'],
      ]),
    );
    expect(readdirSync(join(dataDir, SPOOL))).toEqual([]);
    const stored = filesOf(dataDir).map(({ parentPath, name }) => readFileSync(join(parentPath, name)));
    expect(stored).toHaveLength(3);
    for (const content of contents.values()) {
      const start = content.subarray(0, 64);
      expect(stored.some((one) => one.includes(start))).toBe(false);
    }
    for (const [fileId, content] of contents) {
      expect(
        Buffer.from(await api.getRecordingFile(visit.sessionId, recordingId, fileId)).equals(content),
      ).toBe(true);
    }
    const [[fileId, content]] = [...contents] as [[string, Buffer]];
    const range = (value: string) =>
      visit.server.call<Uint8Array>(
        'GET',
        `/sessions/${visit.sessionId}/recordings/${recordingId}/files/${fileId}`,
        undefined,
        { Range: value },
      );
    const part = await range('bytes=1048570-1048600');
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe('bytes 1048570-1048600/1500000');
    expect(Buffer.from(part.body).equals(content.subarray(1_048_570, 1_048_601))).toBe(true);
    expect(Buffer.from((await range('bytes=-5')).body).equals(content.subarray(-5))).toBe(true);
    expect((await range('bytes=1500000-')).status).toBe(416);
    expect((await range('bytes=0-1,5-6')).status).toBe(200);
    const head = await fetch(
      `${visit.server.url}/sessions/${visit.sessionId}/recordings/${recordingId}/files/${fileId}`,
      { method: 'HEAD', headers: { 'X-Internal-Secret': 'test-internal-secret-0123456789abcdef' } },
    );
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '1500000']);
    expect(await visit.history()).toContain('recording.read by backend');
  });

  it('a file can be read by its link without a secret until the link expires, and by no other link', async () => {
    const { visit, api, clock, recordingId, contents } = await recorded();
    const [[fileId, content]] = [...contents] as [[string, Buffer]];
    const { url, expiresAt } = await api.createRecordingLink(visit.sessionId, recordingId, fileId, {
      expiresIn: 120,
    });
    expect(Date.parse(expiresAt) - clock.now()).toBeGreaterThan(119_000);
    const open = (address: string) => fetch(address, { headers: { Range: 'bytes=10-19' } });
    const answer = await open(url);
    expect([answer.status, answer.headers.get('content-range')]).toEqual([206, 'bytes 10-19/1500000']);
    expect(Buffer.from(await answer.arrayBuffer()).equals(content.subarray(10, 20))).toBe(true);
    const [, other] = [...contents.keys()];
    const changed = [
      url.replace(/expires=\d+/, `expires=${Math.ceil(clock.now() / 1000) + 9999}`),
      url.replace(fileId, other!),
      url.replace(/signature=.*/, ''),
    ];
    for (const address of changed) expect((await open(address)).status).toBe(403);
    expect(await visit.history()).toEqual(
      expect.arrayContaining(['recording.linked by backend', 'recording.read by system']),
    );
    clock.advance(121_000);
    expect((await open(url)).status).toBe(410);
  });

  it('files can’t be read without their key, and can again with it as the previous key', async () => {
    const dataDir = temporaryFolder();
    const seats = { env: { DATA_DIR: dataDir } };
    const { visit, recordingId, contents } = await recorded(seats);
    const [[fileId, content]] = [...contents] as [[string, Buffer]];
    await visit.server.televisit.close();
    const [key] = SECRETS.recordings;
    const read = async (...recordings: readonly string[]) => {
      const server = await startServer({ ...seats, recordingKeys: recordings });
      const path = `/sessions/${visit.sessionId}/recordings/${recordingId}/files/${fileId}`;
      const answer = await server.call<Uint8Array & { code?: string }>('GET', path);
      await server.televisit.close();
      return answer;
    };
    expect((await read('another key 0123456789abcdefghijk')).body.code).toBe('recording_unavailable');
    expect((await read()).body.code).toBe('recording_unavailable');
    const { body } = await read('another key 0123456789abcdefghijk', key);
    expect(Buffer.from(body).equals(content)).toBe(true);
  });

  it('files are gone from the disk after their recording was deleted, which a legal hold prevents', async () => {
    const { visit, api, dataDir, recordingId, record } = await recorded();
    await api.updateRecording(visit.sessionId, recordingId, { legalHold: true });
    await expect(api.deleteRecording(visit.sessionId, recordingId)).rejects.toMatchObject({
      code: 'recording_held',
    });
    await expect(api.eraseRecordedPerson(visit.sessionId, 'patient')).rejects.toMatchObject({
      code: 'recording_held',
    });
    await api.eraseUser('patient');
    expect((await record())?.files).toHaveLength(3);
    await api.updateRecording(visit.sessionId, recordingId, { legalHold: false });
    expect(await api.deleteRecording(visit.sessionId, recordingId)).toEqual({ recordings: [] });
    await api.deleteRecording(visit.sessionId, recordingId);
    await expect.poll(() => filesOf(dataDir)).toEqual([]);
  });

  it('files of a person who withdraws with deletion are gone, also those that are stored later', async () => {
    const { visit, api, clock, dataDir, recordingId, record, tidy } = await recorded();
    const patient = await visit.join('patient');
    await agree(patient);
    await agree(patient, false, true);
    expect((await record())?.files.map(({ userId }) => userId).sort()).toEqual(['doctor', null]);
    leaveFiles(dataDir, visit.sessionId, recordingId, clock.now() - 1000);
    await expect
      .poll(async () => {
        tidy();
        return (await record())?.files.length;
      })
      .toBe(4);
    expect((await record())?.files.some(({ userId }) => userId === 'patient')).toBe(false);
    const { sessions } = await api.exportUser('doctor');
    expect(sessions[0]?.recordedFiles).toHaveLength(2);
    expect(await visit.history()).toContain('recording.erased patient by patient');
  });

  it('files of an erased person are deleted', async () => {
    const { api, record } = await recorded();
    await api.eraseUser('patient');
    expect((await record())?.files.map(({ userId }) => userId).sort()).toEqual(['doctor', null]);
  });

  it('files are deleted when their time is over', async () => {
    const { visit, api, clock, dataDir, record, tidy } = await recorded({
      env: { RECORDING_RETENTION_DAYS: '7' },
    });
    const { expiresAt, stoppedAt } = (await record())!;
    expect(Date.parse(expiresAt!) - Date.parse(stoppedAt!)).toBe(7 * DAY);
    await api.endSession(visit.sessionId);
    clock.advance(7 * DAY);
    await expect
      .poll(async () => {
        tidy();
        return (await record()) ?? null;
      })
      .toBeNull();
    await expect.poll(() => filesOf(dataDir)).toEqual([]);
  });

  it('files of a deleted recording that turn up later are not stored', async () => {
    const { visit, api, dataDir, recordingId, tidy } = await recorded();
    await api.deleteRecording(visit.sessionId, recordingId);
    leaveFiles(dataDir, visit.sessionId, recordingId);
    await expect
      .poll(() => {
        tidy();
        return readdirSync(join(dataDir, SPOOL));
      })
      .toEqual([]);
    expect(filesOf(dataDir)).toEqual([]);
  });

  it('a recording whose server is lost is incomplete, and complete again when its files turn up', async () => {
    const clock = new ManualClock(Date.now());
    const { visit, api, dataDir } = await recordableVisit(undefined, { clock });
    const { sessionId } = visit;
    await visit.join('doctor');
    const { recordingId } = await api.startRecording(sessionId);
    const now = clock.now();
    const work = { workId: 'work-lost', sessionId, recordingId, owner: LOST_SERVER };
    const { recording: store } = visit.server.televisit.store.features;
    await store.claim({ ...work, leasedUntil: now + 30_000, done: false, lost: false }, now);
    await api.stopRecording(sessionId, recordingId);
    const record = async () => (await api.listRecordings(sessionId)).recordings[0];
    clock.advance(5 * 60_000);
    expect((await record())?.status).toBe('finishing');
    const tidied = () => {
      clock.advance(61_000);
      return record();
    };
    await expect.poll(tidied).toMatchObject({ status: 'ready', complete: false, files: [] });

    leaveFiles(dataDir, sessionId, recordingId, now, work.workId);
    await takenOver(visit.server, clock, sessionId, work.workId);
    await expect.poll(record).toMatchObject({ complete: true, files: [{}, {}, {}] });
    expect((await visit.history()).filter((entry) => entry.startsWith('recording.ready'))).toHaveLength(2);
  });

  it.each([
    ['streams were lost', true],
    ['another server is lost as well', false],
  ])('a recording stays incomplete when late files are added, if %s', async (_if, isKnown) => {
    const clock = new ManualClock(Date.now());
    const { visit, api, dataDir } = await recordableVisit(undefined, { clock });
    const { sessionId } = visit;
    const inbox = await subscribed(visit.server);
    await visit.join('doctor');
    const { recordingId } = await api.startRecording(sessionId);
    const now = clock.now();
    const { recording: store } = visit.server.televisit.store.features;
    for (const workId of ['work-lost', 'work-late']) {
      const work = { workId, sessionId, recordingId, owner: LOST_SERVER };
      await store.claim({ ...work, leasedUntil: now + 30_000, done: false, lost: false }, now);
    }
    if (isKnown) await store.finish('work-lost', true);
    await api.stopRecording(sessionId, recordingId);
    const record = async () => (await api.listRecordings(sessionId)).recordings[0];
    const tidied = () => {
      clock.advance(61_000);
      return record();
    };
    await expect.poll(tidied).toMatchObject({ status: 'ready', complete: false, files: [] });

    leaveFiles(dataDir, sessionId, recordingId, now, 'work-late');
    await takenOver(visit.server, clock, sessionId, 'work-late');
    await expect.poll(() => inbox.types().filter((type) => type === 'recording.ready')).toHaveLength(2);
    expect(await record()).toMatchObject({ complete: false, files: [{}, {}, {}] });
    const ready = inbox.posted
      .map(({ body }) => JSON.parse(body) as { type: string; data: unknown })
      .filter(({ type }) => type === 'recording.ready');
    expect(ready.map(({ data }) => data)).toMatchObject([
      { files: 0, complete: false },
      { files: 3, complete: false },
    ]);
  });
});
