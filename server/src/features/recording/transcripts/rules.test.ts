import { DEFAULT_OPTIONS } from '@televisit/shared/session';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { created, NINE, seat } from '../../../domain/testing/sessions.ts';
import type { Session } from '../../../domain/session.ts';
import type { StoredFile } from '../recording-store.ts';
import { assembled, formatted, requireSegment, speechOf, type PersonalTranscript } from './rules.ts';

const RECORDING = 'rec-1';

const file = (fileId: string, changes: Partial<StoredFile> = {}): StoredFile => ({
  fileId,
  sessionId: 'sess_00000001',
  recordingId: RECORDING,
  kind: 'stream',
  seat: 0,
  source: 'microphone',
  contentType: 'audio/matroska',
  codec: 'audio/opus',
  startedAt: NINE,
  endedAt: NINE + 10_000,
  bytes: 1,
  held: false,
  key: { keyId: 'key-1', wrapped: 'abc' },
  ...changes,
});

function visit(changes: Partial<Session> = {}): Session {
  const seats = [
    seat('doctor-1', 'doctor', { displayName: 'Dr. <Jones> & Sons' }),
    seat('patient-1', 'patient'),
    seat('guest-1', 'guest'),
  ];
  const options = { ...DEFAULT_OPTIONS, recording: 'required', transcript: 'required' } as const;
  return { ...created({ seats, options }).next, ...changes };
}

const said = (
  of: StoredFile,
  texts: readonly (readonly [at: number, text: string])[],
): PersonalTranscript => ({
  file: { ...of, kind: 'transcript', fileId: `text-${of.fileId}`, of: of.fileId },
  content: {
    language: 'en',
    engine: 'whisper-base',
    segments: texts.map(([at, text]) => ({
      startedAt: NINE + at,
      endedAt: NINE + at + 800,
      text,
      confidence: null,
      words: [],
    })),
  },
  corrections: [],
});

const answers = fc.array(
  fc.record({
    seat: fc.nat(2),
    purpose: fc.constantFrom('recording' as const, 'transcript' as const, 'captions' as const),
    given: fc.boolean(),
  }),
  { maxLength: 9 },
);

describe('speechOf', () => {
  it('returns microphones only of people whose last answers allow the recording and the transcript', () => {
    const files = fc.array(
      fc.record({
        seat: fc.constantFrom(0, 1, 2, null),
        source: fc.constantFrom('microphone' as const, 'camera' as const, 'screenAudio' as const),
        kind: fc.constantFrom('stream' as const, 'composition' as const, 'transcript' as const),
        recordingId: fc.constantFrom(RECORDING, 'rec-2'),
        startedAt: fc.integer({ min: NINE, max: NINE + 1000 }),
      }),
    );
    const modes = fc.constantFrom('off' as const, 'on-request' as const, 'required' as const);
    const before = fc.option(fc.integer({ min: NINE, max: NINE + 1000 }));
    fc.assert(
      fc.property(answers, files, modes, before, (given, parts, transcript, unrecordedBefore) => {
        const last = new Map(given.map((one) => [`${one.seat} ${one.purpose}`, one]));
        const session = visit({
          options: { ...DEFAULT_OPTIONS, recording: 'required', transcript },
          consents: [...last.values()].map((one) => ({
            ...one,
            wording: '1',
            language: 'en',
            askedBy: 'page' as const,
            at: NINE,
          })),
        });
        const erased = session.seats.map((one, index) => (index === 1 ? { ...one, unrecordedBefore } : one));
        const all = parts.map((part, index) => file(`f${index}`, part));
        for (const speech of speechOf({ ...session, seats: erased }, all, RECORDING)) {
          expect(transcript).not.toBe('off');
          expect(speech).toMatchObject({ kind: 'stream', source: 'microphone', recordingId: RECORDING });
          expect(last.get(`${speech.seat} recording`)?.given).toBe(true);
          expect(last.get(`${speech.seat} transcript`)?.given).toBe(true);
          if (speech.seat === 1) expect(speech.startedAt).toBeGreaterThanOrEqual(unrecordedBefore ?? 0);
        }
      }),
    );
  });

  it('returns all speech of a person who agreed, the oldest first', () => {
    const consents = (['recording', 'transcript'] as const).map((purpose) => ({
      seat: 0,
      purpose,
      given: true,
      wording: '1',
      language: 'en',
      askedBy: 'page' as const,
      at: NINE,
    }));
    const all = [file('late', { startedAt: NINE + 500 }), file('early'), file('other', { seat: 1 })];
    expect(speechOf(visit({ consents }), all, RECORDING).map(({ fileId }) => fileId)).toEqual([
      'early',
      'late',
    ]);
  });
});

describe('assembled', () => {
  const doctor = file('a');
  const patient = file('b', { seat: 1, startedAt: NINE + 1000, endedAt: NINE + 9000 });

  it('puts people in the order in which they spoke, whatever the order of their files', () => {
    const times = fc.array(fc.nat(9000), { maxLength: 8 });
    fc.assert(
      fc.property(times, times, fc.boolean(), (first, second, isTurned) => {
        const transcripts = [
          said(
            doctor,
            first.map((at) => [at, 'a'] as const),
          ),
          said(
            patient,
            second.map((at) => [at, 'b'] as const),
          ),
        ];
        const turned = isTurned ? transcripts.toReversed() : transcripts;
        const { segments, people } = assembled(visit(), RECORDING, [doctor, patient], turned);
        expect(segments.map(({ start }) => start)).toEqual(
          [...first, ...second].map((at) => at / 1000).sort((left, right) => left - right),
        );
        expect(people.map(({ userId }) => userId)).toEqual(['doctor-1', 'patient-1']);
        expect(new Set(segments.map(({ segmentId }) => segmentId)).size).toBe(segments.length);
        for (const { segmentId, userId } of segments) {
          const { file: found } = requireSegment(transcripts, segmentId);
          expect(found.seat === 0 ? 'doctor-1' : 'patient-1').toBe(userId);
        }
      }),
    );
  });

  it('applies the last correction of each segment, and keeps the automatic text', () => {
    const transcript = {
      ...said(doctor, [
        [0, 'metformin fifty'],
        [1000, 'yes'],
      ]),
      corrections: [
        { revision: 2, at: NINE + 60_000, texts: { 0: 'Metformin 500' } },
        { revision: 1, at: NINE + 60_000, texts: { 0: 'Metformin 15' } },
      ],
    };
    const { segments } = assembled(visit(), RECORDING, [doctor], [transcript]);
    expect(segments).toMatchObject([
      { text: 'Metformin 500', original: 'metformin fifty' },
      { text: 'yes', original: null, correctedAt: null },
    ]);
  });
});

describe('formatted', () => {
  const doctor = file('a');
  const transcript = (text: string) =>
    assembled(visit(), RECORDING, [doctor], [said(doctor, [[1500, text]])]);

  it('keeps hostile text and names of a transcript inside of its cue of WebVTT', () => {
    const nasty = fc.stringMatching(/^[\w<>&\n\r -]{1,40}$/).filter((text) => text.trim() !== '');
    fc.assert(
      fc.property(nasty, (text) => {
        const { content, type } = formatted(transcript(text), 'vtt');
        expect(type).toBe('text/vtt; charset=utf-8');
        const blocks = content.trimEnd().split('\n\n');
        expect(blocks).toHaveLength(3);
        const lines = blocks[2]!.split('\n');
        expect(lines.slice(0, 2)).toEqual(['text-a-0', '00:00:01.500 --> 00:00:02.300']);
        expect(lines).toHaveLength(3);
        const inner = lines[2]!.slice('<v Dr. &lt;Jones&gt; &amp; Sons>'.length, -'</v>'.length);
        expect(inner).not.toMatch(/[<>]/);
      }),
    );
  });

  it('writes one line for each turn of a speaker as plain text', () => {
    const patient = file('b', { seat: 1 });
    const both = [
      said(doctor, [
        [0, 'Good morning.'],
        [1000, 'How are you?'],
        [5000, 'Good.'],
      ]),
      said(patient, [[3000, 'Fine.']]),
    ];
    const { content } = formatted(assembled(visit(), RECORDING, [doctor, patient], both), 'txt');
    expect(content.split('\n').slice(2)).toEqual([
      '[00:00:00] Dr. <Jones> & Sons: Good morning. How are you?',
      '[00:00:03] patient: Fine.',
      '[00:00:05] Dr. <Jones> & Sons: Good.',
      '',
    ]);
  });
});
