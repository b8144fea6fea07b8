/**
 * The ids of events that other providers sent and that were taken. Every adapter passes the same contract suite
 * (`test/contract/received-events.ts`).
 * @throws TelevisitError `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface ReceivedEvents {
  has(eventId: string): Promise<boolean>;
  /** Notes one, and forgets those noted before a time. May be repeated, and by several processes at once. */
  add(eventId: string, at: number, forgetBefore: number): Promise<void>;
}
