import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { runFfmpeg } from './ffmpeg.ts';

/** One run of FFmpeg, which makes one file. */
export interface Step {
  /** The name of the file. */
  readonly output: string;
  /** Returns the arguments. @param output the name under which the file is written until it is complete */
  readonly arguments: (output: string) => readonly string[];
  /** About how long it takes, compared with others. */
  readonly weight: number;
  /** The length of what it makes, in seconds. */
  readonly seconds: number;
}

export interface StepsOptions {
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** The sum of the weights of all steps. */
  readonly weight: number;
  /** Called with how much is done, from 0 to 1. */
  readonly onProgress: (progress: number) => void;
}

/** Runs steps one after the other. A file that is there was made before a crash, and is not made again. */
export class Steps {
  readonly #options: StepsOptions;
  #done = 0;

  constructor(options: StepsOptions) {
    this.#options = options;
  }

  /** @throws {CompositionError} as `runFfmpeg` does */
  async run({ output, arguments: argumentsFor, weight, seconds }: Step): Promise<void> {
    const { folder, signal, clock } = this.#options;
    if (!existsSync(join(folder, output))) {
      const partial = `partial-${output}`;
      await runFfmpeg({
        arguments: argumentsFor(partial),
        folder,
        signal,
        clock,
        onProgress: (made) => this.#report(weight * Math.min(1, made / Math.max(seconds, 0.001))),
      });
      await rename(join(folder, partial), join(folder, output));
    }
    this.#done += weight;
    this.#report(0);
  }

  #report(ofCurrent: number): void {
    const { weight, onProgress } = this.#options;
    onProgress(Math.min(1, (this.#done + ofCurrent) / Math.max(weight, 0.001)));
  }
}
