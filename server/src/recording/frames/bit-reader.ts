/** Reads a bit stream from the most significant bit on. Beyond the end all bits are 0; `overrun` says so. */
export class BitReader {
  readonly #data: Uint8Array;
  #position = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  get overrun(): boolean {
    return this.#position > this.#data.length * 8;
  }

  /** Returns an unsigned number of up to 32 bits. */
  bits(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index++) {
      const byte = this.#data[this.#position >> 3] ?? 0;
      value = value * 2 + ((byte >> (7 - (this.#position & 7))) & 1);
      this.#position += 1;
    }
    return value;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  /** Returns an unsigned Exp-Golomb number (ITU-T H.264, 9.1). */
  unsigned(): number {
    let zeros = 0;
    while (!this.flag()) {
      zeros += 1;
      if (zeros > 32 || this.overrun) return 0;
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** Returns a signed Exp-Golomb number. */
  signed(): number {
    const value = this.unsigned();
    return value % 2 === 1 ? (value + 1) / 2 : -value / 2;
  }
}
