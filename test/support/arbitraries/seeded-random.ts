import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** Random choices that repeat for the same seed. */
export class SeededRandom {
  readonly #generator: RandomGenerator;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** Returns a number of at least `low` and less than `high`. */
  between(low: number, high: number): number {
    return low + uniformFloat64(this.#generator) * (high - low);
  }

  /** Returns one of the elements; undefined if there are none. */
  pick<T>(elements: readonly [T, ...T[]]): T;
  pick<T>(elements: readonly T[]): T | undefined;
  pick<T>(elements: readonly T[]): T | undefined {
    return elements.length === 0 ? undefined : elements[uniformInt(this.#generator, 0, elements.length - 1)];
  }
}
