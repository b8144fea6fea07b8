import { describe, expect, it, onTestFinished } from 'vitest';
import type { Role } from '@televisit/shared/vocabulary';
import type { RecordingRecord } from '@televisit/shared/features/recording.records';
import { launchWithCamera, type CameraColour } from '../support/fixtures/fake-cameras.ts';
import type { Visitor } from '../support/clients/chromium.ts';
import { TestSite } from '../support/fixtures/test-site.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { coloursIn, readRecording, secondsOf, type ReadFile } from '../support/measure/recording.ts';

const site = new TestSite();
const patience = { timeout: 20_000 };
/** The longest time from the record of a person's arrival until it is carried out, on a busy machine. */
const LET_IN_MS = 1000;

const SEATS = [
  { userId: 'doctor', role: 'doctor' },
  { userId: 'patient', role: 'patient' },
  { userId: 'guest', role: 'guest' },
] satisfies { userId: Person; role: Role }[];
type Person = 'doctor' | 'patient' | 'guest';
const COLOUR_OF: Readonly<Record<Person, CameraColour>> = { doctor: 'red', patient: 'green', guest: 'blue' };

/** A visit that may be recorded, whose people have cameras of different colours. */
class RecordedVisit {
  readonly sessionId: string;
  #recordingId = '';

  private constructor(sessionId: string) {
    this.sessionId = sessionId;
  }

  static async create(): Promise<RecordedVisit> {
    const plan = { seats: SEATS, options: { recording: 'on-request' as const } };
    return new RecordedVisit((await site.server.createVisit(undefined, plan)).sessionId);
  }

  async join(userId: Person): Promise<Visitor> {
    const browser = await launchWithCamera(COLOUR_OF[userId], temporaryFolder());
    onTestFinished(() => browser.close());
    const visitor = await site.open(await site.server.joinUrl(this.sessionId, userId), {}, { browser });
    await visitor.pressJoin();
    return visitor;
  }

  /** Records an answer that a person gave to the backend. */
  async answer(userId: Person, given: boolean): Promise<void> {
    await site.server.api.setConsent(this.sessionId, userId, 'recording', { given, wording: 'clinic-1' });
  }

  async start(): Promise<void> {
    this.#recordingId = (await site.server.api.startRecording(this.sessionId)).recordingId;
  }

  async record(): Promise<RecordingRecord> {
    const { recordings } = await site.server.api.listRecordings(this.sessionId);
    return recordings.find(({ recordingId }) => recordingId === this.#recordingId)!;
  }

  async guest() {
    const { participants } = await site.server.api.listParticipants(this.sessionId);
    return participants.find(({ userId }) => userId === 'guest')!;
  }

  /** Stops the recording. @returns its files, once it is ready */
  async stop(): Promise<readonly ReadFile[]> {
    await site.server.api.stopRecording(this.sessionId, this.#recordingId);
    await expect.poll(async () => (await this.record()).status, patience).toBe('ready');
    return readRecording(site.server, this.sessionId, await this.record(), temporaryFolder());
  }
}

/** Resolves once what the server shows everyone of the recording has been this for some seconds. */
async function recordFor(visitor: Visitor, seconds: number): Promise<void> {
  await expect.poll(() => visitor.byTestId('recording-sign').getAttribute('data-state'), patience).toBe('on');
  await visitor.page.waitForTimeout(seconds * 1000);
}

const of = (files: readonly ReadFile[], userId: Person, source: string) =>
  files.filter((file) => file.userId === userId && file.source === source);

describe('the files of a recording', { timeout: 120_000 }, () => {
  it('files hold each person’s camera and microphone for as long as everybody agreed, and nobody else', async () => {
    const visit = await RecordedVisit.create();
    const doctor = await visit.join('doctor');
    const patient = await visit.join('patient');
    await visit.answer('doctor', true);
    await visit.start();
    await expect
      .poll(() => doctor.byTestId('recording-sign').getAttribute('data-state'), patience)
      .toBe('waiting');
    await visit.answer('patient', true);
    await recordFor(patient, 4);

    // A guest who was not asked: nothing is recorded while they are here.
    const guest = await visit.join('guest');
    await expect
      .poll(() => guest.byTestId('recording-sign').getAttribute('data-state'), patience)
      .toBe('waiting');
    await expect.poll(() => guest.byTestId('remote-video').count(), patience).toBe(2);
    await guest.page.waitForTimeout(3000);
    await guest.close();
    await expect.poll(async () => (await visit.guest()).connected, { timeout: 60_000 }).toBe(false);
    await recordFor(doctor, 3);
    const files = await visit.stop();

    expect(new Set(files.map(({ userId }) => userId))).toEqual(new Set(['doctor', 'patient', null]));
    for (const userId of ['doctor', 'patient'] as const) {
      const cameras = of(files, userId, 'camera');
      expect(cameras).toHaveLength(2);
      for (const { path } of cameras) expect(await coloursIn(path)).toEqual([COLOUR_OF[userId]]);
      const microphones = of(files, userId, 'microphone');
      expect(microphones).toHaveLength(2);
      for (const file of [...cameras, ...microphones]) {
        const played = await secondsOf(file.path);
        const lasted = (Date.parse(file.endedAt) - Date.parse(file.startedAt)) / 1000;
        expect(played).toBeGreaterThan(2);
        expect(Math.abs(played - lasted)).toBeLessThan(0.3);
      }
    }
    const { recordings, consents } = await site.server.api.getReport(visit.sessionId);
    const { joinedAt, leftAt } = (await visit.guest()).intervals[0]!;
    for (const { startedAt, endedAt } of files.filter(({ source }) => source !== null)) {
      // The guest is let in, unseen and unheard, before the recording stops and their streams are forwarded.
      const isBefore = Date.parse(endedAt) < Date.parse(joinedAt) + LET_IN_MS;
      expect(isBefore || startedAt > leftAt!).toBe(true);
    }
    expect(recordings).toMatchObject([{ status: 'ready', complete: true }]);
    expect(consents.map(({ userId, given }) => [userId, given])).toEqual([
      ['doctor', true],
      ['patient', true],
    ]);
  });

  it('files of a person who withdraws stay until the person has them deleted', async () => {
    const visit = await RecordedVisit.create();
    const doctor = await visit.join('doctor');
    await visit.join('patient');
    for (const userId of ['doctor', 'patient'] as const) await visit.answer(userId, true);
    await visit.start();
    await recordFor(doctor, 3);
    await visit.answer('patient', false);
    await expect
      .poll(() => doctor.byTestId('recording-sign').getAttribute('data-state'), patience)
      .toBe('waiting');
    const files = await visit.stop();
    expect(of(files, 'patient', 'camera')).toHaveLength(1);
    await site.server.api.eraseRecordedPerson(visit.sessionId, 'patient');
    const { files: left } = await visit.record();
    expect(new Set(left.map(({ userId }) => userId))).toEqual(new Set(['doctor', null]));
    const gone = of(files, 'patient', 'camera')[0]!;
    const { status } = await site.server.call(
      'GET',
      `/sessions/${visit.sessionId}/recordings/${(await visit.record()).recordingId}/files/${gone.fileId}`,
    );
    expect(status).toBe(404);
  });
});
