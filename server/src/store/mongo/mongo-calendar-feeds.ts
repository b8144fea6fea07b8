import { Schema, type Connection } from 'mongoose';
import type { CalendarFeed, CalendarFeedStore } from '../../domain/calendar-feed-store.ts';
import { isDuplicate, withStoreErrors } from './store-errors.ts';

interface CalendarFeedDocument extends CalendarFeed {
  /** The user id. */
  readonly _id: string;
}

/** Returns the model of the calendar feeds of people. */
export function calendarFeedModel(connection: Connection) {
  const feed = new Schema<CalendarFeedDocument>(
    { _id: String, feedId: String, plain: Boolean },
    { collection: 'calendar_feeds', versionKey: false },
  );
  return connection.model('CalendarFeed', feed);
}

/** Stores the calendar feeds of people in MongoDB. */
export class MongoCalendarFeeds implements CalendarFeedStore {
  readonly #feeds: ReturnType<typeof calendarFeedModel>;

  constructor({ calendarFeeds }: { readonly calendarFeeds: ReturnType<typeof calendarFeedModel> }) {
    this.#feeds = calendarFeeds;
  }

  async find(userId: string): Promise<CalendarFeed | undefined> {
    const found = await withStoreErrors(() => this.#feeds.findById(userId).lean<CalendarFeedDocument>());
    return found ? { feedId: found.feedId, plain: found.plain } : undefined;
  }

  async add(userId: string, feed: CalendarFeed): Promise<CalendarFeed> {
    const known = await this.find(userId);
    if (known) return known;
    await withStoreErrors(async () => {
      try {
        await this.#feeds.create({ _id: userId, ...feed });
      } catch (error) {
        if (!isDuplicate(error)) throw error;
      }
    });
    return (await this.find(userId)) ?? feed;
  }

  async replace(userId: string, feed: CalendarFeed): Promise<void> {
    await withStoreErrors(() => this.#feeds.updateOne({ _id: userId }, { $set: feed }, { upsert: true }));
  }

  async delete(userId: string): Promise<void> {
    await withStoreErrors(() => this.#feeds.deleteOne({ _id: userId }));
  }
}
