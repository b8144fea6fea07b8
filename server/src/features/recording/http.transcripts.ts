import { TelevisitError } from '@televisit/shared/errors';
import type { RecordingRecord } from '@televisit/shared/features/recording.records';
import { TRANSCRIPT_FORMATS, type TranscriptFormat } from '@televisit/shared/features/transcripts.vocabulary';
import { iso } from '../../core/clock.ts';
import { SYSTEM, type Actor } from '../../domain/events.ts';
import type { Session } from '../../domain/session.ts';
import type { FeatureOperations } from '../../http/operation.ts';
import type { FeatureServices } from '../feature.ts';
import { jobRecord } from './jobs.ts';
import type { RecordingLinks } from './recording-links.ts';
import { formatted } from './transcripts/rules.ts';
import type { Transcripts } from './transcripts/transcripts.ts';

export interface TranscriptOperationsOptions extends Pick<FeatureServices, 'sessions'> {
  readonly transcripts: Transcripts;
  readonly recordOf: (session: Session, recordingId: string) => Promise<RecordingRecord>;
  readonly links: RecordingLinks;
}

interface Params {
  readonly sessionId: string;
  readonly recordingId: string;
}

/** Handles transcripts for the backend. */
export function transcriptOperations({
  sessions,
  transcripts,
  recordOf,
  links,
}: TranscriptOperationsOptions) {
  const read = async ({ sessionId, recordingId }: Params, by: Actor) => {
    const transcript = await transcripts.read(sessionId, recordingId);
    await sessions.note(sessionId, { type: 'transcript.read', recordingId, by });
    return transcript;
  };
  const file = async (params: Params & { readonly format: string }, by: Actor) => ({
    status: 200 as const,
    ...formatted(await read(params, by), requireFormat(params.format)),
    headers: {
      'Content-Disposition': `attachment; filename="transcript.${params.format}"`,
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'X-Content-Type-Options': 'nosniff',
    },
  });

  return {
    handlers: {
      createTranscript: async ({ params: { sessionId, recordingId }, body }) => ({
        status: 200,
        body: jobRecord(await transcripts.request(sessionId, recordingId, body)),
      }),

      getTranscript: async ({ params, by }) => ({ status: 200, body: await read(params, by) }),

      getTranscriptFile: ({ params, by }) => file(params, by),

      correctTranscript: async ({ params: { sessionId, recordingId }, body: { corrections }, by }) => ({
        status: 200,
        body: await transcripts.correct(sessionId, recordingId, corrections, by),
      }),

      deleteTranscript: async ({ params: { sessionId, recordingId }, by }) => {
        await transcripts.delete(sessionId, recordingId, by);
        return { status: 200, body: await recordOf(await sessions.get(sessionId), recordingId) };
      },

      createTranscriptLink: async ({ params, body: { expiresIn }, by }) => {
        const { sessionId, recordingId } = params;
        if (!(await transcripts.exists(sessionId, recordingId)))
          throw new TelevisitError('transcript_not_found');
        const expires = links.expiryIn(expiresIn);
        await sessions.note(sessionId, { type: 'transcript.linked', recordingId, by });
        return {
          status: 200,
          body: { url: links.toTranscript(params, 'json', expires), expiresAt: iso(expires * 1000) },
        };
      },

      getLinkedTranscript: async ({ params, query }) => {
        links.checkTranscript(params, query);
        return file(params, SYSTEM);
      },
    },
  } satisfies FeatureOperations<
    | 'createTranscript'
    | 'getTranscript'
    | 'getTranscriptFile'
    | 'correctTranscript'
    | 'deleteTranscript'
    | 'createTranscriptLink'
    | 'getLinkedTranscript'
  >;
}

/** @throws {TelevisitError} `transcript_not_found` */
function requireFormat(given: string): TranscriptFormat {
  const format = TRANSCRIPT_FORMATS.find((one) => one === given);
  if (format) return format;
  const detail = `A transcript can be read as ${TRANSCRIPT_FORMATS.join(', ')}.`;
  throw new TelevisitError('transcript_not_found', { detail });
}
