import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionOptions } from '@televisit/shared/session';
import type { TelevisitApi } from '@televisit/api-client';
import { describe, expect, it } from 'vitest';
import { recorded, recordableVisit, type LeftStream } from '../support/fixtures/recordings.ts';
import type { TestVisit } from '../support/fixtures/visit.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { TranscriptionService, type TranscriptionRequest } from '../support/infra/transcription-service.ts';
import { WebhookInbox } from '../support/infra/webhook-inbox.ts';

const ANSWER = { wording: '2026-11-30', language: 'en' };
const REQUIRED: Partial<SessionOptions> = { recording: 'on-request', transcript: 'required' };

/** Returns some seconds of a tone as a recorded microphone. */
function tone(seconds: number): Buffer {
  const file = join(temporaryFolder(), 'tone.mkv');
  const sound = ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`];
  execFileSync('ffmpeg', ['-v', 'error', ...sound, '-c:a', 'libopus', '-ac', '2', '-ar', '48000', file]);
  return readFileSync(file);
}

const microphone = (seat: number, at: number, seconds: number): LeftStream => ({
  seat,
  source: 'microphone',
  content: tone(seconds),
  at,
  lengthMs: seconds * 1000,
});

const textOf = (content: Uint8Array) => Buffer.from(content).toString('utf8');

/**
 * A service that hears "Hello" in the first second of each sound, and the number of the request in the next one.
 */
async function hearingService() {
  const heard = {
    /** The status of its answers. */
    status: 200,
    /** Runs before each answer. */
    before: (): Promise<unknown> => Promise.resolve(),
  };
  const word = (text: string, start: number) => ({ word: text, start, end: start + 0.4 });
  const service = await TranscriptionService.start((_, response) => {
    const number = String(service.requests.length);
    const segment = { avg_logprob: -0.1, no_speech_prob: 0 };
    const body = {
      text: `Hello number ${number}`,
      language: 'english',
      segments: [
        { ...segment, start: 0, end: 0.5, text: ' Hello' },
        { ...segment, start: 1, end: 2, text: ` number ${number}` },
      ],
      words: [word('Hello', 0), word('number', 1), word(number, 1.5)],
    };
    void heard.before().then(() => {
      response.writeHead(heard.status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    });
    return undefined;
  });
  return Object.assign(heard, { url: service.url, requests: service.requests });
}
type HearingService = Awaited<ReturnType<typeof hearingService>>;

/** Returns the length of the sound of a request in seconds: 16,000 samples of two bytes each, after a header. */
const secondsOf = ({ file }: TranscriptionRequest) => Math.round((file.length - 44) / 32_000);

const agree = (api: TelevisitApi, sessionId: string, userId: string, given = true) =>
  Promise.all(
    (['recording', 'transcript'] as const).map((purpose) =>
      api.setConsent(sessionId, userId, purpose, { ...ANSWER, given }),
    ),
  );

/** A recording of a doctor and a patient on a server with a service, and what becomes of its transcript. */
async function transcribed({
  agreed = ['doctor', 'patient'],
  options = REQUIRED,
  before = () => Promise.resolve(),
}: {
  readonly agreed?: readonly string[];
  readonly options?: Partial<SessionOptions>;
  readonly before?: (service: HearingService, visit: TestVisit) => Promise<unknown>;
} = {}) {
  const service = await hearingService();
  const streams = [microphone(0, 0, 4), microphone(1, 1000, 3), microphone(1, 60_000, 2)];
  const env = { STT_ENGINE: 'http', STT_URL: service.url, STT_API_KEY: 'key-of-the-service' };
  const all = await recorded(
    { env },
    {
      ...options,
      streams,
      before: async (visit) => {
        for (const userId of agreed) await agree(visit.server.api, visit.sessionId, userId);
        await before(service, visit);
      },
    },
  );
  const { visit, api, clock, recordingId, record } = all;
  const at = [visit.sessionId, recordingId] as const;
  const job = async () => (await record())?.jobs.find(({ kind }) => kind === 'transcript');
  /** Lets the time pass until the transcript has a status, but not while FFmpeg works, which would seem to be stuck then. */
  const until = (status: string) =>
    expect
      .poll(async () => {
        const current = (await job())?.status;
        if (current !== 'running') clock.advance(5000);
        return current;
      })
      .toBe(status);
  const transcriptFiles = async () =>
    (await record())?.files.filter(({ kind }) => kind === 'transcript') ?? [];
  return { ...all, service, at, api, job, until, transcriptFiles };
}

describe('a transcript', () => {
  it('is made of the microphones of the people who agreed, with its times in the composition', async () => {
    const { service, at, api, until, transcriptFiles, visit } = await transcribed();
    await until('done');
    const transcript = await api.getTranscript(...at);
    expect(transcript.people.map(({ userId, role, engine }) => [userId, role, engine])).toEqual([
      ['doctor', 'doctor', 'whisper-1'],
      ['patient', 'patient', 'whisper-1'],
    ]);
    expect(transcript.segments.map(({ userId, start, text }) => [userId, start, text])).toEqual([
      ['doctor', 0, 'Hello'],
      ['doctor', 1, 'number 1'],
      ['patient', 1, 'Hello'],
      ['patient', 2, 'number 2'],
      // Nothing was recorded in between, so the composition leaves it out.
      ['patient', 4, 'Hello'],
      ['patient', 5, 'number 3'],
    ]);
    expect(transcript.segments[1]?.words).toEqual([
      { start: 1, end: 1.4, text: 'number' },
      { start: 1.5, end: 1.9, text: '1' },
    ]);
    expect(Date.parse(transcript.segments[4]!.startedAt) - Date.parse(transcript.startedAt)).toBe(60_000);
    expect(service.requests.map(secondsOf)).toEqual([4, 3, 2]);
    expect(await transcriptFiles()).toHaveLength(3);
    expect(await visit.history()).toContain('transcript.read by backend');
  });

  it('can be read as WebVTT and as text with names, and by its link until that expires', async () => {
    const { at, api, until, clock, visit } = await transcribed();
    await until('done');
    const vtt = textOf(await api.getTranscriptFile(...at, 'vtt'));
    expect(vtt.startsWith('WEBVTT\n\nNOTE Made automatically.')).toBe(true);
    expect(vtt).toContain('00:00:01.000 --> 00:00:02.000\n<v DOCTOR>number 1</v>');
    const text = textOf(await api.getTranscriptFile(...at, 'txt'));
    expect(text).toContain(
      '[00:00:00] DOCTOR: Hello number 1\n[00:00:01] PATIENT: Hello number 2 Hello number 3',
    );
    const { url } = await api.createTranscriptLink(...at, { expiresIn: 60 });
    for (const format of ['json', 'vtt', 'txt']) {
      const answer = await fetch(url.replace('/json/', `/${format}/`));
      expect([answer.status, answer.headers.get('x-content-type-options')]).toEqual([200, 'nosniff']);
    }
    expect((await fetch(url.replace('signature=', 'signature=x'))).status).toBe(403);
    expect((await fetch(url.replace(at[1], 'another'))).status).toBe(403);
    clock.advance(61_000);
    expect((await fetch(url)).status).toBe(410);
    expect(await visit.history()).toEqual(
      expect.arrayContaining(['transcript.linked by backend', 'transcript.read by system']),
    );
  });

  it('never holds what people say who have not agreed, and gets them when they agree later', async () => {
    const { service, at, api, until, transcriptFiles, visit } = await transcribed({ agreed: ['patient'] });
    await until('done');
    expect((await api.getTranscript(...at)).people.map(({ userId }) => userId)).toEqual(['patient']);
    expect(service.requests.map(secondsOf)).toEqual([3, 2]);
    await agree(api, visit.sessionId, 'doctor');
    await api.createTranscript(...at);
    await until('done');
    expect((await api.getTranscript(...at)).people.map(({ userId }) => userId)).toEqual([
      'doctor',
      'patient',
    ]);
    // The others are not transcribed again.
    expect(service.requests.map(secondsOf)).toEqual([3, 2, 4]);
    expect(await transcriptFiles()).toHaveLength(3);
  });

  it('drops what was being transcribed when consent is withdrawn', async () => {
    const { at, api, until, transcriptFiles } = await transcribed({
      before: (service, visit) => {
        service.before = () => agree(visit.server.api, visit.sessionId, 'patient', false);
        return Promise.resolve();
      },
    });
    await until('done');
    expect((await transcriptFiles()).map(({ userId }) => userId)).toEqual(['doctor']);
    expect((await api.getTranscript(...at)).segments.every(({ userId }) => userId === 'doctor')).toBe(true);
  });

  it('is announced with a link, once', async () => {
    const inbox = await WebhookInbox.open();
    const { until, recordingId } = await transcribed({
      before: async (_, { server }) => {
        await server.api.createWebhookEndpoint({ url: inbox.url, events: ['transcript.ready'] });
      },
    });
    await until('done');
    await expect.poll(() => inbox.posted).toHaveLength(1);
    const { data } = JSON.parse(inbox.posted[0]!.body) as { data: { transcriptUrl: string } };
    expect(data).toMatchObject({ recordingId, people: 2 });
    const linked = (await (await fetch(data.transcriptUrl)).json()) as { segments: unknown[] };
    expect(linked.segments).toHaveLength(6);
  });

  it('tells the service the language and the vocabulary of the visit, or those of the request', async () => {
    const { service, at, api, until } = await transcribed({
      options: { ...REQUIRED, transcript: 'on-request', captionLanguage: 'de', vocabulary: ['Metformin'] },
    });
    await expect(api.getTranscript(...at)).rejects.toMatchObject({ code: 'transcript_not_found' });
    await api.createTranscript(...at);
    await until('done');
    const asked = (name: string) => service.requests.at(-1)?.fields.get(name);
    expect([asked('language'), asked('prompt')]).toEqual(['de', expect.stringContaining('Metformin')]);
    await api.deleteTranscript(...at);
    await api.createTranscript(...at, { language: 'fr', vocabulary: ['Doliprane'] });
    await until('done');
    expect([asked('language'), asked('prompt')]).toEqual(['fr', expect.stringContaining('Doliprane')]);
  });

  it('is tried again while the service fails, and the job says why', async () => {
    const { service, at, api, until, job, clock } = await transcribed({
      before: (given) => {
        given.status = 401;
        return Promise.resolve();
      },
    });
    await expect
      .poll(() => {
        clock.advance(5000);
        return job();
      })
      .toMatchObject({ status: 'queued', error: 'The service for speech to text refused.' });
    service.status = 200;
    await until('done');
    expect(await job()).toMatchObject({ error: null, progress: 1 });
    expect((await api.getTranscript(...at)).segments).toHaveLength(6);
  });
});

describe('corrections', () => {
  it('replace texts and keep the automatic ones; the last one counts', async () => {
    const { at, api, until, visit } = await transcribed();
    await until('done');
    const [first, second] = (await api.getTranscript(...at)).segments;
    const correct = (text: string) =>
      api.correctTranscript(...at, { corrections: [{ segmentId: second!.segmentId, text }] });
    await correct('Metformin 500 milligrams');
    const { segments } = await correct('Metformin 1,000 milligrams <b>');
    expect(segments[0]).toEqual(first);
    expect(segments[1]).toMatchObject({ text: 'Metformin 1,000 milligrams <b>', original: 'number 1' });
    expect(segments[1]?.correctedAt).not.toBeNull();
    expect(textOf(await api.getTranscriptFile(...at, 'vtt'))).toContain(
      'Metformin 1,000 milligrams &lt;b&gt;',
    );
    expect(await visit.history()).toContain('transcript.corrected by backend');
  });

  it('of an unknown segment are refused, and change nothing', async () => {
    const { at, api, until } = await transcribed();
    await until('done');
    const before = await api.getTranscript(...at);
    const [known] = before.segments;
    const corrections = [
      { segmentId: known!.segmentId, text: 'changed' },
      { segmentId: 'another', text: 'x' },
    ];
    await expect(api.correctTranscript(...at, { corrections })).rejects.toMatchObject({
      code: 'transcript_segment_not_found',
    });
    expect(await api.getTranscript(...at)).toEqual(before);
  });
});

describe('deleting', () => {
  it('deleteTranscript deletes texts and corrections, and leaves the recording', async () => {
    const { at, api, until, record, visit } = await transcribed();
    await until('done');
    const [first] = (await api.getTranscript(...at)).segments;
    await api.correctTranscript(...at, { corrections: [{ segmentId: first!.segmentId, text: 'Hi' }] });
    const left = await api.deleteTranscript(...at);
    expect(left.files.map(({ kind }) => kind).sort()).toEqual(['stream', 'stream', 'stream', 'timeline']);
    expect(left.jobs.filter(({ kind }) => kind === 'transcript')).toEqual([]);
    expect(await record()).toEqual(left);
    await expect(api.getTranscript(...at)).rejects.toMatchObject({ code: 'transcript_not_found' });
    expect(await visit.history()).toContain('transcript.deleted by backend');
  });

  it('erasing a person deletes what they said, and a legal hold keeps it', async () => {
    const { at, api, until, visit } = await transcribed();
    await until('done');
    await api.updateRecording(...at, { legalHold: true });
    await expect(api.deleteTranscript(...at)).rejects.toMatchObject({ code: 'recording_held' });
    await api.updateRecording(...at, { legalHold: false });
    await api.eraseRecordedPerson(visit.sessionId, 'patient');
    const { people, segments } = await api.getTranscript(...at);
    expect(people.map(({ userId }) => userId)).toEqual(['doctor']);
    expect(segments).toHaveLength(2);
  });

  it('a person who withdraws on the page can have the text of what they said deleted', async () => {
    const { until, transcriptFiles, doctor } = await transcribed();
    await until('done');
    const answer = { purpose: 'transcript', given: false, ...ANSWER } as const;
    await doctor.request('consent:set', { ...answer, erase: true });
    expect(new Set((await transcriptFiles()).map(({ userId }) => userId))).toEqual(new Set(['patient']));
    expect(doctor.received('recording:changed').at(-1)).toMatchObject({
      consent: true,
      transcript: 'required',
      transcriptConsent: false,
    });
  });
});

describe('a transcript is refused', () => {
  it('for a visit without one, a recording that runs, and by a server that can’t transcribe', async () => {
    const off = await recorded();
    const ofOff = [off.visit.sessionId, off.recordingId] as const;
    await expect(off.api.createTranscript(...ofOff)).rejects.toMatchObject({ code: 'transcript_off' });
    const { visit, api } = await recordableVisit(REQUIRED);
    await visit.join('doctor');
    const { recordingId } = await api.startRecording(visit.sessionId);
    const ofRunning = [visit.sessionId, recordingId] as const;
    await expect(api.createTranscript(...ofRunning)).rejects.toMatchObject({
      code: 'transcript_unavailable',
    });
    await expect(api.getTranscript(visit.sessionId, 'another')).rejects.toMatchObject({
      code: 'recording_not_found',
    });
  });
});
