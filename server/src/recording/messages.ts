import type { RecorderFailure } from './recorder-error.ts';
import type { TrackCodec, TrackResult } from './track-summary.ts';

/** From the server to its recorder process. */
export type RecorderCommand =
  | {
      readonly type: 'open';
      readonly id: number;
      readonly file: string;
      readonly kind: 'audio' | 'video';
      /** The server's clock minus the machine's monotonic one, in milliseconds, so that both write the same times. */
      readonly clockOffset: number;
    }
  | { readonly type: 'start'; readonly id: number; readonly codec: TrackCodec }
  | { readonly type: 'close'; readonly id: number };

/** From the recorder process to its server. */
export type RecorderReport =
  | { readonly type: 'opened'; readonly id: number; readonly port: number }
  | { readonly type: 'keyFrameNeeded'; readonly id: number }
  /** The times of a file were corrected in a pause. */
  | { readonly type: 'moved'; readonly id: number; readonly byMs: number }
  | { readonly type: 'closed'; readonly id: number; readonly result: TrackResult }
  | {
      readonly type: 'failed';
      readonly id: number;
      readonly code: RecorderFailure;
      readonly message: string;
    }
  /** At the start, and once a second. `cpuMs` is the CPU time that the process has used so far. */
  | { readonly type: 'status'; readonly cpuMs: number; readonly tracks: number };

/** Arguments of the recorder process: settings that all of its tracks share. */
export interface RecorderSettings {
  /** How much may wait for the disk, in bytes. */
  readonly memoryLimit: number;
}

/** Returns the time of the machine's monotonic clock in milliseconds, which all of its processes share. */
export function monotonicTime(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
