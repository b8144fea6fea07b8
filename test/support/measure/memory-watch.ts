import { memoryOf } from './process-figures.ts';

/** Samples of a process while it warms up. */
const WARM_SAMPLES = 3;
/** Further samples that are needed to judge its growth. */
const TELLING_SAMPLES = 6;

export interface Growth {
  readonly pid: number;
  readonly warmBytes: number;
  readonly endBytes: number;
}

/** Samples the memory of processes; a restarted process counts as a new one. */
export class MemoryWatch {
  readonly #samples = new Map<number, number[]>();

  /** Samples running processes, by id. */
  sample(pids: readonly number[]): void {
    for (const pid of pids) {
      const bytes = memoryOf(pid);
      if (bytes > 0) this.#samples.set(pid, [...(this.#samples.get(pid) ?? []), bytes]);
    }
  }

  /** Returns how processes with enough samples have grown since they were warm, by the lowest of the last samples. */
  growth(): Growth[] {
    return [...this.#samples].flatMap(([pid, samples]) => {
      if (samples.length < WARM_SAMPLES + TELLING_SAMPLES) return [];
      const warmBytes = Math.max(...samples.slice(0, WARM_SAMPLES));
      return [{ pid, warmBytes, endBytes: Math.min(...samples.slice(-WARM_SAMPLES)) }];
    });
  }
}
