/**
 * Stores the ids of accepted events of other meeting providers. Every adapter passes the same contract suite
 * (`test/contract/received-events.ts`).
 * @throws {TelevisitError} `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface ReceivedEvents {
  has(eventId: string): Promise<boolean>;
  /** Adds an id and deletes those added before `forgetBefore`. Safe to repeat, also by several processes at once. */
  add(eventId: string, at: number, forgetBefore: number): Promise<void>;
}
