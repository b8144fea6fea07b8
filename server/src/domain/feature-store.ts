/**
 * What a feature stores beside the sessions. Deletion, erasure and export are not optional, so that no data of people can be
 * forgotten. Every adapter passes the contract suite of its feature.
 * @throws {TelevisitError} `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface FeatureStore {
  /** Deletes everything of these sessions. */
  purge(sessionIds: readonly string[]): Promise<void>;
  /** Deletes what the person in a seat contributed; what refers to it stays valid. */
  erase(sessionId: string, seat: number): Promise<void>;
  /** Returns what the person in a seat contributed. */
  export(sessionId: string, seat: number): Promise<unknown>;
}

/** The stores of all features that have one, by feature. */
export type FeatureStores = Readonly<Record<string, FeatureStore>>;
