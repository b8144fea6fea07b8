import type { CaptionsProblem } from '@televisit/shared/features/captions.vocabulary';
import type { Logger } from 'pino';
import { Backoff } from '../../core/backoff.ts';
import type { Clock } from '../../core/clock.ts';
import { codecOf } from '../../recording/track-summary.ts';
import type { RoomContext } from '../../room/room-part.ts';
import type { LiveSpeech, LiveTrack, LiveTrackOptions } from '../../speech/live-speech.ts';
import { SpeechError } from '../../speech/speech-error.ts';

type OpenReceiver = RoomContext['openReceiver'];
type Receiver = Awaited<ReturnType<OpenReceiver>>;
type Listener = Parameters<OpenReceiver>[0]['listener'];
/** A stream that leaves the router, as the listener of a receiver gets it. */
type Stream = Parameters<Listener['streamStarted']>[0];

/** What a person says, as the engine understands it. */
export interface Transcript {
  /** Unique for the person, also after the engine or the server has changed. */
  readonly utterance: string;
  readonly text: string;
  readonly final: boolean;
  /** In milliseconds since the Unix epoch. */
  readonly startedAt: number;
}

export interface TranscriptionOptions extends LiveTrackOptions {
  readonly userId: string;
  readonly speech: LiveSpeech;
  readonly openReceiver: OpenReceiver;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onText: (transcript: Transcript) => void;
  /** Called when `problem` has changed. */
  readonly onProblem: () => void;
}

interface OpenTrack {
  readonly track: LiveTrack;
  /** When each utterance that is not final began. */
  readonly open: Map<number, number>;
  readonly trackId: string;
}

/** The delays before the next attempt, after the engine refused or failed. */
const RETRY = new Backoff({ firstMs: 1000, maxMs: 30_000 });
/** What worked for this long, in milliseconds, follows no failure. */
const LASTING_MS = 10_000;

/**
 * Transcribes the microphone of one person for as long as it is open. If the media worker dies, the router is replaced or the
 * engine fails, it tries again.
 */
export class Transcription {
  readonly #options: TranscriptionOptions;
  readonly #tracks = new Map<string, OpenTrack>();
  #receiver: Receiver | undefined;
  /** Counts the receivers that were opened and closed, so that what comes late from one of them is known. */
  #attempt = 0;
  #closed = false;
  #discarded = false;
  #failures = 0;
  #openedAt = 0;
  #problem: CaptionsProblem | null = null;
  #cancelRetry: (() => void) | null = null;

  private constructor(options: TranscriptionOptions) {
    this.#options = options;
  }

  static start(options: TranscriptionOptions): Transcription {
    const transcription = new Transcription(options);
    if (options.speech.supports(options.language)) void transcription.#open();
    else transcription.#problem = 'language';
    return transcription;
  }

  /** Why the person is not transcribed; null if they are, or are about to be. */
  get problem(): CaptionsProblem | null {
    return this.#problem;
  }

  /** Stops at once. `discard` forgets what was said last; otherwise it may still become a text. Idempotent. */
  close({ discard }: { readonly discard: boolean }): void {
    this.#discarded ||= discard;
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#reset();
  }

  async #open(): Promise<void> {
    const { userId, openReceiver, newId, clock } = this.#options;
    const attempt = ++this.#attempt;
    try {
      const receiver = await openReceiver({
        receiverId: `captions ${newId()}`,
        sources: ['microphone'],
        senders: [userId],
        delivery: {
          kind: 'udp',
          destinationOf: ({ producerId }) => this.#destinationOf(producerId, attempt),
        },
        listener: {
          streamStarted: (stream) => this.#started(stream),
          streamPaused: () => undefined,
          streamResumed: () => undefined,
          streamClosed: ({ producerId }) => this.#close(producerId),
          closed: () => this.#failed(null, attempt),
        },
      });
      // It may have been closed, or the router may have died, while the router was answering.
      if (attempt === this.#attempt && !receiver.closed) this.#receiver = receiver;
      else receiver.close();
      this.#openedAt = clock.now();
    } catch (error) {
      this.#failed(error, attempt);
    }
  }

  async #destinationOf(producerId: string, attempt: number): Promise<LiveTrack['address']> {
    const { speech, language, vocabulary, newId } = this.#options;
    const trackId = newId();
    const open = new Map<number, number>();
    try {
      this.#requireCurrent(attempt);
      const track = await speech.openTrack(
        { language, vocabulary },
        {
          interim: ({ utterance, text }) => {
            const startedAt = open.get(utterance) ?? this.#options.clock.now();
            open.set(utterance, startedAt);
            this.#tell({ utterance: `${trackId}-${utterance}`, text, final: false, startedAt });
          },
          final: ({ utterance, text, startedAt }) => {
            open.delete(utterance);
            this.#tell({ utterance: `${trackId}-${utterance}`, text, final: true, startedAt });
          },
          failed: (error) => this.#failed(error, attempt),
        },
      );
      this.#tracks.set(producerId, { track, open, trackId });
      // Consent may have been withdrawn, or the receiver replaced, while the engine was answering.
      if (attempt !== this.#attempt) this.#close(producerId);
      this.#requireCurrent(attempt);
      this.#solved();
      return track.address;
    } catch (error) {
      this.#failed(error, attempt);
      throw error;
    }
  }

  /** @throws {SpeechError} `closed` if the receiver of an attempt is no longer wanted */
  #requireCurrent(attempt: number): void {
    if (attempt !== this.#attempt) throw new SpeechError('closed');
  }

  #started(stream: Stream): void {
    const open = this.#tracks.get(stream.producerId);
    if (!open) {
      stream.close();
      return;
    }
    open.track.start(codecOf(stream));
    stream.resume().catch((error: unknown) => {
      if (!stream.closed) this.#options.logger.warn({ err: error }, 'failed to transcribe a stream');
    });
  }

  #close(producerId: string): void {
    const open = this.#tracks.get(producerId);
    if (!open) return;
    this.#tracks.delete(producerId);
    if (this.#discarded) this.#forget(open);
    void open.track.close({ discard: this.#discarded });
  }

  /** Takes back what is on screens and will not become final. */
  #forget({ open, trackId }: OpenTrack): void {
    for (const [utterance, startedAt] of open) {
      this.#options.onText({ utterance: `${trackId}-${utterance}`, text: '', final: true, startedAt });
    }
    open.clear();
  }

  /** The engine may still report what it had heard before it was closed. */
  #tell(transcript: Transcript): void {
    if (!this.#discarded) this.#options.onText(transcript);
  }

  /** Ends the current attempt, whose late answers then change nothing. */
  #reset(): void {
    this.#attempt++;
    const receiver = this.#receiver;
    this.#receiver = undefined;
    receiver?.close();
    for (const producerId of [...this.#tracks.keys()]) this.#close(producerId);
  }

  /** Tries again after a pause; at once the first time, because a worker that died is replaced at once. */
  #failed(error: unknown, attempt: number): void {
    if (attempt !== this.#attempt) return;
    const { clock, logger } = this.#options;
    if (this.#openedAt > 0 && clock.now() - this.#openedAt >= LASTING_MS) this.#failures = 0;
    const delay = this.#failures === 0 ? 0 : RETRY.delay(this.#failures);
    this.#failures++;
    for (const open of this.#tracks.values()) this.#forget(open);
    this.#reset();
    if (error !== null) logger.warn({ err: error }, 'failed to transcribe a person; will try again');
    const problem = problemOf(error);
    if (this.#failures > 1 || problem !== 'unavailable') this.#setProblem(problem);
    this.#cancelRetry = clock.after(delay, () => {
      this.#cancelRetry = null;
      void this.#open();
    });
  }

  #solved(): void {
    if (this.#problem !== null) this.#setProblem(null);
  }

  #setProblem(problem: CaptionsProblem | null): void {
    if (this.#problem === problem) return;
    this.#problem = problem;
    this.#options.onProblem();
  }
}

function problemOf(error: unknown): CaptionsProblem {
  if (!(error instanceof SpeechError)) return 'unavailable';
  if (error.code === 'busy') return 'busy';
  return error.code === 'unsupported' ? 'language' : 'unavailable';
}
