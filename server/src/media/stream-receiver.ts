import type { Source } from '@televisit/shared/vocabulary';
import type { Producer } from 'mediasoup/types';
import type { Recipient, SentStream } from './audience-policy.ts';
import type { Demand } from './camera-demand.ts';

/** A stream of a participant who has joined, with its producer. */
export interface PublishedStream extends SentStream {
  readonly producer: Producer;
}

/** Why a receiver closed. After `router_closed` its owner opens another one on the session's next router. */
export type ReceiverCloseReason = 'requested' | 'router_closed';

/**
 * Receives streams from a session's router and closes with it. The router decides which streams: those of `sources` and
 * `senders` that the audience policy allows. Implementations differ in where the packets go: `WebRtcReceiver` to a browser,
 * `RtpReceiver` to this process or to another one.
 */
export interface StreamReceiver {
  readonly recipient: Recipient;
  /** The sources that it receives if the audience policy allows; a receiver of none only connects. */
  readonly sources: ReadonlySet<Source>;
  /** The people whose streams it receives; null for everyone. */
  readonly senders: ReadonlySet<string> | null;
  readonly closed: boolean;
  readonly consumerCount: number;

  /**
   * Creates a consumer of a stream that is on the receiver's router. Idempotent while the consumer lives.
   * @throws {TelevisitError} `media_unavailable` if the receiver is closed, `bad_media` if the worker refuses
   */
  consume(stream: PublishedStream): Promise<void>;
  /** Closes the consumer of a producer, even one that is still being created. Idempotent. */
  stopConsuming(producerId: string): void;
  /** Returns the best layer of a producer that it uses; null if it uses none. */
  demandOf(producerId: string): Demand;
  /** Calls `listener` once when it closes; at once if it is closed. */
  onClose(listener: () => void): void;
  /** Closes its consumers and transports. Idempotent. */
  close(reason?: ReceiverCloseReason): void;
}
