import type { PushSubscription } from '../domain/push-store.ts';
import type { PushPayload } from './notification-content.ts';

interface Outgoing {
  /** Identifies the notification at the provider, as long as it knows such keys. */
  readonly key: string;
  /** When the message has no use any longer, in milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

export interface OutgoingSms extends Outgoing {
  readonly channel: 'sms';
  /** E.164. */
  readonly to: string;
  readonly text: string;
  /** When the notification was planned, in milliseconds since the Unix epoch. */
  readonly since: number;
  /** Whether an earlier attempt may have been accepted without this server knowing. */
  readonly mayBeKnown: boolean;
}

export interface OutgoingPush extends Outgoing {
  readonly channel: 'push';
  readonly to: PushSubscription;
  readonly payload: PushPayload;
  readonly urgent: boolean;
}

/**
 * What a provider says to a message. `refused`: it will not be sent; `permanent`: nor will any other to this recipient.
 * `retry`: later, at the provider's wish after `afterMs`; `certain`: the message was certainly not accepted.
 */
export type Answer =
  | { readonly outcome: 'accepted'; readonly providerId: string | null }
  | { readonly outcome: 'refused'; readonly permanent: boolean; readonly code: string }
  | {
      readonly outcome: 'retry';
      readonly afterMs: number | null;
      readonly code: string;
      readonly certain: boolean;
    };

/** Sends messages by one channel. */
export interface Notifier<M extends OutgoingSms | OutgoingPush> {
  /** Never throws because of the provider; the answer has no numbers, addresses or texts. */
  send(message: M, signal: AbortSignal): Promise<Answer>;
  /** Ends the requests under way. Idempotent. */
  close(): void;
}

/** The code of a person who wants no more text messages. */
export const OPTED_OUT = 'opted_out';
