import { Unwrapper } from './unwrapper.ts';

/** Packets this far behind are a restarted numbering if two are in sequence (RFC 3550, A.1). */
const MAX_MISORDER = 1000;

export interface ReorderOptions<T> {
  /** How long a missing packet is waited for, in milliseconds. */
  readonly windowMs: number;
  /** How long earlier packets are waited for at the start, in milliseconds. */
  readonly startMs: number;
  /** How many packets are held at most; with more, those missing are given up early. */
  readonly capacity: number;
  /** Gets the packets in order, each once. */
  readonly onPacket: (packet: T) => void;
  /** Gets the number of packets given up, before the next `onPacket`. */
  readonly onGap: (lost: number) => void;
}

interface Held<T> {
  readonly packet: T;
  readonly arrivedAt: number;
}

/** Puts the packets of a stream in the order of their sequence numbers, and drops duplicates. */
export class ReorderBuffer<T> {
  readonly #options: ReorderOptions<T>;
  readonly #unwrapper = new Unwrapper(16);
  /** In the order of arrival. */
  readonly #held = new Map<number, Held<T>>();
  #next: number | null = null;
  #strayNext: number | null = null;

  constructor(options: ReorderOptions<T>) {
    this.#options = options;
  }

  /** Whether packets wait for a missing one. */
  get waiting(): boolean {
    return this.#held.size > 0;
  }

  /** Takes a packet. @param sequence its sequence number of 16 bits @param now its arrival, in milliseconds */
  push(sequence: number, packet: T, now: number): void {
    const position = this.#unwrapper.near(sequence);
    if (this.#next !== null && position < this.#next) {
      this.#handleLate(position, sequence, packet, now);
      return;
    }
    this.#strayNext = null;
    this.#unwrapper.unwrap(sequence);
    if (this.#held.has(position)) return;
    if (position === this.#next) {
      this.#next = position + 1;
      this.#options.onPacket(packet);
      this.#drain();
      return;
    }
    this.#held.set(position, { packet, arrivedAt: now });
    if (this.#held.size > this.#options.capacity) this.#skip();
  }

  /** Gives up the packets for which the others have waited long enough. */
  advance(now: number): void {
    for (;;) {
      const [oldest] = this.#held.values();
      const { startMs, windowMs } = this.#options;
      const patience = this.#next === null ? startMs : windowMs;
      if (!oldest || now - oldest.arrivedAt < patience) return;
      this.#skip();
    }
  }

  /** Gives up all missing packets. */
  flush(): void {
    while (this.#held.size > 0) this.#skip();
  }

  #handleLate(position: number, sequence: number, packet: T, now: number): void {
    if (this.#next === null || this.#next - position <= MAX_MISORDER) return;
    const restarted = this.#strayNext === sequence;
    this.#strayNext = (sequence + 1) & 0xffff;
    if (!restarted) return;
    this.flush();
    this.#unwrapper.reset();
    this.#next = null;
    this.#strayNext = null;
    this.#options.onGap(0);
    this.push(sequence, packet, now);
  }

  #skip(): void {
    const lowest = Math.min(...this.#held.keys());
    if (this.#next !== null) this.#options.onGap(lowest - this.#next);
    this.#next = lowest;
    this.#drain();
  }

  #drain(): void {
    if (this.#next === null) return;
    for (let held = this.#held.get(this.#next); held; held = this.#held.get(this.#next)) {
      this.#held.delete(this.#next);
      this.#next += 1;
      this.#options.onPacket(held.packet);
    }
  }
}
