import { TelevisitError } from '@televisit/shared/errors';
import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';
import type { Actor } from '../../domain/events.ts';
import { SYSTEM } from '../../domain/events.ts';
import type { Ids } from '../../domain/ids.ts';
import { actorOf, requireSeat, type ActorRef } from '../../domain/people.ts';
import type { Recording, Session } from '../../domain/session.ts';
import type { Changed } from '../../domain/session-changes.ts';
import type { Sessions } from '../../domain/sessions.ts';
import type { RecordingObserver, RecordingOutcome } from '../../recording/recording-observer.ts';
import type { RecordingFiles } from '../../recording/recording-files.ts';
import type { RecordingStore, RecordingWork, StoredFile } from './recording-store.ts';
import * as rules from './rules.ts';

export interface RecordingsOptions {
  readonly store: RecordingStore;
  readonly sessions: Sessions;
  /** Null if this server has no key for recordings. */
  readonly files: RecordingFiles | null;
  /** How long recordings are kept after they stopped, in milliseconds; null for as long as their session. */
  readonly retentionMs: number | null;
  readonly observer: Pick<RecordingObserver, 'ready'> | null;
  /** Called when a recording became ready, at least once, also when files were added later. */
  readonly onReady: (session: Session, recordingId: string) => Promise<void>;
  /** Called when files of a person were dropped, with what was composed of them. */
  readonly onErased: (session: Session) => Promise<void>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** How long after the end of a lease work counts as lost with its process, in milliseconds. It may still turn up later. */
const LOST_MS = 10 * 60_000;
/** How many sessions, files and keys a pass of `settle` takes on. */
const BATCH = 200;

/** The recordings of sessions: what backends and hosts do to them, and when they are complete. */
export class Recordings {
  readonly #options: RecordingsOptions;
  readonly #pending = new Set<Promise<unknown>>();

  constructor(options: RecordingsOptions) {
    this.#options = options;
  }

  /** Returns the files of a session’s recordings. */
  files(sessionId: string): Promise<readonly StoredFile[]> {
    return this.#options.store.files(sessionId);
  }

  /** Returns the recordings of a session as the backend sees them. */
  async records(session: Session) {
    if (session.recordings.length === 0) return [];
    const { files, jobs } = await this.#storedOf(session);
    return session.recordings.map((recording) => rules.recordOf(session, recording, files, jobs));
  }

  /** Returns one recording as the backend sees it. @throws {TelevisitError} `recording_not_found` */
  async record(session: Session, recordingId: string) {
    const { files, jobs } = await this.#storedOf(session);
    return rules.recordOf(session, rules.requireRecording(session, recordingId), files, jobs);
  }

  /**
   * Starts a recording, or returns the session with the running one.
   * @throws {TelevisitError} `session_not_found`, `recording_off`, `recording_not_live`, `recordings_full`,
   * `recording_unavailable`, `conflict`
   */
  async start(sessionId: string, by: ActorRef): Promise<Session> {
    const { sessions, store, files, ids, clock } = this.#options;
    if (!files) {
      throw new TelevisitError('recording_unavailable', { detail: 'The server has no RECORDING_KEY.' });
    }
    const session = await sessions.get(sessionId);
    if (rules.runningRecording(session)) return session;
    const recordingId = ids.unique();
    const now = clock.now();
    // Beforehand, so that a recording is completed even if this process dies right after its end.
    const mark = { workId: recordingId, sessionId, recordingId, owner: recordingId };
    await store.claim({ ...mark, leasedUntil: now, done: true, lost: false }, now);
    const started = await sessions
      .apply(sessionId, rules.recordingCommands.start(recordingId, by))
      .catch(async (error: unknown) => {
        await store.forgetWork(sessionId, recordingId);
        throw error;
      });
    // Another process was faster.
    if (rules.runningRecording(started)?.recordingId !== recordingId) {
      await store.forgetWork(sessionId, recordingId);
    }
    return started;
  }

  /** Changes how long a recording is kept. @throws {TelevisitError} `session_not_found`, `recording_not_found`, `conflict` */
  async keep(
    sessionId: string,
    recordingId: string,
    patch: Partial<Pick<Recording, 'legalHold' | 'expiresAt'>>,
    by: Actor,
  ): Promise<Session> {
    const { sessions, store } = this.#options;
    const session = await sessions.apply(sessionId, (current, now) =>
      rules.keep(current, recordingId, patch, by, now),
    );
    if (patch.legalHold !== undefined) await store.hold(sessionId, recordingId, patch.legalHold);
    if (patch.expiresAt !== undefined) await store.expireAt(sessionId, recordingId, patch.expiresAt);
    return session;
  }

  /** Deletes a recording with its files. Idempotent. @throws {TelevisitError} `session_not_found`, `recording_held`, `conflict` */
  async delete(sessionId: string, recordingId: string, by: Actor): Promise<Session> {
    const { sessions, store } = this.#options;
    const session = await sessions.apply(sessionId, (current, now) =>
      rules.remove(current, recordingId, by, now),
    );
    await store.dropRecording(sessionId, recordingId);
    this.#inBackground(this.#deleteDropped());
    return session;
  }

  /**
   * Deletes what was recorded of a person.
   * @throws {TelevisitError} `session_not_found`, `participant_not_found`, `recording_held`, `conflict`
   */
  async erase(sessionId: string, userId: string, by: ActorRef): Promise<Session> {
    const { sessions, store, onErased } = this.#options;
    let seat = -1;
    const session = await sessions.apply(sessionId, (current, now) => {
      seat = requireSeat(current, userId);
      return rules.erased(current, seat, actorOf(current, by), now);
    });
    await store.erase(sessionId, seat);
    await onErased(session);
    this.#inBackground(this.#deleteDropped());
    return session;
  }

  /**
   * Deletes the transcripts of what a person said, except those under a legal hold.
   * @throws {TelevisitError} `session_not_found`, `participant_not_found`
   */
  async eraseTranscripts(sessionId: string, userId: string, by: ActorRef): Promise<void> {
    const { sessions, store } = this.#options;
    const session = await sessions.get(sessionId);
    const seat = requireSeat(session, userId);
    const own = (await store.files(sessionId)).filter(
      (file) => file.seat === seat && !file.held && ['transcript', 'correction'].includes(file.kind),
    );
    if (own.length === 0) return;
    await store.dropFiles(
      sessionId,
      own.map(({ fileId }) => fileId),
    );
    for (const recordingId of new Set(own.map((file) => file.recordingId))) {
      await sessions.note(sessionId, { type: 'transcript.deleted', recordingId, by: actorOf(session, by) });
    }
    this.#inBackground(this.#deleteDropped());
  }

  /** Returns a file of a recording. @throws {TelevisitError} `recording_not_found` */
  async requireFile(session: Session, recordingId: string, fileId: string): Promise<StoredFile> {
    rules.requireRecording(session, recordingId);
    const found = (await this.#options.store.files(session.sessionId)).find(
      (file) => file.fileId === fileId && file.recordingId === recordingId,
    );
    if (!found) throw new TelevisitError('recording_not_found');
    return found;
  }

  /**
   * Returns a file and a function that reads a range of it, which resolves once the first part is there.
   * @throws {TelevisitError} `recording_not_found`, and `recording_unavailable` if this server does not have its key, or from the
   * function if the storage fails
   */
  async open(session: Session, recordingId: string, fileId: string) {
    const { files, logger } = this.#options;
    const file = await this.requireFile(session, recordingId, fileId);
    try {
      if (!files) throw new Error('The server has no RECORDING_KEY.');
      const reader = files.reader(file);
      const read = (from: number, to: number) =>
        begun(reader(from, to)).catch((error: unknown) => {
          logger.error({ err: error, fileId }, 'failed to read a recording');
          const detail = 'The storage of recordings does not work at the moment; try again later.';
          throw new TelevisitError('recording_unavailable', { detail });
        });
      return { file, read };
    } catch (error) {
      logger.error({ err: error, fileId }, 'failed to read a recording');
      const detail = 'This server does not have the key of the file; ask its operator.';
      throw new TelevisitError('recording_unavailable', { detail });
    }
  }

  /** A recording that has stopped may have been complete already. */
  sessionChanged({ previous, next }: Changed): void {
    const open = (session: Session) => session.recordings.filter(({ stoppedAt }) => stoppedAt === null);
    if (open(previous).length > open(next).length) this.#inBackground(this.complete(next.sessionId));
  }

  /** Records which stopped recordings of a session have all their files by now. */
  async complete(sessionId: string): Promise<void> {
    const { sessions, store, clock, retentionMs, observer, onReady } = this.#options;
    const work = await store.work(sessionId);
    if (work.length === 0) return;
    const session = await sessions.find(sessionId);
    for (const recordingId of new Set(work.map((one) => one.recordingId))) {
      const own = work.filter((one) => one.recordingId === recordingId);
      if (own.every(({ settled }) => settled)) continue;
      if (!own.every((one) => one.done || isLost(one, clock.now()))) continue;
      const recording = session?.recordings.find((one) => one.recordingId === recordingId);
      if (recording?.stoppedAt === null) continue;
      if (recording) {
        const files = (await store.files(sessionId)).filter(
          (file) => file.recordingId === recordingId && ['stream', 'timeline'].includes(file.kind),
        ).length;
        // Work that lost something is kept, so that files of other work that turn up later do not hide that.
        const outcome = outcomeOf(own);
        const completion = { files, complete: outcome === 'complete', retentionMs };
        let isNews = false as boolean;
        const stored = await sessions.apply(sessionId, (current, now) => {
          const change = rules.ready(current, recordingId, completion, SYSTEM, now);
          isNews = change !== null;
          return change;
        });
        if (isNews) observer?.ready(outcome);
        const { expiresAt = null } = stored.recordings.find((one) => one.recordingId === recordingId) ?? {};
        await store.expireAt(sessionId, recordingId, expiresAt);
        await onReady(stored, recordingId);
        await store.settleWork(own);
      } else if (clock.now() - Math.max(...own.map(({ leasedUntil }) => leasedUntil)) >= LOST_MS) {
        // Before, its session may be about to be written.
        await store.forgetWork(sessionId, recordingId);
      }
    }
  }

  /** Does what other processes could not do any more. */
  async settle(): Promise<void> {
    const { store, clock } = this.#options;
    for (const sessionId of await store.sessionsToSettle(clock.now(), BATCH)) await this.complete(sessionId);
    for (const sessionId of await store.sessionsToExpire(clock.now(), BATCH)) await this.#expire(sessionId);
    await this.#deleteDropped();
    await this.#rewrap();
  }

  /** Waits for work in progress. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async #storedOf({ sessionId }: Session) {
    const { store } = this.#options;
    const [files, jobs] = await Promise.all([store.files(sessionId), store.jobs(sessionId)]);
    return { files, jobs };
  }

  /** Deletes the recordings of a session whose time is over, unless they are held. */
  async #expire(sessionId: string): Promise<void> {
    const { sessions, clock } = this.#options;
    const session = await sessions.find(sessionId);
    for (const { recordingId } of session ? rules.expired(session, clock.now()) : []) {
      await this.delete(sessionId, recordingId, SYSTEM);
    }
  }

  async #deleteDropped(): Promise<void> {
    const { store, files } = this.#options;
    if (!files) return;
    for (;;) {
      const dropped = await store.dropped(BATCH);
      for (const fileId of dropped) await files.delete(fileId);
      if (dropped.length > 0) await store.forget(dropped);
      if (dropped.length < BATCH) return;
    }
  }

  /** Encrypts the keys of files with the current master key, so that the operator can drop the previous one. */
  async #rewrap(): Promise<void> {
    const { store, files, logger } = this.#options;
    if (!files) return;
    for (const file of await store.wrappedByOthers(files.keyId, BATCH)) {
      try {
        await store.rewrap(file.fileId, file.key.keyId, files.rewrap(file));
      } catch (error) {
        logger.error({ err: error, fileId: file.fileId }, 'failed to renew the key of a recording');
      }
    }
  }

  #inBackground(work: Promise<unknown>): void {
    const settled = work
      .catch((error: unknown) => this.#options.logger.warn({ err: error }, 'failed to tidy up recordings'))
      .finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
  }
}

function isLost({ done, leasedUntil }: RecordingWork, now: number): boolean {
  return !done && now - leasedUntil > LOST_MS;
}

function outcomeOf(work: readonly RecordingWork[]): RecordingOutcome {
  if (work.some(({ lost }) => lost)) return 'streams_lost';
  return work.every(({ done }) => done) ? 'complete' : 'server_lost';
}

/** Waits for the first part: after it, a failure can only cut the connection of the client. */
async function begun(parts: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = parts[Symbol.asyncIterator]();
  const first = await iterator.next();
  return (async function* () {
    try {
      for (let part = first; part.done !== true; part = await iterator.next()) yield part.value;
    } finally {
      await iterator.return?.();
    }
  })();
}
