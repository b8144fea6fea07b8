import { summaryFile, type TrackResult } from '../track-summary.ts';
import { AppendFile } from './append-file.ts';

/** How often the files are given to the operating system, which keeps them if this process is killed. */
const FLUSH_MS = 250;
/** How often they are synced to the disk, which keeps them if the machine dies. */
const SYNC_MS = 5000;

/** The two files of a track: the recording and, beside it, what is known of it. */
export class TrackFiles {
  readonly #recording: AppendFile;
  readonly #summary: AppendFile;
  #flushedAt = 0;
  #syncedAt = 0;
  #written: Pick<TrackResult, 'startedAt' | 'endedAt'> = { startedAt: null, endedAt: null };
  /** Is called when a file cannot be written. */
  onError: (error: unknown) => void = () => undefined;

  private constructor(recording: AppendFile, summary: AppendFile) {
    this.#recording = recording;
    this.#summary = summary;
  }

  /** @throws if one of the files exists or cannot be created */
  static async create(file: string): Promise<TrackFiles> {
    let files: TrackFiles | null = null;
    const onError = (error: unknown) => files?.onError(error);
    const recording = await AppendFile.create(file, onError);
    try {
      files = new TrackFiles(recording, await AppendFile.create(summaryFile(file), onError));
      return files;
    } catch (error) {
      await recording.abandon();
      throw error;
    }
  }

  get bytes(): number {
    return this.#recording.bytes;
  }

  get pendingBytes(): number {
    return this.#recording.pendingBytes;
  }

  append(data: Uint8Array): void {
    this.#recording.append(data);
  }

  /** Flushes and syncs when due, and writes the result so far when its start has changed, and every few seconds. */
  tick(now: number, result: () => TrackResult): void {
    if (now - this.#flushedAt < FLUSH_MS) return;
    this.#flushedAt = now;
    this.#recording.flush();
    const current = result();
    const isSyncDue = now - this.#syncedAt >= SYNC_MS;
    const hasStart = current.startedAt !== this.#written.startedAt;
    if (hasStart || (isSyncDue && current.endedAt !== this.#written.endedAt)) this.#writeSummary(current);
    this.#summary.flush();
    if (!isSyncDue) return;
    this.#syncedAt = now;
    void this.#recording.sync();
    void this.#summary.sync();
  }

  /** Writes everything and closes. @param result is asked for the last line, when the recording is complete */
  async close(result: () => TrackResult): Promise<void> {
    await this.#recording.close();
    this.#writeSummary(result());
    await this.#summary.close();
  }

  /** Closes the files without what is pending. */
  async abandon(): Promise<void> {
    await Promise.all([this.#recording.abandon(), this.#summary.abandon()]);
  }

  #writeSummary(result: TrackResult): void {
    this.#written = result;
    this.#summary.append(Buffer.from(`${JSON.stringify(result)}\n`));
  }
}
