import type { Logger } from 'pino';
import type { RecorderCommand, RecorderReport } from './messages.ts';
import { RecorderError } from './recorder-error.ts';
import { readTrackSummary, type TrackCodec, type TrackResult } from './track-summary.ts';

export interface TrackOptions {
  /** The file to write, below an existing folder; neither it nor its `.json` may exist. */
  readonly file: string;
  readonly kind: 'audio' | 'video';
}

export interface TrackListener {
  /** The sender should send a key frame, as nothing can be recorded before. */
  keyFrameNeeded(): void;
  /** The file ends here: the recorder died or could not write. The owner may open another track. */
  failed(error: RecorderError): void;
}

/** What a track needs of the recorder. */
export interface TrackLink {
  readonly id: number;
  readonly logger: Logger;
  send(command: RecorderCommand): void;
  /** Is called once when the track has ended. */
  ended(): void;
}

const EMPTY: TrackResult = {
  bytes: 0,
  startedAt: null,
  endedAt: null,
  isReported: false,
  lostPackets: 0,
  gaps: 0,
  width: null,
  height: null,
  codec: null,
  isComplete: false,
};

/** A stream that is being recorded to a file. */
export class RecordedTrack {
  readonly #options: TrackOptions;
  readonly #listener: TrackListener;
  readonly #link: TrackLink;
  readonly #opened = Promise.withResolvers<number>();
  readonly #result = Promise.withResolvers<TrackResult>();
  #port: number | null = null;
  #state: 'open' | 'closing' | 'ended' = 'open';

  constructor(options: TrackOptions, listener: TrackListener, link: TrackLink) {
    this.#options = options;
    this.#listener = listener;
    this.#link = link;
  }

  /** Resolves when packets can be sent. @throws {RecorderError} if the file cannot be created, or the recorder died */
  async open(clockOffset: number): Promise<this> {
    const { id } = this.#link;
    this.#link.send({ type: 'open', id, ...this.#options, clockOffset });
    this.#port = await this.#opened.promise;
    return this;
  }

  /** Where to send RTP and RTCP of the stream. The first packet's sender is the only one that is heard. */
  get address(): { readonly ip: string; readonly port: number } {
    return { ip: '127.0.0.1', port: this.#port ?? 0 };
  }

  /** Tells the codec of the stream, before or soon after the first packets. Once it has ended, this does nothing. */
  start(codec: TrackCodec): void {
    if (this.#state === 'open') this.#link.send({ type: 'start', id: this.#link.id, codec });
  }

  /**
   * Finishes the file: what is under way for another 500 ms is recorded, and everything is on the disk. Idempotent. After a
   * failure it resolves with what is known of the file.
   */
  close(): Promise<TrackResult> {
    if (this.#state === 'open') {
      this.#state = 'closing';
      const { id } = this.#link;
      // The recorder may close before the track is open. If it does not open, it has failed.
      this.#opened.promise.then(
        () => this.#link.send({ type: 'close', id }),
        () => undefined,
      );
    }
    return this.#result.promise;
  }

  /** Takes a report of the recorder process. */
  handle(report: Exclude<RecorderReport, { type: 'status' }>): void {
    const { id, logger } = this.#link;
    if (report.type === 'opened') this.#opened.resolve(report.port);
    else if (report.type === 'keyFrameNeeded') {
      if (this.#state === 'open') this.#listener.keyFrameNeeded();
    } else if (report.type === 'moved') logger.info({ track: id, byMs: report.byMs }, 'track moved in time');
    else if (report.type === 'closed') this.#end(report.result);
    else this.fail(new RecorderError(report.code, report.message));
  }

  /** Ends the track because of an error. */
  fail(error: RecorderError): void {
    if (this.#state === 'ended') return;
    const wasOpening = this.#port === null;
    this.#state = 'ended';
    this.#link.ended();
    this.#opened.reject(error);
    this.#opened.promise.catch(() => undefined);
    this.#link.logger.warn({ track: this.#link.id, code: error.code, err: error }, 'track failed');
    this.#readSummary().then(this.#result.resolve, this.#result.reject);
    this.#result.promise.catch(() => undefined);
    // The caller of open() gets the error instead.
    if (!wasOpening) this.#listener.failed(error);
  }

  #end(result: TrackResult): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#link.ended();
    this.#result.resolve(result);
  }

  async #readSummary(): Promise<TrackResult> {
    return (await readTrackSummary(this.#options.file)) ?? EMPTY;
  }
}
