import { TelevisitError } from '@televisit/shared/errors';
import type { RecordingView } from '@televisit/shared/features/recording';
import type {
  ConsentRecord,
  RecordingFileRecord,
  RecordingRecord,
} from '@televisit/shared/features/recording.records';
import { MAX_RECORDINGS, type RecordingStatus } from '@televisit/shared/features/recording.vocabulary';
import { iso, isoOrNull } from '../../core/clock.ts';
import { change } from '../../domain/change.ts';
import { answerOf, consentOf } from '../../domain/consents.ts';
import type { Actor, SessionFact } from '../../domain/events.ts';
import { actorOf, requireSeat, type ActorRef } from '../../domain/people.ts';
import type { Command } from '../../domain/session-changes.ts';
import type { SessionChange } from '../../domain/session-store.ts';
import { isOver, type Consent, type Recording, type Session } from '../../domain/session.ts';
import { jobRecord } from './jobs.ts';
import type { RecordingJob, StoredFile } from './recording-store.ts';

/**
 * Rules of consent and of recordings. Pure functions: callers store the returned change; null means that nothing changes.
 */

/** An answer to a question for consent. */
export type Answer = Pick<Consent, 'purpose' | 'given' | 'wording' | 'language' | 'askedBy'>;

/** Returns the recording that may still run, paused or not. */
export function runningRecording({ recordings }: Session): Recording | undefined {
  return recordings.find(({ stoppedAt }) => stoppedAt === null);
}

/** Returns the seats of the people who are in the visit according to the stored state. */
export function presentSeats({ intervals }: Session): ReadonlySet<number> {
  return new Set(intervals.flatMap(({ seat, leftAt }) => (leftAt === null ? [seat] : [])));
}

/** Whether people may be recorded now: a recording runs, and everybody present agrees. */
export function mayRecord(session: Session, present: ReadonlySet<number>): boolean {
  const running = runningRecording(session);
  if (!running || running.paused || session.options.recording === 'off') return false;
  if (isOver(session) || present.size === 0) return false;
  return [...present].every((seat) => consentOf(session, seat, 'recording') === true);
}

/** Whether the server has to start a recording by itself. */
export function isToStart(session: Session, present: ReadonlySet<number>): boolean {
  const { options, status, recordings } = session;
  if (options.recording !== 'required' || status !== 'live' || present.size === 0) return false;
  return !runningRecording(session) && recordings.length < MAX_RECORDINGS;
}

/**
 * Starts a recording. Null if one runs.
 * @throws {TelevisitError} `recording_off`, `recording_not_live`, `recordings_full`
 */
export function start(session: Session, recordingId: string, by: Actor, now: number): SessionChange | null {
  if (session.options.recording === 'off') throw new TelevisitError('recording_off');
  if (session.provider !== 'sfu') {
    throw new TelevisitError('recording_off', { detail: 'Another meeting provider carries the visit.' });
  }
  if (session.status !== 'live') throw new TelevisitError('recording_not_live');
  if (runningRecording(session)) return null;
  if (session.recordings.length >= MAX_RECORDINGS) throw new TelevisitError('recordings_full');
  const started: Recording = {
    recordingId,
    startedAt: now,
    paused: false,
    stoppedAt: null,
    readyAt: null,
    complete: true,
    legalHold: false,
    expiresAt: null,
  };
  const recordings = [...session.recordings, started];
  return change(session, { recordings }, now, by, { type: 'recording.started', recordingId });
}

/** Pauses or resumes a recording. @throws {TelevisitError} `recording_not_found`, `recording_over` */
export function setPaused(
  session: Session,
  recordingId: string,
  paused: boolean,
  by: Actor,
  now: number,
): SessionChange | null {
  const recording = requireRecording(session, recordingId);
  if (recording.stoppedAt !== null) throw new TelevisitError('recording_over');
  if (recording.paused === paused) return null;
  const fact: SessionFact = { type: paused ? 'recording.paused' : 'recording.resumed', recordingId };
  return change(session, replaced(session, recording, { paused }), now, by, fact);
}

/** Stops a recording for good. Null if it has stopped. @throws {TelevisitError} `recording_not_found` */
export function stop(session: Session, recordingId: string, by: Actor, now: number): SessionChange | null {
  const recording = requireRecording(session, recordingId);
  if (recording.stoppedAt !== null) return null;
  const stoppedAt = Math.max(recording.startedAt, now);
  return change(session, replaced(session, recording, { stoppedAt }), now, by, {
    type: 'recording.stopped',
    recordingId,
  });
}

/** What is known of a recording when all its files are stored. */
export interface Completion {
  /** How many files were recorded. */
  readonly files: number;
  /** Whether no file is missing. */
  readonly complete: boolean;
  /** How long recordings are kept, in milliseconds; null for as long as their session. */
  readonly retentionMs: number | null;
}

/**
 * Records that the files of a stopped recording are stored, or that more files have turned up. Null if that is known, or the
 * recording still runs or is deleted.
 */
export function ready(
  session: Session,
  recordingId: string,
  { files, complete, retentionMs }: Completion,
  by: Actor,
  now: number,
): SessionChange | null {
  const recording = session.recordings.find((one) => one.recordingId === recordingId);
  if (recording?.stoppedAt == null) return null;
  const isKnown = recording.complete === complete && (recording.files ?? files) === files;
  if (recording.readyAt !== null && isKnown) return null;
  const expiresAt = recording.expiresAt ?? (retentionMs === null ? null : recording.stoppedAt + retentionMs);
  const patch = replaced(session, recording, { readyAt: now, complete, files, expiresAt });
  return change(session, patch, now, by, { type: 'recording.ready', recordingId, files, complete });
}

/** Changes how long a recording is kept. @throws {TelevisitError} `recording_not_found` */
export function keep(
  session: Session,
  recordingId: string,
  patch: Partial<Pick<Recording, 'legalHold' | 'expiresAt'>>,
  by: Actor,
  now: number,
): SessionChange | null {
  const recording = requireRecording(session, recordingId);
  const next = { ...recording, ...patch };
  if (next.legalHold === recording.legalHold && next.expiresAt === recording.expiresAt) return null;
  return change(session, replaced(session, recording, patch), now, by);
}

/** Removes a recording from its session. Null if it is not there. @throws {TelevisitError} `recording_held` */
export function remove(session: Session, recordingId: string, by: Actor, now: number): SessionChange | null {
  const recording = session.recordings.find((one) => one.recordingId === recordingId);
  if (!recording) return null;
  if (recording.legalHold) throw new TelevisitError('recording_held');
  const recordings = session.recordings.filter((one) => one !== recording);
  return change(session, { recordings }, now, by, { type: 'recording.deleted', recordingId });
}

/** Whether a file may be kept: its person has not had earlier ones deleted. */
export function mayKeep(
  { seats }: Session,
  { seat, startedAt }: Pick<StoredFile, 'seat' | 'startedAt'>,
): boolean {
  const before = seat === null ? null : (seats[seat]?.unrecordedBefore ?? null);
  return before === null || startedAt >= before;
}

/** Returns the recordings to delete because their time is over. */
export function expired({ recordings }: Session, now: number): readonly Recording[] {
  return recordings.filter(
    ({ expiresAt, legalHold }) => expiresAt !== null && expiresAt <= now && !legalHold,
  );
}

/** Records that what was recorded of a person was deleted. @throws {TelevisitError} `recording_held` */
export function erased(session: Session, seat: number, by: Actor, now: number): SessionChange {
  if (session.recordings.some(({ legalHold }) => legalHold)) throw new TelevisitError('recording_held');
  const seats = session.seats.map((one, index) => (index === seat ? { ...one, unrecordedBefore: now } : one));
  return change(session, { seats }, now, by, { type: 'recording.erased', seat });
}

/** Stores a person's answer. Null if it is the same as before. */
export function answer(
  session: Session,
  seat: number,
  given: Answer,
  by: Actor,
  now: number,
): SessionChange | null {
  const { purpose, wording, language } = given;
  const previous = answerOf(session, seat, purpose);
  const isSame =
    previous?.given === given.given && previous.wording === wording && previous.language === language;
  if (isSame) return null;
  const consents = [...session.consents.filter((one) => one !== previous), { ...given, seat, at: now }];
  const refusal = previous?.given ? 'consent.withdrawn' : 'consent.refused';
  const type = given.given ? 'consent.given' : refusal;
  return change(session, { consents }, now, by, { type, seat, purpose, wording, language });
}

/** Commands for `Sessions.apply`. */
export const recordingCommands = {
  /** Stores a person's answer. Idempotent. @throws {TelevisitError} `participant_not_found` */
  answer:
    (userId: string, given: Answer, by: ActorRef): Command =>
    (session, now) =>
      answer(session, requireSeat(session, userId), given, actorOf(session, by), now),

  start:
    (recordingId: string, by: ActorRef): Command =>
    (session, now) =>
      start(session, recordingId, actorOf(session, by), now),

  /** Pauses, resumes or stops the running recording, as a host. @throws {TelevisitError} `recording_over`, `recording_required` */
  control:
    (action: 'pause' | 'resume' | 'stop', by: ActorRef): Command =>
    (session, now) => {
      const running = runningRecording(session);
      if (!running) throw new TelevisitError('recording_over');
      const actor = actorOf(session, by);
      if (action !== 'stop') return setPaused(session, running.recordingId, action === 'pause', actor, now);
      if (session.options.recording === 'required') throw new TelevisitError('recording_required');
      return stop(session, running.recordingId, actor, now);
    },
};

/** What a room knows beside the stored session. */
export interface Situation {
  /** Who is in the visit. */
  readonly present: ReadonlySet<number>;
  /** Whether files are being written. */
  readonly isWriting: boolean;
  /** Who is in files of a recording. */
  readonly recorded: ReadonlySet<number>;
}

/** Returns the recording as the person in a seat sees it. */
export function viewOf(
  session: Session,
  seat: number,
  { present, isWriting, recorded }: Situation,
): RecordingView {
  const answers = [...present].map((one) => consentOf(session, one, 'recording'));
  return {
    mode: session.options.recording,
    state: stateOf(session, present, isWriting),
    unanswered: answers.filter((given) => given === null).length,
    refused: answers.filter((given) => given === false).length,
    consent: consentOf(session, seat, 'recording'),
    isRecorded: recorded.has(seat),
    transcript: session.options.transcript,
    transcriptConsent: consentOf(session, seat, 'transcript'),
  };
}

function stateOf(session: Session, present: ReadonlySet<number>, isWriting: boolean): RecordingView['state'] {
  const running = runningRecording(session);
  if (!running || isOver(session) || session.options.recording === 'off') return 'off';
  if (running.paused) return 'paused';
  if (!mayRecord(session, present)) return 'waiting';
  return isWriting ? 'on' : 'failed';
}

/** Returns a recording as the backend sees it. */
export function recordOf(
  session: Session,
  recording: Recording,
  files: readonly StoredFile[],
  jobs: readonly RecordingJob[],
): RecordingRecord {
  const { recordingId, startedAt, stoppedAt, readyAt, complete, legalHold, expiresAt } = recording;
  return {
    recordingId,
    status: statusOf(recording),
    startedAt: iso(startedAt),
    stoppedAt: isoOrNull(stoppedAt),
    readyAt: isoOrNull(readyAt),
    complete,
    legalHold,
    expiresAt: isoOrNull(expiresAt),
    files: files
      .filter((file) => file.recordingId === recordingId)
      .map((file) => ({ ...fileRecord(file), userId: userOf(session, file) }))
      .sort((left, right) => (left.startedAt < right.startedAt ? -1 : 1)),
    jobs: jobs.filter((job) => job.recordingId === recordingId).map(jobRecord),
  };
}

/** Returns a file as it is shown to its own person. */
export function fileRecord(file: StoredFile): Omit<RecordingFileRecord, 'userId'> {
  const { fileId, kind, source, contentType, codec, startedAt, endedAt, bytes, jobId, sections } = file;
  return {
    fileId,
    kind,
    source,
    contentType,
    codec,
    startedAt: iso(startedAt),
    endedAt: iso(endedAt),
    bytes,
    jobId: jobId ?? null,
    sections: sections?.map((section) => ({ at: section.at, startedAt: iso(section.startedAt) })) ?? null,
  };
}

/** Returns what a file holds. Files of the first version do not say. */
export function kindOfFile({
  kind,
  contentType,
}: Partial<Pick<StoredFile, 'kind'>> & Pick<StoredFile, 'contentType'>): StoredFile['kind'] {
  return kind ?? (contentType === 'application/jsonl' ? 'timeline' : 'stream');
}

function userOf({ seats }: Session, { seat }: StoredFile): string | null {
  return seat === null ? null : (seats[seat]?.userId ?? null);
}

/** Returns the state of a recording. */
export function statusOf({ stoppedAt, readyAt, paused }: Recording): RecordingStatus {
  if (stoppedAt === null) return paused ? 'paused' : 'active';
  return readyAt === null ? 'finishing' : 'ready';
}

/** Returns an answer as the backend sees it. */
export function consentRecord({ seats }: Session, consent: Consent): ConsentRecord {
  return { userId: seats[consent.seat]?.userId ?? '', ...consentRecordOf(consent) };
}

/** Returns an answer as it is shown to its own person. */
export function consentRecordOf(consent: Consent): Omit<ConsentRecord, 'userId'> {
  const { purpose, given, wording, language, askedBy, at } = consent;
  return { purpose, given, wording, language, askedBy, at: iso(at) };
}

/** Returns a recording of a session. @throws {TelevisitError} `recording_not_found` */
export function requireRecording({ recordings }: Session, recordingId: string): Recording {
  const found = recordings.find((one) => one.recordingId === recordingId);
  if (!found) throw new TelevisitError('recording_not_found');
  return found;
}

function replaced(
  { recordings }: Session,
  recording: Recording,
  patch: Partial<Recording>,
): Pick<Session, 'recordings'> {
  return { recordings: recordings.map((one) => (one === recording ? { ...one, ...patch } : one)) };
}
