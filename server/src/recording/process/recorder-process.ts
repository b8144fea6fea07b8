import {
  monotonicTime,
  type RecorderCommand,
  type RecorderReport,
  type RecorderSettings,
} from '../messages.ts';
import { RecorderError } from '../recorder-error.ts';
import { Track } from './track.ts';

const TICK_MS = 100;
const STATUS_MS = 1000;

/** The recorder's side: carries out the commands of the server for all tracks. */
export class RecorderProcess {
  readonly #settings: RecorderSettings;
  readonly #report: (report: RecorderReport) => void;
  readonly #tracks = new Map<number, Track>();
  /** The last command of each track, as one waits for the previous one. */
  readonly #commands = new Map<number, Promise<void>>();
  readonly #timers: NodeJS.Timeout[];

  /** @param report sends to the server */
  constructor(settings: RecorderSettings, report: (report: RecorderReport) => void) {
    this.#settings = settings;
    this.#report = report;
    this.#timers = [
      setInterval(() => this.#tick(), TICK_MS),
      setInterval(() => this.#reportStatus(), STATUS_MS),
    ];
    // The server waits for it before it opens tracks.
    this.#reportStatus();
  }

  handle(command: RecorderCommand): void {
    const { id } = command;
    const carriedOut = (this.#commands.get(id) ?? Promise.resolve())
      .then(() => this.#carryOut(command))
      .catch((error: unknown) => this.#fail(id, RecorderError.ofFile(error)))
      .finally(() => {
        if (this.#commands.get(id) === carriedOut) this.#commands.delete(id);
      });
    this.#commands.set(id, carriedOut);
  }

  /** Finishes all files. */
  async close(): Promise<void> {
    await Promise.all(this.#commands.values());
    await Promise.all([...this.#tracks.keys()].map((id) => this.#close(id)));
    for (const timer of this.#timers) clearInterval(timer);
  }

  async #carryOut(command: RecorderCommand): Promise<void> {
    if (command.type === 'open') await this.#open(command);
    else if (command.type === 'start') this.#tracks.get(command.id)?.start(command.codec);
    else await this.#close(command.id);
  }

  async #open({ id, file, clockOffset }: RecorderCommand & { type: 'open' }): Promise<void> {
    const track = await Track.open(file, () => monotonicTime() + clockOffset, {
      onKeyFrameNeeded: () => this.#report({ type: 'keyFrameNeeded', id }),
      onMove: (byMs) => this.#report({ type: 'moved', id, byMs }),
      onFailure: (error) => this.#fail(id, error),
    });
    this.#tracks.set(id, track);
    this.#report({ type: 'opened', id, port: track.port });
  }

  async #close(id: number): Promise<void> {
    const track = this.#tracks.get(id);
    if (!track) return;
    const result = await track.close();
    // It may have failed meanwhile.
    if (this.#tracks.delete(id)) this.#report({ type: 'closed', id, result });
  }

  #fail(id: number, error: RecorderError): void {
    this.#tracks.delete(id);
    this.#report({ type: 'failed', id, code: error.code, message: error.message });
  }

  #tick(): void {
    for (const track of this.#tracks.values()) track.tick();
    this.#limitMemory();
  }

  /** Gives up the largest track rather than all of them, if the disk is too slow. */
  #limitMemory(): void {
    const tracks = [...this.#tracks.values()].sort((left, right) => right.pendingBytes - left.pendingBytes);
    const pending = tracks.reduce((sum, track) => sum + track.pendingBytes, 0);
    if (pending <= this.#settings.memoryLimit) return;
    tracks[0]?.fail(new RecorderError('overloaded', `${pending} bytes wait for the disk`));
  }

  #reportStatus(): void {
    const { user, system } = process.cpuUsage();
    this.#report({ type: 'status', cpuMs: (user + system) / 1000, tracks: this.#tracks.size });
  }
}
