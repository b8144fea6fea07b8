import type { WavFile } from '../wav-file.ts';

const SAMPLES_PER_MS = 16;
/** Services limit the size of a file, to 25 MB for instance; this is 19 MB. */
const LONGEST_PIECE = 10 * 60_000 * SAMPLES_PER_MS;
/** Where a piece is cut: at the quietest place of its end. */
const CUT_RANGE = 60_000 * SAMPLES_PER_MS;
const QUIET = 300 * SAMPLES_PER_MS;
const STEP = 50 * SAMPLES_PER_MS;
/** No speech is as quiet as this; models make up text for silence. */
const SILENCE = 100;

export interface SoundPiece {
  readonly samples: Int16Array;
  /** Its place in the file, in milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
}

/** Reads a file in pieces of at most ten minutes, which are cut where nobody speaks if possible. Silent pieces are left out. */
export async function* soundPieces(file: WavFile, longest = LONGEST_PIECE): AsyncGenerator<SoundPiece> {
  for (let start = 0; start < file.length;) {
    const samples = await file.read(start, start + longest);
    const isLast = start + samples.length >= file.length;
    const length = isLast ? samples.length : quietestPlace(samples, Math.min(CUT_RANGE, longest / 2));
    const piece = samples.subarray(0, length);
    const [startMs, endMs] = [start / SAMPLES_PER_MS, (start + length) / SAMPLES_PER_MS];
    if (piece.some((sample) => Math.abs(sample) > SILENCE)) yield { samples: piece, startMs, endMs };
    start += length;
  }
}

/** Returns where to cut samples: in the middle of the quietest stretch of their end. */
function quietestPlace(samples: Int16Array, range: number): number {
  let best = samples.length - QUIET;
  let least = Infinity;
  for (let start = samples.length - range; start + QUIET <= samples.length; start += STEP) {
    const energy = samples.subarray(start, start + QUIET).reduce((sum, sample) => sum + sample * sample, 0);
    if (energy >= least) continue;
    least = energy;
    best = start;
  }
  return Math.floor(best + QUIET / 2);
}
