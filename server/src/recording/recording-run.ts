import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Source } from '@televisit/shared/vocabulary';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import type { RtpReceiver, RtpReceiverOptions } from '../media/rtp-receiver.ts';
import type { RtpStream, StreamInfo } from '../media/rtp-stream.ts';
import type { RecordedTrack } from './recorded-track.ts';
import type { Recorder } from './recorder.ts';
import { LOST, TIMELINE, trackFiles, WORK_FILE, type SpooledTrack, type SpooledWork } from './spool.ts';
import { codecOf } from './track-summary.ts';

export interface RecordingRunOptions {
  readonly work: SpooledWork;
  /** The folder of the run, which does not exist yet. */
  readonly folder: string;
  readonly recorder: Recorder;
  /** Opens a receiver on the router of the session. */
  readonly openReceiver: (options: RtpReceiverOptions) => Promise<RtpReceiver>;
  /** Returns the seat of a person. */
  readonly seatOf: (userId: string) => number;
  /** Whether a person may be recorded now. */
  readonly mayRecord: (userId: string) => boolean;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called when a person is in a file for the first time. */
  readonly onRecorded: (seat: number) => void;
  /** Called once if it ends by itself: the router or the recorder died, or a file could not be written. */
  readonly onBroken: () => void;
}

interface OpenTrack {
  readonly spooled: SpooledTrack;
  readonly track: RecordedTrack;
  requestKeyFrame: () => void;
}

/**
 * One uninterrupted stretch of a recording: writes each stream of a session to a file of its own, until it is stopped or
 * breaks. The next stretch goes to a new run.
 */
export class RecordingRun {
  readonly #options: RecordingRunOptions;
  readonly #tracks = new Map<string, OpenTrack>();
  readonly #opening: Promise<unknown>[] = [];
  readonly #closing: Promise<unknown>[] = [];
  readonly #ended = Promise.withResolvers<undefined>();
  #receiver: RtpReceiver | undefined;
  #timeline: Promise<unknown> = Promise.resolve();
  #stopped = false;

  private constructor(options: RecordingRunOptions) {
    this.#options = options;
  }

  /** @throws {TelevisitError} `media_unavailable`; {RecorderError} if the recorder is not ready; and errors of the file system */
  static async start(options: RecordingRunOptions): Promise<RecordingRun> {
    const run = new RecordingRun(options);
    try {
      await run.#open();
      return run;
    } catch (error) {
      run.stop();
      await run.finished();
      throw error;
    }
  }

  get workId(): string {
    return this.#options.work.workId;
  }

  get folder(): string {
    return this.#options.folder;
  }

  get recordingId(): string {
    return this.#options.work.recordingId;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Resolves once all files are complete on disk. Does not reject. */
  async finished(): Promise<void> {
    await this.#ended.promise;
    await Promise.allSettled(this.#opening);
    await Promise.allSettled(this.#closing);
    await this.#timeline;
  }

  /** Lets no further packet in. Idempotent. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#note({ event: 'stopped' });
    this.#receiver?.close();
    for (const producerId of [...this.#tracks.keys()]) this.#close(producerId);
    this.#ended.resolve(undefined);
  }

  /** Adds a line about what happened, for instance that somebody joined. */
  note(event: string, details: object = {}): void {
    if (!this.#stopped) this.#note({ event, ...details });
  }

  async #open(): Promise<void> {
    const { folder, work, recorder, openReceiver } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, WORK_FILE), JSON.stringify(work), { mode: 0o600 });
    this.#note({ event: 'started' });
    await recorder.ready().catch((error: unknown) => {
      this.#note({ event: LOST });
      throw error;
    });
    this.#receiver = await openReceiver({
      receiverId: `recording ${work.workId}`,
      delivery: { kind: 'udp', destinationOf: (stream) => this.#destinationOf(stream) },
      listener: {
        streamStarted: (stream) => this.#started(stream),
        streamPaused: (stream) => this.#notePause(stream, 'off'),
        streamResumed: (stream) => this.#notePause(stream, 'on'),
        streamClosed: ({ producerId }) => this.#close(producerId),
        closed: () => this.#broken(),
      },
    });
    // It may have been stopped while the router was answering.
    if (this.#stopped) this.#receiver.close();
  }

  #destinationOf(stream: StreamInfo): Promise<{ ip: string; port: number }> {
    const opening = this.#openTrack(stream).catch((error: unknown) => {
      this.#failed(stream, error, true);
      throw error;
    });
    this.#opening.push(opening);
    return opening;
  }

  async #openTrack(stream: StreamInfo): Promise<{ ip: string; port: number }> {
    const { producerId, userId, source, kind } = stream;
    const { folder, recorder, newId, seatOf } = this.#options;
    const spooled: SpooledTrack = { fileId: newId(), seat: seatOf(userId), source, kind };
    const files = trackFiles(folder, spooled.fileId);
    await writeFile(files.description, JSON.stringify(spooled), { mode: 0o600 });
    const open: { requestKeyFrame: () => void } = { requestKeyFrame: () => undefined };
    const track = await recorder.openTrack(
      { file: files.content, kind },
      {
        keyFrameNeeded: () => open.requestKeyFrame(),
        // A recorder that died has written all but the last two seconds.
        failed: (error) => this.#failed(stream, error, error.code !== 'process_died'),
      },
    );
    this.#tracks.set(producerId, Object.assign(open, { spooled, track }));
    if (this.#stopped) this.#close(producerId);
    return track.address;
  }

  #started(stream: RtpStream): void {
    const open = this.#tracks.get(stream.producerId);
    const { mayRecord, logger, onRecorded } = this.#options;
    if (!open || this.#stopped || !mayRecord(stream.userId)) {
      stream.close();
      return;
    }
    const { spooled, track } = open;
    track.start(codecOf(stream));
    open.requestKeyFrame = () => void stream.requestKeyFrame().catch(() => undefined);
    onRecorded(spooled.seat);
    this.#note({ event: 'stream', ...aboutTrack(spooled), state: stream.senderPaused ? 'off' : 'on' });
    stream.resume().catch((error: unknown) => {
      if (!stream.closed) logger.warn({ err: error, source: spooled.source }, 'failed to record a stream');
    });
  }

  #notePause({ producerId }: RtpStream, state: 'on' | 'off'): void {
    const open = this.#tracks.get(producerId);
    if (open) this.note('stream', { ...aboutTrack(open.spooled), state });
  }

  #close(producerId: string): void {
    const open = this.#tracks.get(producerId);
    if (!open) return;
    this.#tracks.delete(producerId);
    this.#note({ event: 'stream', ...aboutTrack(open.spooled), state: 'ended' });
    this.#closing.push(open.track.close());
  }

  #failed({ userId, source }: StreamInfo, error: unknown, isLost: boolean): void {
    const { logger, seatOf } = this.#options;
    logger.error({ err: error, source }, 'failed to record a stream');
    if (isLost) this.#note({ event: LOST, seat: seatOf(userId), source });
    this.#broken();
  }

  #broken(): void {
    if (this.#stopped) return;
    this.stop();
    this.#options.onBroken();
  }

  /** The lines are JSON, each with its time in milliseconds since the Unix epoch. */
  #note(line: object): void {
    const { folder, clock, logger } = this.#options;
    const text = `${JSON.stringify({ at: clock.now(), ...line })}\n`;
    this.#timeline = this.#timeline
      .then(() => appendFile(join(folder, TIMELINE), text, { mode: 0o600 }))
      .catch((error: unknown) => logger.warn({ err: error }, 'failed to write the timeline of a recording'));
  }
}

function aboutTrack({ fileId, seat, source }: SpooledTrack): {
  fileId: string;
  seat: number;
  source: Source;
} {
  return { fileId, seat, source };
}
