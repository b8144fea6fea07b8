import { TelevisitError } from '@televisit/shared/errors';
import type { TranscriptFormat } from '@televisit/shared/features/transcripts.vocabulary';
import type { FeatureServices } from '../feature.ts';

/** What identifies a recording. */
export interface LinkedRecording {
  readonly sessionId: string;
  readonly recordingId: string;
}

/** What identifies a file of a recording. */
export interface LinkedFile extends LinkedRecording {
  readonly fileId: string;
}

/** What the query of a link consists of. */
export interface LinkQuery {
  readonly expires?: string | undefined;
  readonly signature?: string | undefined;
}

/** Links to a recording's files, transcript and player that are valid for a limited time. Times are seconds since 1970. */
export class RecordingLinks {
  readonly #options: Pick<FeatureServices, 'signatures' | 'clientBaseUrl' | 'clock'>;

  constructor(options: Pick<FeatureServices, 'signatures' | 'clientBaseUrl' | 'clock'>) {
    this.#options = options;
  }

  /** Returns when a link expires that is valid for so many seconds from now on. */
  expiryIn(seconds: number): number {
    return Math.ceil(this.#options.clock.now() / 1000) + seconds;
  }

  toFile(file: LinkedFile, expires: number): string {
    return `${this.#api(file)}/files/${encodeURIComponent(file.fileId)}/download?${this.queryOfFile(file, expires)}`;
  }

  /** Returns the query of a link to a file. */
  queryOfFile(file: LinkedFile, expires: number): string {
    return this.#query(partsOfFile(file), expires);
  }

  /** Returns a link to a transcript. The signature is the same for all formats. */
  toTranscript(recording: LinkedRecording, format: TranscriptFormat, expires: number): string {
    const query = this.#query(partsOf('transcript', recording), expires);
    return `${this.#api(recording)}/transcript/${format}/download?${query}`;
  }

  /** Returns a link to the page that plays a recording. */
  toPlayer(recording: LinkedRecording, expires: number): string {
    const path = [recording.sessionId, recording.recordingId].map(encodeURIComponent).join('/');
    // Behind the number sign, because that part of an address is in no server's log.
    const secret = this.#query(partsOf('recording-player', recording), expires);
    return `${this.#options.clientBaseUrl()}/recordings/${path}#${secret}`;
  }

  /** Checks a link to a file. @returns when it expires @throws {TelevisitError} `link_signature`, `recording_link_expired` */
  checkFile(file: LinkedFile, query: LinkQuery): number {
    return this.#check(partsOfFile(file), query);
  }

  /** Checks a link to a transcript, as {@link checkFile}. */
  checkTranscript(recording: LinkedRecording, query: LinkQuery): number {
    return this.#check(partsOf('transcript', recording), query);
  }

  /** Checks a link to the player, as {@link checkFile}. */
  checkPlayer(recording: LinkedRecording, query: LinkQuery): number {
    return this.#check(partsOf('recording-player', recording), query);
  }

  #api({ sessionId, recordingId }: LinkedRecording): string {
    const path = [sessionId, 'recordings', recordingId].map(encodeURIComponent).join('/');
    return `${this.#options.clientBaseUrl()}/api/v1/sessions/${path}`;
  }

  #query(parts: readonly string[], expires: number): string {
    const signature = this.#options.signatures.sign(...parts, String(expires));
    return new URLSearchParams({ expires: String(expires), signature }).toString();
  }

  #check(parts: readonly string[], { expires = '', signature }: LinkQuery): number {
    const { signatures, clock } = this.#options;
    if (!signatures.verify(signature, ...parts, expires)) throw new TelevisitError('link_signature');
    if (Number(expires) * 1000 <= clock.now()) throw new TelevisitError('recording_link_expired');
    return Number(expires);
  }
}

/** Returns what the signature of a link covers besides the end of its validity. */
function partsOf(kind: string, { sessionId, recordingId }: LinkedRecording): string[] {
  return [kind, sessionId, recordingId];
}

function partsOfFile(file: LinkedFile): string[] {
  return [...partsOf('recording-file', file), file.fileId];
}
