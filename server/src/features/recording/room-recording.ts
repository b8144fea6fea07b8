import { TelevisitError } from '@televisit/shared/errors';
import type { recording as contract, RecordingView } from '@televisit/shared/features/recording';
import { Backoff } from '../../core/backoff.ts';
import { consentOf } from '../../domain/consents.ts';
import { SYSTEM } from '../../domain/events.ts';
import { seatIndex, type Session } from '../../domain/session.ts';
import type { MemberConnection } from '../../room/member-connection.ts';
import type { Member } from '../../room/member.ts';
import type { HandlersOf, PartOf, RoomContext } from '../../room/room-part.ts';
import type { RecordingRun } from '../../recording/recording-run.ts';
import type { Recordings } from './recordings.ts';
import type { RecordingRuns } from './runs.ts';
import { isToStart, mayRecord, presentSeats, recordingCommands, runningRecording, viewOf } from './rules.ts';

export interface RoomRecordingOptions {
  readonly recordings: Recordings;
  /** Null if this server can't record. */
  readonly runs: RecordingRuns | null;
  /** The seats of the people who are in files of this session's recordings. */
  readonly recorded: ReadonlySet<number>;
}

/** The delays before the next attempt to record, after files could not be opened or written. */
const RETRY = new Backoff({ firstMs: 1000, maxMs: 30_000 });
/** A run that lasted this long, in milliseconds, was no failure. */
const LASTING_MS = 10_000;
/** When a host may try again whose recording the server had no capacity for, in seconds. */
const RETRY_AFTER = 30;

/** A request to the rooms of a session: whether they can record. */
export const HAS_CAPACITY = { type: 'capacity' } as const;

/**
 * The recording of a live session: writes while a recording runs and everybody present agrees. Every change of the session
 * or of who is present decides anew, before the streams of a newcomer are forwarded to anyone.
 */
export class RoomRecording implements PartOf<typeof contract> {
  readonly #room: RoomContext;
  readonly #options: RoomRecordingOptions;
  readonly #recorded: Set<number>;
  /** What each page was last sent, so that it is told of changes only. */
  readonly #sent = new WeakMap<MemberConnection, string>();
  #run: RecordingRun | null = null;
  #opening = false;
  #starting = false;
  #failures = 0;
  #startedAt = 0;
  #cancelRetry: (() => void) | null = null;

  constructor(room: RoomContext, options: RoomRecordingOptions) {
    this.#room = room;
    this.#options = options;
    this.#recorded = new Set(options.recorded);
    if (room.session.options.recording !== 'off') options.runs?.warmUp();
  }

  readonly handlers: HandlersOf<typeof contract> = {
    'consent:set': async ({ member }, { erase = false, ...given }) => {
      const { sessions, sessionId } = this.#room;
      const { recordings } = this.#options;
      await sessions.apply(
        sessionId,
        recordingCommands.answer(member.userId, { ...given, askedBy: 'page' }, member),
      );
      if (!erase || given.given) return null;
      if (given.purpose === 'transcript') await recordings.eraseTranscripts(sessionId, member.userId, member);
      if (given.purpose === 'recording') {
        await recordings.erase(sessionId, member.userId, member);
        this.#recorded.delete(this.#seatOf(member));
        this.#tell();
      }
      return null;
    },

    'recording:control': async ({ member }, { action }) => {
      const { sessions, sessionId } = this.#room;
      if (action !== 'start') {
        await sessions.apply(sessionId, recordingCommands.control(action, member));
        return null;
      }
      await this.#requireCapacity();
      await this.#options.recordings.start(sessionId, member);
      return null;
    },
  };

  snapshot(viewer: Member): { recording: RecordingView } {
    return { recording: this.#viewOf(viewer) };
  }

  onConnected(connection: MemberConnection): void {
    const member = this.#room.members.get(connection.userId);
    if (member && this.#room.session.options.recording !== 'off') this.#send(member, connection);
  }

  onSession(): void {
    this.#decide();
  }

  onJoined(member: Member): void {
    this.#run?.note('joined', { seat: this.#seatOf(member) });
    this.#decide();
  }

  onLeft(member: Member): void {
    this.#run?.note('left', { seat: this.#seatOf(member) });
    this.#decide();
  }

  onRequest(request: unknown): Promise<boolean> | undefined {
    const { type } = request as { readonly type: string };
    return type === HAS_CAPACITY.type ? this.#hasCapacity() : undefined;
  }

  close(): void {
    this.#cancelRetry?.();
    this.#run?.stop();
    this.#run = null;
  }

  /** The people who are in the visit, as stored and as seen here: the store may be behind, or ahead. */
  get #present(): ReadonlySet<number> {
    const { session, members } = this.#room;
    const here = [...members.participants].map((member) => this.#seatOf(member));
    return new Set([...presentSeats(session), ...here.filter((seat) => seat >= 0)]);
  }

  /** Starts and stops writing as the rules say, and tells people about it. */
  #decide(): void {
    const { session, closed } = this.#room;
    if (closed) return;
    const present = this.#present;
    const wanted = mayRecord(session, present) ? runningRecording(session)?.recordingId : undefined;
    if (this.#run && this.#run.recordingId !== wanted) {
      this.#run.stop();
      this.#ended();
    }
    if (wanted !== undefined && !this.#run) void this.#open(session, wanted);
    if (isToStart(session, present)) void this.#start();
    this.#tell();
  }

  async #open(session: Session, recordingId: string): Promise<void> {
    const { runs } = this.#options;
    const { logger, clock } = this.#room;
    if (!runs || this.#opening || this.#cancelRetry) return;
    this.#opening = true;
    try {
      const run: RecordingRun = await runs.start({
        sessionId: session.sessionId,
        recordingId,
        openReceiver: (options) => this.#room.openReceiver(options),
        seatOf: (userId) => seatIndex(this.#room.session, userId),
        mayRecord: (userId) => this.#mayRecord(userId, recordingId),
        onRecorded: (seat) => {
          this.#recorded.add(seat);
          this.#tell();
        },
        onBroken: () => this.#broken(run),
      });
      this.#startedAt = clock.now();
      if (this.#room.closed || run.stopped) {
        run.stop();
        this.#retry();
      } else this.#run = run;
    } catch (error) {
      logger.error({ err: error }, 'failed to record a visit; will try again');
      this.#retry();
    } finally {
      this.#opening = false;
    }
    this.#decide();
  }

  /** Whether a person may be in a file now. */
  #mayRecord(userId: string, recordingId: string): boolean {
    const { session, closed } = this.#room;
    if (closed || runningRecording(session)?.recordingId !== recordingId) return false;
    const isAllowed = consentOf(session, seatIndex(session, userId), 'recording') === true;
    return isAllowed && mayRecord(session, this.#present);
  }

  #broken(run: RecordingRun): void {
    if (this.#run !== run) return;
    this.#ended();
    this.#retry();
    this.#decide();
  }

  /** The run has ended, for whatever reason. One that lasted for a while followed no failure. */
  #ended(): void {
    this.#run = null;
    if (this.#room.clock.now() - this.#startedAt >= LASTING_MS) this.#failures = 0;
  }

  /** Records again after a pause; at once the first time, because a worker that died is replaced at once. */
  #retry(): void {
    if (this.#room.closed || this.#cancelRetry) return;
    const delay = this.#failures === 0 ? 0 : RETRY.delay(this.#failures);
    this.#failures++;
    this.#cancelRetry = this.#room.clock.after(delay, () => {
      this.#cancelRetry = null;
      this.#decide();
    });
  }

  async #start(): Promise<void> {
    if (this.#starting || !this.#options.runs) return;
    this.#starting = true;
    try {
      await this.#options.recordings.start(this.#room.sessionId, SYSTEM);
    } catch (error) {
      this.#room.logger.error({ err: error }, 'failed to start the recording that a visit requires');
      this.#retry();
    } finally {
      this.#starting = false;
    }
  }

  async #hasCapacity(): Promise<boolean> {
    return (await this.#options.runs?.hasCapacity()) === true;
  }

  /** @throws {TelevisitError} `recording_unavailable` */
  async #requireCapacity(): Promise<void> {
    if (await this.#hasCapacity()) return;
    throw new TelevisitError('recording_unavailable', { retryAfter: RETRY_AFTER });
  }

  #tell(): void {
    if (this.#room.session.options.recording === 'off' && !runningRecording(this.#room.session)) return;
    for (const member of this.#room.members) {
      for (const connection of member.connections) this.#send(member, connection);
    }
  }

  /** Sends a page its view, unless it has it. */
  #send(member: Member, connection: MemberConnection): void {
    const view = this.#viewOf(member);
    const text = JSON.stringify(view);
    if (this.#sent.get(connection) === text) return;
    this.#sent.set(connection, text);
    connection.emit('recording:changed', view);
  }

  #viewOf(member: Member): RecordingView {
    // The first attempt takes a moment, and is no failure.
    const isWriting = this.#run !== null || (this.#opening && this.#failures === 0);
    const situation = { present: this.#present, isWriting, recorded: this.#recorded };
    return viewOf(this.#room.session, this.#seatOf(member), situation);
  }

  #seatOf({ userId }: Member): number {
    return seatIndex(this.#room.session, userId);
  }
}
