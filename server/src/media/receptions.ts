import type { Producer } from 'mediasoup/types';

/** A stream that a receiver gets from a producer. */
interface Reception {
  readonly closed: boolean;
  onClose(listener: () => void): void;
  close(): void;
}

interface Entry<T> {
  opened: Promise<void>;
  reception?: T;
  cancelled: boolean;
}

/** The streams that a receiver gets, at most one from each producer. */
export class Receptions<T extends Reception> {
  readonly #entries = new Map<string, Entry<T>>();

  /** The open ones. */
  get all(): readonly T[] {
    return [...this.#entries.values()].flatMap(({ reception }) => reception ?? []);
  }

  get(producerId: string): T | undefined {
    return this.#entries.get(producerId)?.reception;
  }

  /**
   * Opens a reception unless there is one of this producer, open or being opened. Rejects if `open` does; the next call
   * tries again.
   * @param open returns undefined if the producer can't be received at all; it is not called again for that producer
   * @param onOpened called synchronously with the new reception, unless it was closed meanwhile
   */
  open(
    producer: Producer,
    open: () => Promise<T | undefined>,
    onOpened: (reception: T) => void,
  ): Promise<void> {
    const existing = this.#entries.get(producer.id);
    if (existing) return existing.opened;
    const entry: Entry<T> = { opened: Promise.resolve(), cancelled: false };
    this.#entries.set(producer.id, entry);
    const forget = () => {
      if (this.#entries.get(producer.id) === entry) this.#entries.delete(producer.id);
    };
    entry.opened = open().then(
      (reception) => {
        if (!reception) {
          if (producer.closed) forget();
          else producer.observer.once('close', forget);
        } else if (entry.cancelled || reception.closed) {
          forget();
          reception.close();
        } else {
          entry.reception = reception;
          reception.onClose(forget);
          onOpened(reception);
        }
      },
      (error: unknown) => {
        forget();
        throw error;
      },
    );
    return entry.opened;
  }

  /** Closes the reception of a producer, even one that is being opened. @returns the one that was open, if any */
  close(producerId: string): T | undefined {
    const entry = this.#entries.get(producerId);
    if (!entry) return undefined;
    this.#entries.delete(producerId);
    entry.cancelled = true;
    entry.reception?.close();
    return entry.reception;
  }

  /** Closes all receptions, even those that are being opened. */
  closeAll(): void {
    for (const producerId of [...this.#entries.keys()]) this.close(producerId);
  }
}
