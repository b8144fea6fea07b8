import { pino, type Logger } from 'pino';
import { monotonicTime } from '../../../recording/messages.ts';
import { SpeechError } from '../../speech-error.ts';
import type { LiveCommand, LiveEngine, LiveReport } from '../live-messages.ts';
import { DeepgramEngine } from './deepgram-engine.ts';
import type { Engine } from './engine.ts';
import { LocalEngine } from './local-engine.ts';
import { SpeechTrack } from './speech-track.ts';

const TICK_MS = 50;
const STATUS_MS = 1000;
/** With more speech waiting, the newest track is given up rather than all of them being late, in milliseconds. */
const TOO_LATE_MS = 30_000;

type TrackCommand = Exclude<LiveCommand, { type: 'configure' }>;

/** The speech process's side: carries out the commands of the server for all tracks. */
export class SpeechProcess {
  readonly #report: (report: LiveReport) => void;
  readonly #logger: Logger = pino({ name: 'speech', level: 'warn' });
  readonly #tracks = new Map<number, SpeechTrack>();
  /** The last command of each track, as one waits for the previous one. */
  readonly #commands = new Map<number, Promise<void>>();
  readonly #engine = Promise.withResolvers<Engine>();
  readonly #timers: NodeJS.Timeout[];
  #loaded: Engine | null = null;

  /** @param report sends to the server */
  constructor(report: (report: LiveReport) => void) {
    this.#report = report;
    this.#engine.promise.catch(() => undefined);
    this.#timers = [
      setInterval(() => this.#tick(), TICK_MS),
      setInterval(() => this.#reportStatus(), STATUS_MS),
    ];
  }

  handle(command: LiveCommand): void {
    if (command.type === 'configure') {
      void this.#load(command.engine);
      return;
    }
    const { id } = command;
    const carriedOut = (this.#commands.get(id) ?? Promise.resolve())
      .then(() => this.#carryOut(command))
      .catch((error: unknown) => this.#fail(id, SpeechError.of(error)))
      .finally(() => {
        if (this.#commands.get(id) === carriedOut) this.#commands.delete(id);
      });
    this.#commands.set(id, carriedOut);
  }

  /** Ends all tracks, without their last text. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all([...this.#tracks.values()].map((track) => track.close(true)));
    await this.#loaded?.close();
  }

  async #load(engine: LiveEngine): Promise<void> {
    try {
      this.#loaded =
        engine.type === 'local' ? await LocalEngine.load(engine, this.#logger) : new DeepgramEngine(engine);
      this.#engine.resolve(this.#loaded);
    } catch (error) {
      this.#logger.error({ err: error }, 'failed to load speech engine');
      this.#engine.reject(SpeechError.of(error));
    }
  }

  async #carryOut(command: TrackCommand): Promise<void> {
    if (command.type === 'open') await this.#open(command);
    else if (command.type === 'start') await this.#tracks.get(command.id)?.start(command.codec);
    else await this.#close(command.id, command.discard);
  }

  async #open({ id, language, vocabulary, clockOffset }: TrackCommand & { type: 'open' }): Promise<void> {
    const engine = await this.#engine.promise;
    const sink = engine.open(
      { language, vocabulary },
      {
        interim: (utterance, text) => this.#report({ type: 'interim', id, utterance, text }),
        final: (utterance, text, startedAt, endedAt) =>
          this.#report({ type: 'final', id, utterance, text, startedAt, endedAt }),
        failed: (error) => this.#fail(id, error),
      },
    );
    const now = () => monotonicTime() + clockOffset;
    const track = await SpeechTrack.open(sink, now, (error) => this.#fail(id, error));
    this.#tracks.set(id, track);
    this.#report({ type: 'opened', id, port: track.port });
  }

  async #close(id: number, discard: boolean): Promise<void> {
    const track = this.#tracks.get(id);
    if (!track) return;
    await track.close(discard);
    // It may have failed meanwhile.
    if (this.#tracks.delete(id)) this.#report({ type: 'closed', id });
  }

  #fail(id: number, error: SpeechError): void {
    void this.#tracks.get(id)?.close(true);
    this.#tracks.delete(id);
    this.#report({ type: 'failed', id, code: error.code, message: error.message });
  }

  #tick(): void {
    for (const track of this.#tracks.values()) track.tick();
    const newest = [...this.#tracks.keys()].at(-1);
    if (newest !== undefined && this.#waitingMs > TOO_LATE_MS) {
      this.#fail(newest, new SpeechError('busy', `${this.#waitingMs} ms of speech wait`));
    }
  }

  get #waitingMs(): number {
    return this.#loaded?.waitingMs ?? 0;
  }

  #reportStatus(): void {
    const { user, system } = process.cpuUsage();
    this.#report({ type: 'status', cpuMs: (user + system) / 1000, waitingMs: Math.round(this.#waitingMs) });
  }
}
