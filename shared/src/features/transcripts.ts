import { z } from 'zod';
import { feature, typed } from '../core/contract.ts';
import { languageTag, line, role, sessionParams, utcTime } from '../core/fields.ts';
import { MAX_VOCABULARY, MAX_VOCABULARY_TERM } from './captions.vocabulary.ts';
import {
  fileContent,
  linkQuery,
  recordingJob,
  recordingLink,
  recordingLinkRequest,
  recordingRecord,
} from './recording.records.ts';
import {
  MAX_CORRECTED_TEXT,
  MAX_CORRECTIONS,
  TRANSCRIPT_FORMATS,
  TRANSCRIPT_MODES,
} from './transcripts.vocabulary.ts';

const seconds = z.number().min(0);
const start = seconds.meta({
  description:
    'Its begin in seconds from the start of the recording, as in its composition: where nothing was recorded is left out.',
});
const end = seconds.meta({ description: 'Its end in seconds from the start of the recording.' });

const transcriptWord = z
  .strictObject({ start, end, text: z.string().meta({ description: 'The word, with its punctuation.' }) })
  .meta({ id: 'TranscriptWord' });

const transcriptSegment = z
  .strictObject({
    segmentId: z.string().meta({ description: 'Televisit’s id of the segment.' }),
    userId: z.string().meta({ description: 'Your own id of the person who said it.' }),
    start,
    end,
    startedAt: utcTime.meta({ description: 'When it was said.' }),
    text: z.string().meta({ description: 'What was said, as corrected.' }),
    original: z.string().nullable().meta({ description: 'The automatic text, if it was corrected.' }),
    correctedAt: utcTime.nullable().meta({ description: 'When it was corrected last.' }),
    confidence: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .meta({ description: 'How sure the engine was, 0 to 1; null if it does not say.' }),
    words: z.array(transcriptWord).meta({
      description: 'The automatic words with their times; empty if the engine does not know them.',
    }),
  })
  .meta({ id: 'TranscriptSegment' });

const transcriptPerson = z
  .strictObject({
    userId: z.string().meta({ description: 'Your own id of the person.' }),
    role,
    displayName: z.string().nullable().meta({ description: 'Their name, as others in the visit saw it.' }),
    language: z.string().meta({ description: 'The language that they spoke (BCP 47).' }),
    engine: z.string().meta({ description: 'What transcribed them, such as `whisper-base`.' }),
  })
  .meta({ id: 'TranscriptPerson' });

/** `GET /sessions/{sessionId}/recordings/{recordingId}/transcript`. */
export const transcript = z
  .strictObject({
    recordingId: z.string().meta({ description: 'Televisit’s id of the recording.' }),
    automatic: z.literal(true).meta({
      description: 'It was made automatically and may be wrong, above all numbers and names of medicines.',
    }),
    startedAt: utcTime.meta({ description: 'The start of the recording, from which times are counted.' }),
    people: z.array(transcriptPerson).meta({ description: 'The people who agreed to be transcribed.' }),
    segments: z.array(transcriptSegment).meta({ description: 'What they said, in the order of its start.' }),
  })
  .meta({ id: 'Transcript' });
export type TranscriptRecord = z.infer<typeof transcript>;

/** `POST /sessions/{sessionId}/recordings/{recordingId}/transcript`. */
export const transcriptRequest = z
  .strictObject({
    language: languageTag.nullable().default(null).meta({
      description:
        'The language that people spoke (BCP 47); null for the language of each person, and where none is known, the one that is heard.',
    }),
    vocabulary: z.array(line(MAX_VOCABULARY_TERM)).max(MAX_VOCABULARY).nullable().default(null).meta({
      description: 'Names and terms that were probably spoken; null for those of the visit.',
    }),
  })
  .meta({ id: 'TranscriptRequest' });
export type TranscriptRequest = z.input<typeof transcriptRequest>;

/** `PATCH /sessions/{sessionId}/recordings/{recordingId}/transcript`. */
export const transcriptCorrections = z
  .strictObject({
    corrections: z
      .array(
        z.strictObject({
          segmentId: z.string().min(1).max(256).meta({ description: 'The id of the segment.' }),
          text: line(MAX_CORRECTED_TEXT).meta({ description: 'What was really said, on one line.' }),
        }),
      )
      .min(1)
      .max(MAX_CORRECTIONS)
      .meta({ description: 'The corrections, each of another segment.' }),
  })
  .meta({ id: 'TranscriptCorrections' });
export type TranscriptCorrections = z.input<typeof transcriptCorrections>;

const ofRecording = z.object({
  ...sessionParams.shape,
  recordingId: z.string().meta({ description: 'Televisit’s id of the recording.' }),
});
const ofFormat = z.object({
  ...ofRecording.shape,
  format: z
    .string()
    .max(16)
    .meta({ description: `JSON, WebVTT or plain text: ${TRANSCRIPT_FORMATS.join(', ')}.` }),
});
const answers = { 200: { description: 'The transcript', schema: fileContent } } as const;

interface OfRecording {
  readonly recordingId: string;
}
const base = '/sessions/{sessionId}/recordings/{recordingId}/transcript';

export const transcripts = feature({
  name: 'transcripts',
  options: {
    transcript: {
      schema: z.enum(TRANSCRIPT_MODES).meta({
        description:
          'Whether recordings of the visit get a transcript: `off`; `on-request` of your backend; `required`, once a recording is ready. Only what people ' +
          'say who agreed is transcribed, and refusing has no other consequence.',
      }),
      default: 'off',
    },
  },
  operations: {
    createTranscript: {
      method: 'post',
      path: base,
      tag: 'Transcripts',
      summary: 'Transcribe a recording',
      description:
        'Transcribes the microphones of the people who agreed. The event transcript.ready says when it is done. What is transcribed stays as it is; repeat ' +
        'the request to add people who agreed later. To make it again, delete it first.',
      access: 'internal',
      params: ofRecording,
      body: transcriptRequest,
      repeatable: true,
      answers: { 200: { description: 'The job', schema: recordingJob } },
      errors: [
        'session_not_found',
        'recording_not_found',
        'recording_not_ready',
        'transcript_off',
        'transcript_unavailable',
      ],
    },
    getTranscript: {
      method: 'get',
      path: base,
      tag: 'Transcripts',
      summary: 'Read the transcript of a recording',
      description: 'With the times of words. Reading it is recorded in the audit log.',
      access: 'internal',
      params: ofRecording,
      answers: { 200: { description: 'The transcript', schema: transcript } },
      errors: ['session_not_found', 'recording_not_found', 'transcript_not_found', 'recording_unavailable'],
    },
    getTranscriptFile: {
      method: 'get',
      path: `${base}/{format}`,
      tag: 'Transcripts',
      summary: 'Read the transcript of a recording as WebVTT, plain text or JSON',
      access: 'internal',
      params: ofFormat,
      answers,
      errors: ['session_not_found', 'recording_not_found', 'transcript_not_found', 'recording_unavailable'],
    },
    correctTranscript: {
      method: 'patch',
      path: base,
      tag: 'Transcripts',
      summary: 'Correct a transcript',
      description: 'Replaces the text of segments; the automatic text is kept beside it.',
      access: 'internal',
      params: ofRecording,
      repeatable: true,
      body: transcriptCorrections,
      answers: { 200: { description: 'The transcript', schema: transcript } },
      errors: [
        'session_not_found',
        'recording_not_found',
        'transcript_not_found',
        'transcript_segment_not_found',
        'transcript_full',
        'recording_unavailable',
      ],
    },
    deleteTranscript: {
      method: 'delete',
      path: base,
      tag: 'Transcripts',
      summary: 'Delete a transcript',
      description: 'Also stops one that is being made. The recording stays.',
      access: 'internal',
      params: ofRecording,
      answers: { 200: { description: 'The recording', schema: recordingRecord } },
      errors: ['session_not_found', 'recording_not_found', 'recording_held'],
    },
    createTranscriptLink: {
      method: 'post',
      path: `${base}-link`,
      tag: 'Transcripts',
      summary: 'Get a link to a transcript that is valid for a limited time',
      description:
        'For people and for systems that have no secret of Televisit. Creating a link and every use of it are recorded in the audit log. ' +
        'The link returns JSON; replace `json` in its path by `vtt` or `txt` for the other formats.',
      access: 'internal',
      params: ofRecording,
      body: recordingLinkRequest,
      repeatable: true,
      answers: { 200: { description: 'The link', schema: recordingLink } },
      errors: ['session_not_found', 'recording_not_found', 'transcript_not_found'],
    },
    getLinkedTranscript: {
      method: 'get',
      path: `${base}/{format}/download`,
      tag: 'Transcripts',
      summary: 'Read a transcript by a link',
      access: 'signed_link',
      params: ofFormat,
      query: linkQuery,
      answers,
      errors: [
        'session_not_found',
        'recording_not_found',
        'transcript_not_found',
        'recording_link_expired',
        'recording_unavailable',
      ],
    },
  },
  facts: {
    'transcript.ready': {
      kind: 'event',
      data: typed<OfRecording & { readonly people: number; readonly transcriptUrl: string | null }>(),
      details: ['recordingId', 'people'],
      repeatable: true,
      example: { recordingId: 'rec_1', people: 2, transcriptUrl: 'https://visits.example.org/…' },
      webhook: {
        description:
          'The transcript of a recording can be read, for instance to draft a note. It is automatic and may be wrong.',
        data: {
          recordingId: z.string().meta({ description: 'Televisit’s id of the recording.' }),
          people: z
            .int()
            .meta({ description: 'How many people are in it; the others have not agreed or said nothing.' }),
          transcriptUrl: z.string().nullable().meta({
            description:
              'A link to the transcript as JSON, valid for a day after the event; whoever has it can read the transcript. Null if nobody is in it.',
          }),
        },
        example: {
          recordingId: 'rec_1',
          people: 2,
          transcriptUrl:
            'https://visits.example.org/api/v1/sessions/sess_1/recordings/rec_1/transcript/json/download?expires=1&signature=s',
        },
      },
    },
    'transcript.corrected': {
      kind: 'note',
      data: typed<OfRecording & { readonly segments: number }>(),
      details: ['recordingId', 'segments'],
      example: { recordingId: 'rec_1', segments: 2 },
    },
    'transcript.deleted': {
      kind: 'note',
      data: typed<OfRecording>(),
      details: ['recordingId'],
      example: { recordingId: 'rec_1' },
    },
    'transcript.linked': {
      kind: 'note',
      data: typed<OfRecording>(),
      details: ['recordingId'],
      example: { recordingId: 'rec_1' },
    },
    'transcript.read': {
      kind: 'note',
      data: typed<OfRecording>(),
      details: ['recordingId'],
      example: { recordingId: 'rec_1' },
    },
  },
  errors: {
    transcript_off: {
      status: 403,
      title: 'This visit gets no transcript',
      remedy: 'Create the visit with options.transcript "on-request" or "required".',
    },
    transcript_unavailable: {
      status: 503,
      title: 'This server can’t transcribe',
      remedy: 'Its operator has to set STT_ENGINE.',
    },
    transcript_not_found: {
      status: 404,
      title: 'The recording has no transcript',
      remedy: 'Create one with POST, and wait for the event transcript.ready.',
    },
    transcript_segment_not_found: {
      status: 404,
      title: 'The transcript has no such segment',
      remedy: 'Read the transcript again; a transcript that was made again has other segments.',
    },
    transcript_full: {
      status: 409,
      title: 'The transcript was corrected too often',
      remedy: 'Send many corrections in one request.',
    },
  },
});
