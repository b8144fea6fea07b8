import { TelevisitError } from '@televisit/shared/errors';
import { SOURCES, type Source } from '@televisit/shared/vocabulary';
import type { Router } from 'mediasoup/types';
import type { Recipient } from './audience-policy.ts';
import type { Demand } from './camera-demand.ts';
import { TOP_LAYER } from './received-stream.ts';
import { Receptions } from './receptions.ts';
import { RtpStream, type RtpDelivery } from './rtp-stream.ts';
import type { PublishedStream, ReceiverCloseReason, StreamReceiver } from './stream-receiver.ts';

export interface RtpReceiverListener {
  /** A stream was opened; no packets arrive before its `resume()`. */
  streamStarted(stream: RtpStream): void;
  /** The sender paused the stream, for instance muted the microphone. */
  streamPaused(stream: RtpStream): void;
  streamResumed(stream: RtpStream): void;
  streamClosed(stream: RtpStream): void;
  /** The receiver has closed, after all of its streams. */
  closed(reason: ReceiverCloseReason): void;
}

export interface RtpReceiverOptions {
  /** The name by which the audience policy knows it. */
  readonly receiverId: string;
  /** The sources to receive. Default: all. */
  readonly sources?: readonly Source[];
  /** The people whose streams to receive, by user id. Default: everyone. */
  readonly senders?: readonly string[];
  readonly delivery: RtpDelivery;
  readonly listener: RtpReceiverListener;
}

/** Receives streams as plain RTP, for instance for a recording or a transcription. */
export class RtpReceiver implements StreamReceiver {
  readonly recipient: Recipient;
  readonly sources: ReadonlySet<Source>;
  readonly senders: ReadonlySet<string> | null;
  readonly #router: Router;
  readonly #delivery: RtpDelivery;
  readonly #listener: RtpReceiverListener;
  readonly #onDemandChange: (producerId: string) => void;
  readonly #streams = new Receptions<RtpStream>();
  readonly #closeListeners: (() => void)[] = [];
  #closed = false;

  /** @param onDemandChange called when `demandOf()` may have changed for a producer */
  constructor(router: Router, options: RtpReceiverOptions, onDemandChange: (producerId: string) => void) {
    this.recipient = { kind: 'receiver', receiverId: options.receiverId };
    this.sources = new Set(options.sources ?? SOURCES);
    this.senders = options.senders ? new Set(options.senders) : null;
    this.#router = router;
    this.#delivery = options.delivery;
    this.#listener = options.listener;
    this.#onDemandChange = onDemandChange;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get consumerCount(): number {
    return this.streams.length;
  }

  get streams(): readonly RtpStream[] {
    return this.#streams.all;
  }

  async consume(published: PublishedStream): Promise<void> {
    if (this.#closed) throw new TelevisitError('media_unavailable');
    const { producer } = published;
    await this.#streams.open(
      producer,
      () => RtpStream.open(this.#router, published, this.#delivery),
      (stream) => this.#started(stream),
    );
  }

  stopConsuming(producerId: string): void {
    this.#streams.close(producerId);
  }

  demandOf(producerId: string): Demand {
    const stream = this.#streams.get(producerId);
    return stream?.kind === 'video' && stream.running ? TOP_LAYER : null;
  }

  onClose(listener: () => void): void {
    if (this.#closed) listener();
    else this.#closeListeners.push(listener);
  }

  close(reason: ReceiverCloseReason = 'requested'): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#streams.closeAll();
    this.#listener.closed(reason);
    for (const listener of this.#closeListeners) listener();
  }

  #started(stream: RtpStream): void {
    stream.onSenderPause(() => this.#listener.streamPaused(stream));
    stream.onSenderResume(() => this.#listener.streamResumed(stream));
    stream.onRunningChange(() => this.#onDemandChange(stream.producerId));
    stream.onClose(() => {
      this.#onDemandChange(stream.producerId);
      this.#listener.streamClosed(stream);
    });
    this.#listener.streamStarted(stream);
  }
}
