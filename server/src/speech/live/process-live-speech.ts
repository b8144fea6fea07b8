import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { Backoff } from '../../core/backoff.ts';
import { sleep, type Clock } from '../../core/clock.ts';
import { withTimeout } from '../../core/timing.ts';
import { WatchedProcess } from '../../core/watched-process.ts';
import { monotonicTime } from '../../recording/messages.ts';
import type { LiveSpeech, LiveSpeechListener, LiveTrack, LiveTrackOptions } from '../live-speech.ts';
import { SpeechError } from '../speech-error.ts';
import type { LiveCommand, LiveEngine, LiveReport } from './live-messages.ts';
import { SpeechTrack } from './speech-track.ts';

const ENTRY = fileURLToPath(new URL('./process/main.ts', import.meta.url));
/** Loading the models takes a second, and more on a busy machine. */
const OPEN_MS = 20_000;
/** How long the text of what was said last may take, in milliseconds. */
const CLOSE_MS = 10_000;
/** A process that lived this long, in milliseconds, did not fail by its start. */
const STABLE_MS = 60_000;
const RESTART = new Backoff({ firstMs: 250, maxMs: 10_000, jitter: 0.2 });
/** With more speech waiting, no further people are taken, in milliseconds. */
const BUSY_MS = 5000;

type LiveProcess = WatchedProcess<LiveCommand, LiveReport>;

export interface ProcessLiveSpeechOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Returns what to transcribe with. @throws {SpeechError} `not_installed` */
  readonly engine: () => LiveEngine;
  readonly maxPeople: number;
  readonly supports: (language: string) => boolean;
}

/**
 * Transcribes live speech in one process of its own, which starts with the first track. If that process dies, its tracks fail, and
 * the next track starts another one.
 */
export class ProcessLiveSpeech implements LiveSpeech {
  readonly #options: ProcessLiveSpeechOptions;
  readonly #tracks = new Map<number, SpeechTrack>();
  #process: LiveProcess | null = null;
  #starting: Promise<LiveProcess> | null = null;
  #waitingMs = 0;
  #failures = 0;
  #restartAt = 0;
  #lastId = 0;
  #closing: Promise<void> | null = null;

  constructor(options: ProcessLiveSpeechOptions) {
    this.#options = options;
  }

  /** The id of the speech process; undefined while there is none. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  supports(language: string): boolean {
    return this.#options.supports(language);
  }

  async openTrack(options: LiveTrackOptions, listener: LiveSpeechListener): Promise<LiveTrack> {
    const { clock, logger, maxPeople } = this.#options;
    if (!this.supports(options.language)) throw new SpeechError('unsupported', options.language);
    if (this.#tracks.size >= maxPeople) {
      throw new SpeechError('busy', `${maxPeople} people are captioned (CAPTIONS_MAX_PEOPLE)`);
    }
    if (this.#waitingMs > BUSY_MS) throw new SpeechError('busy', `${this.#waitingMs} ms of speech wait`);
    const id = ++this.#lastId;
    const track = new SpeechTrack(listener, {
      id,
      logger,
      send: (command) => this.#process?.send(command),
      ended: () => this.#tracks.delete(id),
    });
    // It counts from now on, as many may be opened while the process starts.
    this.#tracks.set(id, track);
    try {
      await this.#runningProcess();
    } catch (error) {
      this.#tracks.delete(id);
      throw error;
    }
    return withTimeout(clock, OPEN_MS, track.open(options, clock.now() - monotonicTime()), () => {
      const error = new SpeechError('unavailable', 'the speech process does not respond');
      track.fail(error);
      throw error;
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const tracks = [...this.#tracks.values()];
    const closed = Promise.all(tracks.map((track) => track.close()));
    await withTimeout(this.#options.clock, CLOSE_MS, closed, () => undefined);
    await this.#process?.close();
  }

  async #runningProcess(): Promise<LiveProcess> {
    if (this.#closing) throw new SpeechError('closed');
    if (this.#process) return this.#process;
    this.#starting ??= this.#start().finally(() => (this.#starting = null));
    return this.#starting;
  }

  async #start(): Promise<LiveProcess> {
    const { clock, logger, engine } = this.#options;
    const chosen = engine();
    const wait = this.#restartAt - clock.now();
    if (wait > 0) await sleep(clock, wait);
    if (this.#closing) throw new SpeechError('closed');
    const process: LiveProcess = new WatchedProcess({
      name: 'speech',
      entry: ENTRY,
      clock,
      logger,
      onReport: (report) => {
        if (report.type === 'status') this.#waitingMs = report.waitingMs;
        else this.#tracks.get(report.id)?.handle(report);
      },
      onExit: () => this.#handleExit(process),
    });
    process.send({ type: 'configure', engine: chosen });
    this.#process = process;
    return process;
  }

  #handleExit(process: LiveProcess): void {
    if (this.#process !== process) return;
    this.#process = null;
    this.#waitingMs = 0;
    const { clock } = this.#options;
    this.#failures = clock.now() - process.startedAt < STABLE_MS ? this.#failures + 1 : 1;
    this.#restartAt = clock.now() + RESTART.delay(this.#failures);
    for (const track of [...this.#tracks.values()]) {
      track.fail(new SpeechError('unavailable', 'the speech process died'));
    }
  }
}
