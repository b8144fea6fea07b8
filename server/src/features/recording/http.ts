import { TelevisitError } from '@televisit/shared/errors';
import type { Request } from 'express';
import { iso } from '../../core/clock.ts';
import { SYSTEM, type Actor } from '../../domain/events.ts';
import { isOver, seatIndex, type Session } from '../../domain/session.ts';
import type { FeatureOperations } from '../../http/operation.ts';
import type { AskRooms, FeatureServices } from '../feature.ts';
import type { StoredFile } from './recording-store.ts';
import { HAS_CAPACITY } from './room-recording.ts';
import type { Recordings } from './recordings.ts';
import * as rules from './rules.ts';

export interface RecordingOperationsOptions extends Pick<
  FeatureServices,
  'sessions' | 'askRooms' | 'signatures' | 'clientBaseUrl' | 'clock'
> {
  readonly recordings: Recordings;
}

interface FileParams {
  readonly sessionId: string;
  readonly recordingId: string;
  readonly fileId: string;
}

/** When a backend may try again whose recording no server had capacity for, in seconds. */
const RETRY_AFTER = 30;

/** Handles recordings and consent for the backend. */
export function recordingOperations({
  sessions,
  recordings,
  askRooms,
  signatures,
  clientBaseUrl,
  clock,
}: RecordingOperationsOptions) {
  const listOf = async (session: Session) => ({
    status: 200 as const,
    body: { recordings: await recordings.records(session) },
  });
  const apply = async (
    { sessionId, recordingId }: { sessionId: string; recordingId: string },
    decide: (session: Session, now: number) => ReturnType<typeof rules.stop>,
  ) => replyWith(await sessions.apply(sessionId, decide), recordingId);
  const replyWith = async (session: Session, recordingId: string) => ({
    status: 200 as const,
    body: await recordings.record(session, recordingId),
  });
  const fileReply = async ({ sessionId, recordingId, fileId }: FileParams, by: Actor, request: Request) => {
    const session = await sessions.get(sessionId);
    const { file, read } = await recordings.open(session, recordingId, fileId);
    const { status, from, to } = rangeOf(request, file.bytes);
    await sessions.note(sessionId, { type: 'recording.read', recordingId, fileId, by });
    return {
      status,
      // The answer to HEAD has no content.
      stream: await read(from, request.method === 'HEAD' ? from : to),
      bytes: to - from,
      type: file.contentType,
      headers: headersOf(file, status, from, to),
    };
  };
  const pause = (by: Actor, recordingId: string, paused: boolean) => (session: Session, now: number) =>
    rules.setPaused(session, recordingId, paused, by, now);

  return {
    handlers: {
      listRecordings: async ({ params: { sessionId } }) => listOf(await sessions.get(sessionId)),

      startRecording: async ({ params: { sessionId }, by }) => {
        const session = await sessions.get(sessionId);
        // The rules come first: a visit that is not recorded needs no capacity.
        if (rules.start(session, '', by, 0)) await requireCapacity(askRooms, sessionId);
        const started = await recordings.start(sessionId, by);
        const running = rules.runningRecording(started);
        if (!running) throw new TelevisitError('conflict');
        return replyWith(started, running.recordingId);
      },

      pauseRecording: ({ params, by }) => apply(params, pause(by, params.recordingId, true)),
      resumeRecording: ({ params, by }) => apply(params, pause(by, params.recordingId, false)),
      stopRecording: ({ params, by }) =>
        apply(params, (session, now) => rules.stop(session, params.recordingId, by, now)),

      updateRecording: async ({ params: { sessionId, recordingId }, body: { legalHold, expiresAt }, by }) => {
        const patch = {
          ...(legalHold === undefined ? {} : { legalHold }),
          ...(expiresAt === undefined
            ? {}
            : { expiresAt: expiresAt === null ? null : Date.parse(expiresAt) }),
        };
        return replyWith(await recordings.keep(sessionId, recordingId, patch, by), recordingId);
      },

      deleteRecording: async ({ params: { sessionId, recordingId }, by }) =>
        listOf(await recordings.delete(sessionId, recordingId, by)),

      getRecordingFile: ({ params, by, request }) => fileReply(params, by, request),

      createRecordingLink: async ({ params, body: { expiresIn }, by }) => {
        const { sessionId, recordingId, fileId } = params;
        await recordings.requireFile(await sessions.get(sessionId), recordingId, fileId);
        const expires = Math.ceil(clock.now() / 1000) + expiresIn;
        const signature = signatures.sign(...linkParts(params, String(expires)));
        await sessions.note(sessionId, { type: 'recording.linked', recordingId, fileId, by });
        const path = [sessionId, 'recordings', recordingId, 'files', fileId]
          .map(encodeURIComponent)
          .join('/');
        const query = new URLSearchParams({ expires: String(expires), signature }).toString();
        const url = `${clientBaseUrl()}/api/v1/sessions/${path}/download?${query}`;
        return { status: 200, body: { url, expiresAt: iso(expires * 1000) } };
      },

      getLinkedRecordingFile: async ({ params, query: { expires = '', signature }, request }) => {
        if (!signatures.verify(signature, ...linkParts(params, expires))) {
          throw new TelevisitError('link_signature');
        }
        if (Number(expires) * 1000 <= clock.now()) throw new TelevisitError('recording_link_expired');
        return fileReply(params, SYSTEM, request);
      },

      eraseRecordedPerson: async ({ params: { sessionId, userId }, by }) =>
        listOf(await recordings.erase(sessionId, userId, by)),

      setConsent: async ({ params: { sessionId, userId, purpose }, body, by }) => {
        const session = await sessions.apply(sessionId, (current, now) => {
          if (isOver(current)) throw new TelevisitError('session_closed');
          const given = { ...body, purpose, askedBy: 'backend' } as const;
          return rules.recordingCommands.answer(userId, given, by)(current, now);
        });
        const seat = seatIndex(session, userId);
        const stored = rules.answerOf(session, seat, purpose);
        if (!stored) throw new Error('The answer that was just stored is missing.');
        return { status: 200, body: rules.consentRecord(session, stored) };
      },
    },
  } satisfies FeatureOperations<
    | 'listRecordings'
    | 'startRecording'
    | 'pauseRecording'
    | 'resumeRecording'
    | 'stopRecording'
    | 'updateRecording'
    | 'deleteRecording'
    | 'getRecordingFile'
    | 'createRecordingLink'
    | 'getLinkedRecordingFile'
    | 'eraseRecordedPerson'
    | 'setConsent'
  >;
}

/** Returns what the signature of a link covers. */
function linkParts({ sessionId, recordingId, fileId }: FileParams, expires: string): string[] {
  return ['recording-file', sessionId, recordingId, fileId, expires];
}

/** Asks the server that has the visit whether it can record; nobody is there to be recorded if none has it. */
async function requireCapacity(askRooms: AskRooms, sessionId: string): Promise<void> {
  const answers = await askRooms(sessionId, 'recording', HAS_CAPACITY);
  if (answers.every(Boolean)) return;
  throw new TelevisitError('recording_unavailable', { retryAfter: RETRY_AFTER });
}

interface ByteRange {
  readonly status: 200 | 206;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** Returns the requested part of a file. Several ranges, and malformed ones, get the whole (RFC 9110, 14.2). */
function rangeOf(request: Request, bytes: number): ByteRange {
  const ranges = request.range(bytes);
  if (ranges === -1) throw new TelevisitError('range_not_satisfiable');
  const [range, ...others] = Array.isArray(ranges) && ranges.type === 'bytes' ? ranges : [];
  if (!range || others.length > 0) return { status: 200, from: 0, to: bytes };
  return { status: 206, from: range.start, to: range.end + 1 };
}

/** Browsers save files to disk; content of a recording is never run on our origin. */
function headersOf({ fileId, contentType, bytes }: StoredFile, status: number, from: number, to: number) {
  const name = `${fileId}.${contentType === 'application/jsonl' ? 'jsonl' : 'mkv'}`;
  return {
    'Accept-Ranges': 'bytes',
    'Content-Disposition': `attachment; filename="${name}"`,
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'X-Content-Type-Options': 'nosniff',
    ...(status === 206 ? { 'Content-Range': `bytes ${from}-${to - 1}/${bytes}` } : {}),
  };
}
