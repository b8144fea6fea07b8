import { z } from 'zod';
import { instant, languageTag, line, personParams, sessionParams, utcTime } from '../core/fields.ts';
import { SOURCES } from '../vocabulary.ts';
import { ANY_TYPE } from './chat.ts';
import {
  COMPOSITION_LAYOUTS,
  CONSENT_PURPOSES,
  JOB_KINDS,
  JOB_STATUSES,
  RECORDED_FILE_KINDS,
  RECORDING_STATUSES,
} from './recording.vocabulary.ts';

/** The requests and answers about recordings. */

export const recordingId = z.string().meta({ description: 'Televisit’s id of the recording.' });
export const purpose = z
  .enum(CONSENT_PURPOSES)
  .meta({ description: 'What the person was asked to agree to.' });
export const given = z.boolean().meta({ description: 'Whether the person agreed.' });
export const wording = line(64).meta({
  description:
    'The version of the wording that the person read: that of Televisit’s page, or your own if you asked them elsewhere.',
});
export const language = languageTag.meta({ description: 'The language in which they read it (BCP 47).' });

/** A file of a recording. */
export const recordingFile = z
  .strictObject({
    fileId: z.string().meta({ description: 'Televisit’s id of the file.' }),
    kind: z.enum(RECORDED_FILE_KINDS).meta({
      description:
        '`stream`: what one person sent, `timeline`: what happened during the recording, `composition`: everyone in one file, with ' +
        '`playlist` and `thumbnail`; `transcript`: what one person said, and `correction`: what your backend corrected in it.',
    }),
    userId: z.string().nullable().meta({
      description:
        'Whose camera, microphone, screen or speech it holds; null for a file that concerns everyone.',
    }),
    source: z
      .enum(SOURCES)
      .nullable()
      .meta({ description: 'The source of the stream or speech; null for a file that concerns everyone.' }),
    contentType: z.string().meta({
      description:
        'The media type: Matroska for streams, JSON lines for the timeline, JSON for a transcript, MP4 for a composition.',
    }),
    codec: z.string().nullable().meta({ description: 'The codec of a stream, such as `video/VP8`.' }),
    startedAt: utcTime.meta({ description: 'The time of its first sample.' }),
    endedAt: utcTime.meta({ description: 'The time of its last sample.' }),
    bytes: z.int().meta({ description: 'Its size.' }),
    jobId: z.string().nullable().meta({
      description: 'The job that composed it; null for other files.',
    }),
    sections: z
      .array(
        z.strictObject({
          at: z.number().meta({ description: 'Seconds in the composition.' }),
          startedAt: utcTime.meta({ description: 'What was recorded then.' }),
        }),
      )
      .nullable()
      .meta({
        description:
          'What a composition holds: it leaves out when nothing was recorded for more than two seconds; null for other files.',
      }),
  })
  .meta({ id: 'RecordingFile' });

/** Work on a recording that is ready. */
export const recordingJob = z
  .strictObject({
    jobId: z.string().meta({ description: 'Televisit’s id of the job.' }),
    kind: z.enum(JOB_KINDS).meta({ description: 'What it makes.' }),
    layout: z.enum(COMPOSITION_LAYOUTS).nullable().meta({
      description: 'The layout of the composition; null for other jobs.',
    }),
    status: z.enum(JOB_STATUSES).meta({
      description:
        '`queued`: a server will start or retry it; `failed`: it was given up; `done`: its files are listed.',
    }),
    progress: z.number().min(0).max(1).meta({ description: 'The share that is done, 0 to 1.' }),
    error: z
      .string()
      .nullable()
      .meta({ description: 'Why its last attempt failed, for people; null if none has.' }),
  })
  .meta({ id: 'RecordingJob' });
export type RecordingJobRecord = z.infer<typeof recordingJob>;

/** A recording as the backend sees it. */
export const recordingRecord = z
  .strictObject({
    recordingId,
    status: z.enum(RECORDING_STATUSES).meta({
      description:
        '`active`: people are recorded as far as everyone present agrees; `paused`; `finishing`: it has stopped, and files are still being ' +
        'stored; `ready`: it is complete.',
    }),
    startedAt: utcTime.meta({ description: 'When a host, your backend or the server started it.' }),
    stoppedAt: utcTime.nullable().meta({ description: 'When it was stopped, or the visit ended.' }),
    readyAt: utcTime.nullable().meta({ description: 'When its files were complete.' }),
    complete: z.boolean().meta({
      description:
        'False if a server that recorded was lost with files, or could not write; those that exist are listed.',
    }),
    legalHold: z.boolean().meta({
      description:
        'Whether it is kept with its session past every retention, and can’t be deleted, also not by erasing people.',
    }),
    expiresAt: utcTime.nullable().meta({ description: 'When it is deleted; null for never.' }),
    files: z.array(recordingFile).meta({
      description:
        'One file for each uninterrupted stream of a person, and what was made of them, in the order of their start.',
    }),
    jobs: z.array(recordingJob).meta({ description: 'What is being made of the recording, or was.' }),
  })
  .meta({ id: 'Recording' });
export type RecordingRecord = z.infer<typeof recordingRecord>;
export type RecordingFileRecord = z.infer<typeof recordingFile>;

export const consentRecord = z
  .strictObject({
    userId: z.string().meta({ description: 'Your own id of the person.' }),
    purpose,
    given,
    wording: z.string().meta({ description: 'The version of the wording that they read.' }),
    language: z.string().meta({ description: 'The language in which they read it.' }),
    askedBy: z
      .enum(['page', 'backend'])
      .meta({ description: 'Who asked: Televisit’s page, or your backend.' }),
    at: utcTime.meta({ description: 'When they answered.' }),
  })
  .meta({ id: 'Consent' });
export type ConsentRecord = z.infer<typeof consentRecord>;

export const recordingParams = z.object({ ...sessionParams.shape, recordingId });
export const recordingFileParams = z.object({
  ...recordingParams.shape,
  fileId: z.string().meta({ description: 'Televisit’s id of the file.' }),
});
export const consentParams = z.object({ ...personParams.shape, purpose });

/** `GET /sessions/{sessionId}/recordings`. */
export const recordingList = z
  .strictObject({
    recordings: z.array(recordingRecord).meta({ description: 'All recordings, the oldest first.' }),
  })
  .meta({ id: 'RecordingList' });

/** `PUT /sessions/{sessionId}/participants/{userId}/consents/{purpose}`. */
export const consentRequest = z
  .strictObject({ given, wording, language: language.default('en') })
  .meta({ id: 'ConsentRequest' });
export type ConsentRequest = z.input<typeof consentRequest>;

/** `PATCH /sessions/{sessionId}/recordings/{recordingId}`. */
export const recordingPatch = z
  .strictObject({
    legalHold: z
      .boolean()
      .optional()
      .meta({ description: 'Whether to keep it whatever else would delete it.' }),
    expiresAt: instant.nullish().meta({ description: 'When to delete it; null for never.' }),
  })
  .meta({ id: 'RecordingPatch' });
export type RecordingPatch = z.input<typeof recordingPatch>;

/** `POST /sessions/{sessionId}/recordings/{recordingId}/files/{fileId}/link`. */
export const recordingLinkRequest = z
  .strictObject({
    expiresIn: z
      .int()
      .min(60)
      .max(86_400)
      .default(3600)
      .meta({ description: 'How long the link is valid, in seconds, 60 to 86400.' }),
  })
  .meta({ id: 'RecordingLinkRequest' });
export const recordingLink = z
  .strictObject({
    url: z.string().meta({ description: 'The address; whoever has it can read what it leads to.' }),
    expiresAt: utcTime.meta({ description: 'The end of its validity.' }),
  })
  .meta({ id: 'RecordingLink' });

/** `POST /sessions/{sessionId}/recordings/{recordingId}/compositions`. */
export const compositionRequest = z
  .strictObject({
    layout: z.enum(COMPOSITION_LAYOUTS).meta({
      description:
        '`side-by-side`: everyone in one row; `speaker`: the person who speaks large, the others beside them; `grid`: equal tiles. ' +
        'A shared screen takes the main area.',
    }),
    names: z.boolean().default(true).meta({ description: 'Whether the picture has the names of people.' }),
  })
  .meta({ id: 'CompositionRequest' });
export type CompositionRequest = z.input<typeof compositionRequest>;

/** A part of a file (RFC 9110, 14). */
export const fileContent = z
  .custom<Uint8Array>((value) => value instanceof Uint8Array)
  .meta({ mediaType: ANY_TYPE });

/** What a link to a recording, to its player or to its transcript is signed with. */
export const linkQuery = z.strictObject({
  expires: z
    .string()
    .regex(/^\d{1,12}$/)
    .optional()
    .meta({ description: 'The end of the link’s validity, in seconds since 1970, from the link.' }),
  signature: z.string().max(128).optional().meta({ description: 'The signature from the link.' }),
});
