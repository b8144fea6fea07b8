import { TelevisitError } from '@televisit/shared/errors';
import { Readable } from 'node:stream';
import type { Request } from 'express';
import { iso } from '../../core/clock.ts';
import { RecentReads } from '../../core/recent-reads.ts';
import { answerOf } from '../../domain/consents.ts';
import { SYSTEM, type Actor } from '../../domain/events.ts';
import { isOver, seatIndex, type Session } from '../../domain/session.ts';
import type { FeatureOperations } from '../../http/operation.ts';
import type { AskRooms, FeatureServices } from '../feature.ts';
import type { StoredFile } from './recording-store.ts';
import { jobRecord } from './jobs.ts';
import { RecordingLinks, type LinkedFile } from './recording-links.ts';
import { HAS_CAPACITY } from './room-recording.ts';
import type { Compositions } from './compositions.ts';
import type { Recordings } from './recordings.ts';
import * as rules from './rules.ts';

export interface RecordingOperationsOptions extends Pick<
  FeatureServices,
  'sessions' | 'askRooms' | 'signatures' | 'clientBaseUrl' | 'clock'
> {
  readonly recordings: Recordings;
  readonly compositions: Compositions;
}

/** When a backend may try again whose recording no server had capacity for, in seconds. */
const RETRY_AFTER = 30;

/** Handles recordings and consent for the backend. */
export function recordingOperations({
  sessions,
  recordings,
  compositions,
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
  const fileReply = async (
    params: LinkedFile,
    by: Actor,
    request: Request,
    linkOf: ((fileId: string) => string) | null = null,
  ) => {
    const { sessionId, recordingId, fileId } = params;
    const session = await sessions.get(sessionId);
    const opened = await recordings.open(session, recordingId, fileId);
    const isLinked = linkOf !== null && opened.file.kind === 'playlist';
    const { file, read } = isLinked ? await linkedPlaylist(opened, linkOf) : opened;
    const { status, from, to } = rangeOf(request, file.bytes);
    if (reads.isNew(`${fileId} ${JSON.stringify(by)}`)) {
      await sessions.note(sessionId, { type: 'recording.read', recordingId, fileId, by });
    }
    return {
      status,
      // The answer to HEAD has no content.
      stream: await read(from, request.method === 'HEAD' ? from : to),
      bytes: to - from,
      type: file.contentType,
      headers: headersOf(file, status, from, to),
    };
  };
  const reads = new RecentReads(clock, ONE_READ_MS);
  const pause = (by: Actor, recordingId: string, paused: boolean) => (session: Session, now: number) =>
    rules.setPaused(session, recordingId, paused, by, now);

  const links = new RecordingLinks({ signatures, clientBaseUrl, clock });

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

      composeRecording: async ({ params: { sessionId, recordingId }, body }) => {
        const job = await compositions.request(sessionId, recordingId, body);
        return { status: 200, body: jobRecord(job) };
      },

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
        const expires = links.expiryIn(expiresIn);
        await sessions.note(sessionId, { type: 'recording.linked', recordingId, fileId, by });
        return { status: 200, body: { url: links.toFile(params, expires), expiresAt: iso(expires * 1000) } };
      },

      getLinkedRecordingFile: async ({ params, query, request }) => {
        const expires = links.checkFile(params, query);
        // The media of a playlist is read with it, until it expires.
        const linkOf = (other: string) =>
          `../${encodeURIComponent(other)}/download?${links.queryOfFile({ ...params, fileId: other }, expires)}`;
        return fileReply(params, SYSTEM, request, linkOf);
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
        const stored = answerOf(session, seat, purpose);
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
    | 'composeRecording'
    | 'updateRecording'
    | 'deleteRecording'
    | 'getRecordingFile'
    | 'createRecordingLink'
    | 'getLinkedRecordingFile'
    | 'eraseRecordedPerson'
    | 'setConsent'
  >;
}

type OpenedFile = Awaited<ReturnType<Recordings['open']>>;

/** Returns a playlist whose media has links. Its size differs from that of the stored one. */
async function linkedPlaylist(
  { file, read }: OpenedFile,
  linkOf: (fileId: string) => string,
): Promise<OpenedFile> {
  const parts: Uint8Array[] = [];
  for await (const part of await read(0, file.bytes)) parts.push(part);
  const lines = Buffer.concat(parts)
    .toString('utf8')
    .split('\n')
    .map((line) => {
      if (line.startsWith('#'))
        return line.replace(/URI="([^"]+)"/, (_, id: string) => `URI="${linkOf(id)}"`);
      return line === '' ? line : linkOf(line);
    });
  const content = Buffer.from(lines.join('\n'));
  return {
    file: { ...file, bytes: content.length },
    read: (from, to) => Promise.resolve(Readable.from([content.subarray(from, to)])),
  };
}

/** Asks the server that has the visit whether it can record; nobody is there to be recorded if none has it. */
async function requireCapacity(askRooms: AskRooms, sessionId: string): Promise<void> {
  const answers = await askRooms(sessionId, 'recording', HAS_CAPACITY);
  if (answers.every(Boolean)) return;
  throw new TelevisitError('recording_unavailable', { retryAfter: RETRY_AFTER });
}

/** Players read a file in hundreds of ranges: within this time they are one entry of the audit log, in milliseconds. */
const ONE_READ_MS = 10 * 60_000;

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

const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/jsonl': 'jsonl',
  'application/json': 'json',
  'application/vnd.apple.mpegurl': 'm3u8',
  'image/jpeg': 'jpg',
  'video/iso.segment': 'm4s',
  'video/mp4': 'mp4',
};

/** Browsers save files to disk; content of a recording is never run on our origin. */
function headersOf({ fileId, contentType, bytes }: StoredFile, status: number, from: number, to: number) {
  const name = `${fileId}.${EXTENSIONS[contentType] ?? 'mkv'}`;
  return {
    'Accept-Ranges': 'bytes',
    'Content-Disposition': `attachment; filename="${name}"`,
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'X-Content-Type-Options': 'nosniff',
    ...(status === 206 ? { 'Content-Range': `bytes ${from}-${to - 1}/${bytes}` } : {}),
  };
}
