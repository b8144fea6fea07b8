import { z } from 'zod';
import { feature, typed } from '../core/contract.ts';
import { sessionParams, utcTime } from '../core/fields.ts';
import { linkQuery, recordingLink, recordingLinkRequest } from './recording.records.ts';
import { JOB_STATUSES, RECORDING_STATUSES } from './recording.vocabulary.ts';

const linkedFile = (what: string) =>
  z.strictObject({
    url: z.string().meta({ description: `A link to ${what}, valid as long as the one to the page.` }),
  });

/** `GET /sessions/{sessionId}/recordings/{recordingId}/player`. */
export const recordingPlayer = z
  .strictObject({
    status: z.enum(RECORDING_STATUSES).meta({ description: 'The state of the recording.' }),
    startedAt: utcTime.meta({ description: 'When it was started.' }),
    composition: linkedFile('the MP4')
      .nullable()
      .meta({ description: 'The newest composition; null if there is none.' }),
    thumbnail: linkedFile('the picture').nullable().meta({ description: 'The preview of the composition.' }),
    job: z
      .strictObject({
        status: z.enum(JOB_STATUSES).meta({ description: 'What becomes of it.' }),
        progress: z.number().min(0).max(1).meta({ description: 'The share that is done, 0 to 1.' }),
      })
      .nullable()
      .meta({ description: 'The newest job that composes the recording; null if there is none.' }),
    transcript: z
      .strictObject({
        url: z.string().meta({ description: 'A link to the transcript as JSON.' }),
        captionsUrl: z.string().meta({ description: 'A link to the transcript as WebVTT.' }),
        version: z
          .string()
          .meta({ description: 'Another one after each change, for instance a correction.' }),
      })
      .nullable()
      .meta({ description: 'The transcript; null if there is none.' }),
  })
  .meta({ id: 'RecordingPlayer' });
export type RecordingPlayerRecord = z.infer<typeof recordingPlayer>;

const ofRecording = z.object({
  ...sessionParams.shape,
  recordingId: z.string().meta({ description: 'Televisit’s id of the recording.' }),
});
const base = '/sessions/{sessionId}/recordings/{recordingId}/player';

export const player = feature({
  name: 'recording-player',
  operations: {
    createPlayerLink: {
      method: 'post',
      path: `${base}-link`,
      tag: 'Recordings',
      summary: 'Get a link to the page that plays a recording, valid for a limited time',
      description:
        'For people who watch in their browser: the page plays the newest composition, with the transcript beside it. ' +
        'Creating a link, and every file that is read by it, are recorded in the audit log.',
      access: 'internal',
      params: ofRecording,
      body: recordingLinkRequest,
      repeatable: true,
      answers: { 200: { description: 'The link', schema: recordingLink } },
      errors: ['session_not_found', 'recording_not_found'],
    },
    getPlayer: {
      method: 'get',
      path: base,
      tag: 'Recordings',
      summary: 'Read what the page plays',
      access: 'signed_link',
      params: ofRecording,
      query: linkQuery,
      answers: { 200: { description: 'What there is to play', schema: recordingPlayer } },
      errors: ['session_not_found', 'recording_not_found', 'recording_link_expired'],
    },
  },
  report: {
    recordingUrl: z.string().nullable().meta({
      description:
        'A link to the page that plays the newest recording that is ready, valid for a day; whoever has it can watch. Null without one.',
    }),
  },
  facts: {
    'player.linked': {
      kind: 'note',
      data: typed<{ readonly recordingId: string }>(),
      details: ['recordingId'],
      example: { recordingId: 'rec_1' },
    },
  },
});
