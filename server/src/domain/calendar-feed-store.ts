/** The calendar feed of a person. */
export interface CalendarFeed {
  /** A random id, which the addresses of the feed and the links in it contain. Another id voids them all. */
  readonly feedId: string;
  /** Whether addresses of releases in which they had no id are valid. */
  readonly plain: boolean;
}

/**
 * Stores the calendar feeds of people, by user id. Every adapter passes the same contract suite
 * (`test/contract/calendar-feeds.ts`).
 * @throws {TelevisitError} `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface CalendarFeedStore {
  find(userId: string): Promise<CalendarFeed | undefined>;
  /** Stores a feed unless the person has one. @returns the stored one */
  add(userId: string, feed: CalendarFeed): Promise<CalendarFeed>;
  /** Stores a feed instead of the one that the person has, if any. */
  replace(userId: string, feed: CalendarFeed): Promise<void>;
  delete(userId: string): Promise<void>;
}
