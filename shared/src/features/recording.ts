import { z } from 'zod';
import { feature, nothing, typed } from '../core/contract.ts';
import { personParams, sessionParams, webhookPerson } from '../core/fields.ts';
import {
  recordingId,
  purpose,
  given,
  wording,
  language,
  recordingFile,
  recordingJob,
  recordingRecord,
  consentRecord,
  recordingParams,
  recordingFileParams,
  consentParams,
  recordingList,
  consentRequest,
  recordingPatch,
  recordingLinkRequest,
  recordingLink,
  compositionRequest,
  fileContent,
  linkQuery,
} from './recording.records.ts';
import {
  COMPOSITION_LAYOUTS,
  COMPOSITION_MODES,
  RECORDING_MODES,
  type CompositionLayout,
  type ConsentPurpose,
  type RecordingMode,
  type RecordingState,
} from './recording.vocabulary.ts';
import type { TranscriptMode } from './transcripts.vocabulary.ts';

/** The recording of a visit as one person sees it. */
export interface RecordingView {
  readonly mode: RecordingMode;
  readonly state: RecordingState;
  /** How many of the people present have not answered the question for consent. */
  readonly unanswered: number;
  /** How many of the people present have refused. Nobody is told who. */
  readonly refused: number;
  /** Whether this person agreed to be recorded; null before their answer. */
  readonly consent: boolean | null;
  /** Whether this person is in files of a recording. */
  readonly isRecorded: boolean;
  /** Whether recordings get a transcript. */
  readonly transcript: TranscriptMode;
  /** Whether this person agreed that what they say is transcribed; null before their answer. */
  readonly transcriptConsent: boolean | null;
}

interface OfRecording {
  readonly recordingId: string;
}
interface Answer {
  readonly seat: number;
  readonly purpose: ConsentPurpose;
  readonly wording: string;
  readonly language: string;
}

const recordingExample = { recordingId: 'rec_1' };
const ofRecording = {
  kind: 'event',
  data: typed<OfRecording>(),
  details: ['recordingId'],
  repeatable: true,
  example: recordingExample,
} as const;
const aboutRecording = (description: string) => ({
  description,
  data: { recordingId },
  example: recordingExample,
});
const ofAnswer = {
  kind: 'event',
  data: typed<Answer>(),
  details: ['purpose', 'wording', 'language'],
  example: { seat: 1, purpose: 'recording', wording: '2026-11-30', language: 'en' },
} as const;
const aboutAnswer = (description: string) => ({
  description,
  data: { ...webhookPerson, purpose, wording, language },
  example: {
    userId: 'patient-7',
    role: 'patient',
    purpose: 'recording',
    wording: '2026-11-30',
    language: 'en',
  } as const,
});

export const recording = feature({
  name: 'recording',
  messages: {
    'consent:set': {
      payload: z.strictObject({
        purpose,
        given,
        wording,
        language,
        /** With a refusal: whether to delete what was recorded of this person, or the transcripts of what they said. */
        erase: z.boolean().optional(),
      }),
      ack: nothing,
      phase: 'connected',
      permission: null,
      rate: 'broadcast',
      summary:
        'Answers the question for consent, before entering the visit or in it. A later answer replaces an earlier one; withdrawing stops the recording at once.',
    },
    'recording:control': {
      payload: z.strictObject({ action: z.enum(['start', 'pause', 'resume', 'stop']) }),
      ack: nothing,
      phase: 'joined',
      permission: 'moderate',
      rate: 'broadcast',
      summary: 'Starts, pauses, resumes or stops the recording.',
    },
  },
  events: {
    'recording:changed': {
      payload: typed<RecordingView>(),
      summary:
        'The recording or an answer changed. Also sent to a page that connects, before it enters the visit; everyone gets their own view.',
    },
  },
  snapshot: typed<{
    readonly recording: RecordingView;
  }>(),
  options: {
    recording: {
      schema: z.enum(RECORDING_MODES).meta({
        description:
          'Whether the visit may be recorded: `off`; `on-request` of a host or your backend; `required`, from the moment at which everyone present has ' +
          'agreed. Nobody is recorded without their consent, and refusing has no other consequence.',
      }),
      default: 'off',
    },
    composition: {
      schema: z.enum(COMPOSITION_MODES).meta({
        description:
          'Whether each recording is also composed to one file with the picture and sound of everyone, once it is ready, and in which layout.',
      }),
      default: 'none',
    },
  },
  operations: {
    listRecordings: {
      method: 'get',
      path: '/sessions/{sessionId}/recordings',
      tag: 'Recordings',
      summary: 'Read the recordings of a visit',
      access: 'internal',
      params: sessionParams,
      answers: { 200: { description: 'All recordings, the oldest first', schema: recordingList } },
      errors: ['session_not_found'],
    },
    startRecording: {
      method: 'post',
      path: '/sessions/{sessionId}/recordings',
      tag: 'Recordings',
      summary: 'Start recording a live visit',
      description:
        'Everyone present is asked for their consent, and people are recorded while all of them agree. Returns the running recording if there is one.',
      access: 'internal',
      params: sessionParams,
      repeatable: true,
      answers: { 200: { description: 'The recording', schema: recordingRecord } },
      errors: [
        'session_not_found',
        'recording_not_live',
        'recording_off',
        'recording_unavailable',
        'recordings_full',
        'session_closed',
        'node_unreachable',
        'conflict',
      ],
    },
    pauseRecording: {
      method: 'post',
      path: '/sessions/{sessionId}/recordings/{recordingId}/pause',
      tag: 'Recordings',
      summary: 'Pause a recording',
      access: 'internal',
      params: recordingParams,
      repeatable: true,
      answers: { 200: { description: 'The recording', schema: recordingRecord } },
      errors: ['session_not_found', 'recording_not_found', 'recording_over', 'conflict'],
    },
    resumeRecording: {
      method: 'post',
      path: '/sessions/{sessionId}/recordings/{recordingId}/resume',
      tag: 'Recordings',
      summary: 'Resume a paused recording',
      access: 'internal',
      params: recordingParams,
      repeatable: true,
      answers: { 200: { description: 'The recording', schema: recordingRecord } },
      errors: ['session_not_found', 'recording_not_found', 'recording_over', 'conflict'],
    },
    stopRecording: {
      method: 'post',
      path: '/sessions/{sessionId}/recordings/{recordingId}/stop',
      tag: 'Recordings',
      summary: 'Stop a recording for good',
      description: 'Returns at once; the event recording.ready says when all files are complete.',
      access: 'internal',
      params: recordingParams,
      repeatable: true,
      answers: { 200: { description: 'The recording', schema: recordingRecord } },
      errors: ['session_not_found', 'recording_not_found', 'conflict'],
    },
    composeRecording: {
      method: 'post',
      path: '/sessions/{sessionId}/recordings/{recordingId}/compositions',
      tag: 'Recordings',
      summary: 'Compose a recording to one file',
      description:
        'Queues a job that makes an MP4, an HLS playlist with its media, and a preview; the event recording.composed says when they are there. ' +
        'One for each layout: returns the job if there is one, and starts it again if it failed, `names` changed, or files were added or erased.',
      access: 'internal',
      params: recordingParams,
      repeatable: true,
      body: compositionRequest,
      answers: { 200: { description: 'The job', schema: recordingJob } },
      errors: ['session_not_found', 'recording_not_found', 'recording_not_ready', 'recording_unavailable'],
    },
    updateRecording: {
      method: 'patch',
      path: '/sessions/{sessionId}/recordings/{recordingId}',
      tag: 'Recordings',
      summary: 'Change how long a recording is kept',
      access: 'internal',
      params: recordingParams,
      repeatable: true,
      body: recordingPatch,
      answers: { 200: { description: 'The recording', schema: recordingRecord } },
      errors: ['session_not_found', 'recording_not_found', 'conflict'],
    },
    deleteRecording: {
      method: 'delete',
      path: '/sessions/{sessionId}/recordings/{recordingId}',
      tag: 'Recordings',
      summary: 'Delete a recording with its files',
      description: 'Stops it if it still runs. Its key is deleted at once, the files shortly afterwards.',
      access: 'internal',
      params: recordingParams,
      answers: { 200: { description: 'The recordings that remain', schema: recordingList } },
      errors: ['session_not_found', 'recording_held', 'conflict'],
    },
    getRecordingFile: {
      method: 'get',
      path: '/sessions/{sessionId}/recordings/{recordingId}/files/{fileId}',
      tag: 'Recordings',
      summary: 'Read a file of a recording, or a range of it',
      description: 'Supports Range (RFC 9110, 14) with one range. Reading it is recorded in the audit log.',
      access: 'internal',
      params: recordingFileParams,
      answers: {
        200: { description: 'The file', schema: fileContent },
        206: { description: 'The range of the file', schema: fileContent },
      },
      errors: ['session_not_found', 'recording_not_found', 'range_not_satisfiable', 'recording_unavailable'],
    },
    createRecordingLink: {
      method: 'post',
      path: '/sessions/{sessionId}/recordings/{recordingId}/files/{fileId}/link',
      tag: 'Recordings',
      summary: 'Get a link to a file of a recording that is valid for a limited time',
      description:
        'For people who watch or download it in their browser. A deleted file is gone, whatever its link says. Creating a link and every use of it are recorded in the audit log.',
      access: 'internal',
      params: recordingFileParams,
      body: recordingLinkRequest,
      repeatable: true,
      answers: { 200: { description: 'The link', schema: recordingLink } },
      errors: ['session_not_found', 'recording_not_found'],
    },
    getLinkedRecordingFile: {
      method: 'get',
      path: '/sessions/{sessionId}/recordings/{recordingId}/files/{fileId}/download',
      tag: 'Recordings',
      summary: 'Read a file of a recording by a link, or a range of it',
      description: 'Supports Range (RFC 9110, 14) with one range.',
      access: 'signed_link',
      params: recordingFileParams,
      query: linkQuery,
      answers: {
        200: { description: 'The file', schema: fileContent },
        206: { description: 'The range of the file', schema: fileContent },
      },
      errors: [
        'session_not_found',
        'recording_not_found',
        'recording_link_expired',
        'range_not_satisfiable',
        'recording_unavailable',
      ],
    },
    eraseRecordedPerson: {
      method: 'delete',
      path: '/sessions/{sessionId}/participants/{userId}/recordings',
      tag: 'Recordings',
      summary: 'Delete what was recorded of one person',
      description:
        'Deletes the files of their streams. Other people’s files stay; they may hold the person’s voice.',
      access: 'internal',
      params: personParams,
      answers: { 200: { description: 'The recordings that remain', schema: recordingList } },
      errors: ['session_not_found', 'participant_not_found', 'recording_held', 'conflict'],
    },
    setConsent: {
      method: 'put',
      path: '/sessions/{sessionId}/participants/{userId}/consents/{purpose}',
      tag: 'Recordings',
      summary: 'Record a person’s answer that was given elsewhere',
      description: 'Replaces an earlier answer. A refusal stops a running recording at once.',
      access: 'internal',
      params: consentParams,
      body: consentRequest,
      answers: { 200: { description: 'The stored answer', schema: consentRecord } },
      errors: ['session_not_found', 'participant_not_found', 'session_closed', 'conflict'],
    },
  },
  report: {
    recordings: z
      .array(recordingRecord)
      .meta({ description: 'The recordings of the visit, the oldest first.' }),
    consents: z
      .array(consentRecord)
      .meta({ description: 'The last answer of each person to each question for consent.' }),
  },
  personalData: {
    consents: z
      .array(consentRecord.omit({ userId: true }))
      .meta({ description: 'The person’s answers to questions for consent.' }),
    recordedFiles: z
      .array(recordingFile.omit({ userId: true }))
      .meta({ description: 'The files of recordings that hold the person’s streams.' }),
  },
  facts: {
    'recording.started': {
      ...ofRecording,
      webhook: aboutRecording('A recording was started. People are recorded while everyone present agrees.'),
    },
    'recording.paused': { ...ofRecording, webhook: aboutRecording('A recording was paused.') },
    'recording.resumed': { ...ofRecording, webhook: aboutRecording('A paused recording was resumed.') },
    'recording.stopped': {
      ...ofRecording,
      webhook: aboutRecording('A recording was stopped for good, or ended with its visit.'),
    },
    'recording.ready': {
      kind: 'event',
      data: typed<OfRecording & { readonly files: number; readonly complete: boolean }>(),
      details: ['recordingId', 'files'],
      example: { ...recordingExample, files: 4, complete: true },
      webhook: {
        description: 'All files of a recording are complete and stored.',
        data: {
          recordingId,
          files: z.int().meta({ description: 'How many files it has.' }),
          complete: z.boolean().meta({ description: 'False if a server was lost with files.' }),
        },
        example: { ...recordingExample, files: 4, complete: true },
      },
    },
    'recording.composed': {
      kind: 'event',
      data: typed<OfRecording & { readonly layout: CompositionLayout }>(),
      details: ['recordingId', 'layout'],
      repeatable: true,
      example: { ...recordingExample, layout: 'grid' },
      webhook: {
        description: 'A recording was composed to one file.',
        data: {
          recordingId,
          layout: z.enum(COMPOSITION_LAYOUTS).meta({ description: 'How people are put beside each other.' }),
        },
        example: { ...recordingExample, layout: 'grid' },
      },
    },
    'recording.deleted': {
      ...ofRecording,
      webhook: aboutRecording('A recording was deleted: by your backend, or because its time was over.'),
    },
    'recording.erased': {
      kind: 'event',
      data: typed<{ readonly seat: number }>(),
      details: [],
      repeatable: true,
      example: { seat: 1 },
      webhook: {
        description: 'What was recorded of a person was deleted, at their own wish or your backend’s.',
        data: webhookPerson,
        example: { userId: 'patient-7', role: 'patient' },
      },
    },
    'recording.linked': {
      kind: 'note',
      data: typed<OfRecording & { readonly fileId: string }>(),
      details: ['recordingId', 'fileId'],
      example: { ...recordingExample, fileId: 'file_1' },
    },
    'recording.read': {
      kind: 'note',
      data: typed<OfRecording & { readonly fileId: string }>(),
      details: ['recordingId', 'fileId'],
      example: { ...recordingExample, fileId: 'file_1' },
    },
    'consent.given': { ...ofAnswer, webhook: aboutAnswer('A person agreed.') },
    'consent.refused': { ...ofAnswer, webhook: aboutAnswer('A person refused.') },
    'consent.withdrawn': {
      ...ofAnswer,
      webhook: aboutAnswer('A person withdrew their consent; what needs it has stopped.'),
    },
  },
  errors: {
    recording_off: {
      status: 403,
      title: 'This visit is not recorded',
      remedy: 'Create the visit with options.recording "on-request" or "required".',
    },
    recording_not_live: {
      status: 409,
      title: 'The visit is not live',
      remedy: 'Start the recording when a person is in the visit, or make the visit live first.',
    },
    recording_required: {
      status: 409,
      title: 'This recording can’t be stopped during the visit',
      remedy: 'Pause it, or end the visit; the visit was created with options.recording "required".',
    },
    recording_unavailable: {
      status: 503,
      title: 'Recordings are not available on this server at the moment',
      remedy:
        'Try again after the time in Retry-After: the server has too little disk space or too much load. Without Retry-After, its operator has to act.',
    },
    recording_not_found: {
      status: 404,
      title: 'There is no such recording, or no such file of it',
      remedy: 'Read the list of the visit’s recordings and their files.',
    },
    recording_not_ready: {
      status: 409,
      title: 'The recording is not complete yet',
      remedy: 'Wait for the event recording.ready.',
    },
    recording_link_expired: {
      status: 410,
      title: 'The link to this recording has expired',
      remedy: 'Ask whoever sent it for a new one.',
    },
    recording_over: {
      status: 409,
      title: 'The recording has stopped',
      remedy: 'Start another one while the visit is live.',
    },
    recording_held: {
      status: 409,
      title: 'The recording is under a legal hold',
      remedy: 'Lift the hold with PATCH and legalHold false first.',
    },
    recordings_full: {
      status: 409,
      title: 'The visit has too many recordings',
      remedy: 'Pause and resume a recording instead of stopping it; a visit keeps a limited number.',
    },
    range_not_satisfiable: {
      status: 416,
      title: 'The file has no such range',
      remedy: 'Ask for a range within the size of the file, or without Range.',
    },
  },
});
