/** A browser of a person that receives push messages about a visit (Push API). */
export interface PushSubscription {
  readonly sessionId: string;
  /** The index of the seat in the session's `seats`. */
  readonly seat: number;
  /** The address of the browser at its push service; whoever knows it can send to it. */
  readonly endpoint: string;
  /** The public key of the browser (RFC 8291), in base64url. */
  readonly p256dh: string;
  /** The authentication secret of the browser (RFC 8291), in base64url. */
  readonly auth: string;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
}

/**
 * Stores push subscriptions. A resolved promise means that the write is on disk. Every adapter passes the same contract
 * suite (`test/contract/notification-store.ts`).
 * @throws {TelevisitError} `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface PushStore {
  /**
   * Stores a subscription, or replaces that of the same seat and endpoint. The oldest ones of the seat beyond `limit` are
   * deleted.
   */
  put(subscription: PushSubscription, limit: number): Promise<void>;
  /** Returns the subscriptions of a session, oldest first. */
  ofSession(sessionId: string): Promise<readonly PushSubscription[]>;
  /** Deletes the subscriptions of an endpoint in every session. */
  deleteEndpoint(endpoint: string): Promise<void>;
  /** Deletes the subscriptions of one seat. */
  deleteSeat(sessionId: string, seat: number): Promise<void>;
}
