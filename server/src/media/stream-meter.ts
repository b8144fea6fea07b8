import type { Consumer, Producer, Transport } from 'mediasoup/types';
import type { Clock } from '../core/clock.ts';
import { every, type Loop } from '../core/timing.ts';

/** Is told what passes through the transports of clients. */
export interface StreamObserver {
  /** @param bytes since the last call for this direction and kind; `in` is what clients send */
  media(direction: 'in' | 'out', kind: 'audio' | 'video', bytes: number): void;
  /** A client was asked for a key frame (RFC 4585, 6.3.1; RFC 5104, 4.3.1). */
  keyFrameRequested(): void;
}

export interface StreamMeterOptions {
  readonly observer: StreamObserver;
  readonly clock: Clock;
}

/** The pause between two readings, in milliseconds. Each asks the worker once for every stream. */
export const READ_MS = 10_000;

interface Stream {
  readonly of: Producer | Consumer;
  readonly direction: 'in' | 'out';
  /** At the last reading. */
  bytes: number;
}

/** Measures the streams of clients. What passes between the last reading and the end of a stream is not counted. */
export class StreamMeter {
  readonly #observer: StreamObserver;
  readonly #streams = new Set<Stream>();
  readonly #reading: Loop;

  constructor({ observer, clock }: StreamMeterOptions) {
    this.#observer = observer;
    this.#reading = every(
      clock,
      READ_MS,
      (signal) => this.#read(signal),
      () => undefined,
    );
  }

  /** Measures all streams of a transport from now on. */
  watch({ observer }: Pick<Transport, 'observer'>): void {
    observer.on('newproducer', (producer) => {
      producer.observer.once('close', this.#add(producer, 'in'));
      if (producer.kind !== 'video') return;
      producer.on('trace', () => this.#observer.keyFrameRequested());
      // The stream may close during the request.
      producer.enableTraceEvent(['pli', 'fir']).catch(() => undefined);
    });
    observer.on('newconsumer', (consumer) => consumer.observer.once('close', this.#add(consumer, 'out')));
  }

  /** Resolves when no reading is under way. */
  stop(): Promise<void> {
    return this.#reading.stop();
  }

  /** @returns a function that forgets the stream */
  #add(of: Producer | Consumer, direction: 'in' | 'out'): () => void {
    const stream = { of, direction, bytes: 0 };
    this.#streams.add(stream);
    return () => void this.#streams.delete(stream);
  }

  /** Reads in sequence, so that thousands of streams block neither a worker nor this process. */
  async #read(signal: AbortSignal): Promise<void> {
    for (const stream of [...this.#streams]) {
      if (signal.aborted) return;
      const { of, direction, bytes: before } = stream;
      if (of.closed) continue;
      const stats = await of.getStats().catch(() => []);
      const type = direction === 'in' ? 'inbound-rtp' : 'outbound-rtp';
      const bytes = stats.reduce((sum, row) => sum + (row.type === type ? row.byteCount : 0), 0);
      // A sender that restarts a stream restarts its count.
      if (bytes > before) this.#observer.media(direction, of.kind, bytes - before);
      stream.bytes = bytes;
    }
  }
}
