import type { Source } from '@televisit/shared/vocabulary';

/** An end that receives streams: a participant's connection, or a receiver that is no participant, such as a recorder. */
export type Recipient =
  | { readonly kind: 'participant'; readonly userId: string }
  | { readonly kind: 'receiver'; readonly receiverId: string };

/** A stream that a participant sends. */
export interface SentStream {
  readonly userId: string;
  readonly source: Source;
}

/**
 * Decides which recipients receive which streams of a session. When its answers change, call
 * `SessionRouter.audienceChanged()`, which creates and closes consumers accordingly.
 */
export interface AudiencePolicy {
  mayReceive(recipient: Recipient, stream: SentStream): boolean;
}

/** Lets every recipient receive every stream except those of its own user. */
export const everyoneElse: AudiencePolicy = {
  mayReceive: (recipient, { userId }) => recipient.kind !== 'participant' || recipient.userId !== userId,
};
