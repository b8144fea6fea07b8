import type { Logger } from 'pino';
import type { TrackCodec } from '../../recording/track-summary.ts';
import type { LiveSpeechListener, LiveTrack, LiveTrackOptions } from '../live-speech.ts';
import { SpeechError } from '../speech-error.ts';
import type { LiveCommand, LiveTrackReport } from './live-messages.ts';

/** What a track needs of the engine. */
export interface TrackLink {
  readonly id: number;
  readonly logger: Logger;
  send(command: LiveCommand): void;
  /** Is called once when the track has ended. */
  ended(): void;
}

/** The sound of one person that the speech process transcribes. */
export class SpeechTrack implements LiveTrack {
  readonly #listener: LiveSpeechListener;
  readonly #link: TrackLink;
  readonly #opened = Promise.withResolvers<number>();
  readonly #ended = Promise.withResolvers<null>();
  #port: number | null = null;
  #state: 'open' | 'closing' | 'ended' = 'open';
  #isDiscarded = false;

  constructor(listener: LiveSpeechListener, link: TrackLink) {
    this.#listener = listener;
    this.#link = link;
  }

  /** Resolves when packets can be sent. @throws {SpeechError} if the process died, or can't transcribe the language */
  async open({ language, vocabulary }: LiveTrackOptions, clockOffset: number): Promise<this> {
    const { id } = this.#link;
    if (this.#state === 'ended') throw new SpeechError('unavailable', 'the speech process died');
    this.#link.send({ type: 'open', id, language, vocabulary, clockOffset });
    this.#port = await this.#opened.promise;
    return this;
  }

  get address(): { readonly ip: string; readonly port: number } {
    return { ip: '127.0.0.1', port: this.#port ?? 0 };
  }

  start(codec: TrackCodec): void {
    if (this.#state === 'open') this.#link.send({ type: 'start', id: this.#link.id, codec });
  }

  async close({ discard = false }: { readonly discard?: boolean } = {}): Promise<void> {
    this.#isDiscarded ||= discard;
    if (this.#state === 'open') {
      this.#state = 'closing';
      this.#link.send({ type: 'close', id: this.#link.id, discard });
    }
    await this.#ended.promise;
  }

  /** Takes a report of the speech process. */
  handle(report: LiveTrackReport): void {
    const isHeard = this.#state !== 'ended' && !this.#isDiscarded;
    if (report.type === 'opened') this.#opened.resolve(report.port);
    else if (report.type === 'interim') {
      const { utterance, text } = report;
      if (isHeard && this.#state === 'open') this.#listener.interim({ utterance, text });
    } else if (report.type === 'final') {
      const { utterance, text, startedAt, endedAt } = report;
      if (isHeard) this.#listener.final({ utterance, text, startedAt, endedAt });
    } else if (report.type === 'closed') this.#end();
    else this.fail(new SpeechError(report.code, report.message));
  }

  /** Ends the track because of an error. */
  fail(error: SpeechError): void {
    if (this.#state === 'ended') return;
    const wasOpen = this.#state === 'open' && this.#port !== null;
    // It may have failed here only, because the process was too slow.
    this.#link.send({ type: 'close', id: this.#link.id, discard: true });
    this.#link.logger.warn({ track: this.#link.id, code: error.code, err: error }, 'captions track failed');
    this.#opened.reject(error);
    this.#opened.promise.catch(() => undefined);
    this.#end();
    // The caller of open() gets the error instead, and who closes it does not need it.
    if (wasOpen) this.#listener.failed(error);
  }

  #end(): void {
    this.#state = 'ended';
    this.#link.ended();
    this.#ended.resolve(null);
  }
}
