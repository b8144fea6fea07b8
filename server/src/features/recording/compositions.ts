import { createHash } from 'node:crypto';
import { TelevisitError } from '@televisit/shared/errors';
import { COMPOSITION_LAYOUTS, type CompositionLayout } from '@televisit/shared/features/recording.vocabulary';
import { requireRecording } from './rules.ts';
import { change } from '../../domain/change.ts';
import { SYSTEM } from '../../domain/events.ts';
import type { Session } from '../../domain/session.ts';
import type { Sessions } from '../../domain/sessions.ts';
import type { NewJob, RecordingJobs } from './jobs.ts';
import type { RecordingJob, RecordingStore, StoredFile } from './recording-store.ts';

export interface CompositionsOptions {
  readonly store: RecordingStore;
  readonly sessions: Sessions;
  readonly jobs: RecordingJobs;
}

/** What a job of the kind `composition` has to do. */
export interface CompositionSettings {
  readonly layout: CompositionLayout;
  readonly names: boolean;
  /** Identifies the files of streams that it is made of. */
  readonly sources: string;
}

/** What is wanted of a composition. */
export type WantedComposition = Pick<CompositionSettings, 'layout' | 'names'>;

/** Queues the compositions of recordings: when they are wanted, and again when the files they are made of have changed. */
export class Compositions {
  readonly #options: CompositionsOptions;

  constructor(options: CompositionsOptions) {
    this.#options = options;
  }

  /**
   * Queues a composition, unless there is one of the same layout, names and files. Idempotent.
   * @throws {TelevisitError} `session_not_found`, `recording_not_found`, `recording_not_ready`
   */
  async request(sessionId: string, recordingId: string, wanted: WantedComposition): Promise<RecordingJob> {
    const { store, sessions } = this.#options;
    const recording = requireRecording(await sessions.get(sessionId), recordingId);
    if (recording.readyAt === null) throw new TelevisitError('recording_not_ready');
    await this.#ensure(sessionId, recordingId, wanted);
    const jobId = jobIdOf(recordingId, wanted.layout);
    const job = (await store.jobs(sessionId)).find((one) => one.jobId === jobId);
    // The recording was deleted meanwhile.
    if (!job) throw new TelevisitError('recording_not_found');
    return job;
  }

  /** Queues the composition that the session wants of a recording that is ready, and those that files were added to. */
  async recordingReady({ sessionId, options }: Session, recordingId: string): Promise<void> {
    const files = await this.#options.store.files(sessionId);
    if (streamsOf(files.filter((file) => file.recordingId === recordingId)).length === 0) return;
    const known = await this.#wantedOf(sessionId, recordingId);
    const layout = COMPOSITION_LAYOUTS.find((one) => one === options.composition);
    const isKnown = known.some((one) => one.layout === layout);
    const wanted = layout && !isKnown ? [...known, { layout, names: true }] : known;
    for (const one of wanted) await this.#ensure(sessionId, recordingId, one);
  }

  /** Makes the compositions of a session again, without the files of a person, which have been dropped. */
  async personErased({ sessionId, recordings }: Session): Promise<void> {
    for (const { recordingId } of recordings) {
      for (const wanted of await this.#wantedOf(sessionId, recordingId)) {
        await this.#ensure(sessionId, recordingId, wanted);
      }
    }
  }

  async #wantedOf(sessionId: string, recordingId: string): Promise<readonly WantedComposition[]> {
    return (await this.#options.store.jobs(sessionId)).flatMap((job) =>
      job.recordingId === recordingId && job.kind === 'composition' ? [settingsOf(job)] : [],
    );
  }

  async #ensure(sessionId: string, recordingId: string, { layout, names }: WantedComposition): Promise<void> {
    const { store, jobs } = this.#options;
    const files = (await store.files(sessionId)).filter((file) => file.recordingId === recordingId);
    const settings: CompositionSettings = { layout, names, sources: sourcesOf(files) };
    const jobId = jobIdOf(recordingId, layout);
    const known = (await store.jobs(sessionId)).find((one) => one.jobId === jobId);
    const isMade = known?.status !== 'done' || files.some((file) => file.jobId === jobId);
    if (known && known.status !== 'failed' && isMade && isSame(settingsOf(known), settings)) return;
    const job: NewJob = { jobId, sessionId, recordingId, kind: 'composition', settings: { ...settings } };
    await jobs.put(job);
  }
}

/** Returns the settings of a job of the kind `composition`. */
export function settingsOf({ settings }: Pick<RecordingJob, 'settings'>): CompositionSettings {
  return settings as unknown as CompositionSettings;
}

/** Returns the files that are composed. */
export function streamsOf(files: readonly StoredFile[]): readonly StoredFile[] {
  return files.filter(({ kind, seat, source }) => kind === 'stream' && seat !== null && source !== null);
}

/** Returns what identifies the files that a composition is made of. */
export function sourcesOf(files: readonly StoredFile[]): string {
  const ids = streamsOf(files).map(({ fileId }) => fileId);
  return createHash('sha256').update(JSON.stringify(ids.sort())).digest('hex').slice(0, 16);
}

/** Records that a recording was composed. Null if it was deleted. */
export function composed(session: Session, recordingId: string, layout: CompositionLayout, now: number) {
  if (!session.recordings.some((one) => one.recordingId === recordingId)) return null;
  return change(session, {}, now, SYSTEM, { type: 'recording.composed', recordingId, layout });
}

function jobIdOf(recordingId: string, layout: CompositionLayout): string {
  return `${recordingId}-${layout}`;
}

function isSame(left: CompositionSettings, right: CompositionSettings): boolean {
  return left.layout === right.layout && left.names === right.names && left.sources === right.sources;
}
