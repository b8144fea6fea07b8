/** Extends numbers of a fixed width, which wrap around, to numbers that continue. */
export class Unwrapper {
  readonly #span: number;
  #last: number | null = null;

  constructor(bits: 16 | 32) {
    this.#span = 2 ** bits;
  }

  /** Returns the number nearest to the previous one; the first one is itself. */
  unwrap(value: number): number {
    this.#last = this.near(value);
    return this.#last;
  }

  /** Returns the same without making it the previous one. */
  near(value: number): number {
    if (this.#last === null) return value;
    const forward = (((value - this.#last) % this.#span) + this.#span) % this.#span;
    return this.#last + (forward < this.#span / 2 ? forward : forward - this.#span);
  }

  /** Forgets the previous number: the next one begins again. */
  reset(): void {
    this.#last = null;
  }
}
