import type { TrackCodec } from '../../recording/track-summary.ts';
import type { SpeechFailure } from '../speech-error.ts';
import type { CaptionFiles, WhisperFiles } from '../speech-folder.ts';

/** What the process transcribes with. */
export type LiveEngine =
  | {
      readonly type: 'local';
      readonly files: CaptionFiles;
      /** For languages other than English; null if it is not installed. */
      readonly whisper: WhisperFiles | null;
    }
  | { readonly type: 'deepgram'; readonly url: string; readonly apiKey: string | null };

/** From the server to its speech process. */
export type LiveCommand =
  /** The first command; not an argument of the process, which every user of the machine can see. */
  | { readonly type: 'configure'; readonly engine: LiveEngine }
  | {
      readonly type: 'open';
      readonly id: number;
      readonly language: string;
      readonly vocabulary: readonly string[];
      /** The server's clock minus the machine's monotonic one, in milliseconds, so that both have the same times. */
      readonly clockOffset: number;
    }
  | { readonly type: 'start'; readonly id: number; readonly codec: TrackCodec }
  | { readonly type: 'close'; readonly id: number; readonly discard: boolean };

/** About one track. */
export type LiveTrackReport =
  | { readonly type: 'opened'; readonly id: number; readonly port: number }
  | { readonly type: 'interim'; readonly id: number; readonly utterance: number; readonly text: string }
  | {
      readonly type: 'final';
      readonly id: number;
      readonly utterance: number;
      readonly text: string;
      readonly startedAt: number;
      readonly endedAt: number;
    }
  | { readonly type: 'closed'; readonly id: number }
  | {
      readonly type: 'failed';
      readonly id: number;
      readonly code: SpeechFailure;
      readonly message: string;
    };

/** From the speech process to its server. */
export type LiveReport =
  | LiveTrackReport
  /** Once a second. `waitingMs` is how much speech waits to be transcribed. */
  | { readonly type: 'status'; readonly cpuMs: number; readonly waitingMs: number };
