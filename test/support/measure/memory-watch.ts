import { memoryOf } from './process-figures.ts';

/** So many samples a process is given to warm up. */
const WARM_SAMPLES = 3;
/** So many more say something of it. */
const TELLING_SAMPLES = 6;

export interface Growth {
  readonly pid: number;
  readonly warmBytes: number;
  readonly endBytes: number;
}

/** Looks at the memory of processes from time to time; those that were started in between begin anew. */
export class MemoryWatch {
  readonly #samples = new Map<number, number[]>();

  /** Of processes that run now, by id. */
  sample(pids: readonly number[]): void {
    for (const pid of pids) {
      const bytes = memoryOf(pid);
      if (bytes > 0) this.#samples.set(pid, [...(this.#samples.get(pid) ?? []), bytes]);
    }
  }

  /** How processes that were watched for long enough have grown since they were warm, the least of the last few looks. */
  growth(): Growth[] {
    return [...this.#samples].flatMap(([pid, samples]) => {
      if (samples.length < WARM_SAMPLES + TELLING_SAMPLES) return [];
      const warmBytes = Math.max(...samples.slice(0, WARM_SAMPLES));
      return [{ pid, warmBytes, endBytes: Math.min(...samples.slice(-WARM_SAMPLES)) }];
    });
  }
}
