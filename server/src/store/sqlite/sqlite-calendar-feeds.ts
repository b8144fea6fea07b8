import type { DatabaseSync } from 'node:sqlite';
import type { CalendarFeed, CalendarFeedStore } from '../../domain/calendar-feed-store.ts';
import type { GroupCommit } from './group-commit.ts';
import { Statements } from './statements.ts';

/* eslint-disable @typescript-eslint/require-await -- reads are synchronous here; an error must reject, never throw */

export const CALENDAR_FEEDS = `CREATE TABLE calendar_feeds (
  user_id TEXT PRIMARY KEY,
  feed_id TEXT NOT NULL,
  plain INTEGER NOT NULL
) STRICT, WITHOUT ROWID;`;

const ADD = 'INSERT INTO calendar_feeds VALUES (?, ?, ?) ON CONFLICT DO NOTHING';
const REPLACE = 'INSERT OR REPLACE INTO calendar_feeds VALUES (?, ?, ?)';

/** Stores the calendar feeds of people in SQLite. */
export class SqliteCalendarFeeds implements CalendarFeedStore {
  readonly #statements: Statements;
  readonly #commits: GroupCommit;

  constructor(database: DatabaseSync, commits: GroupCommit) {
    this.#statements = new Statements(database);
    this.#commits = commits;
  }

  async find(userId: string): Promise<CalendarFeed | undefined> {
    const row = this.#statements
      .of('SELECT feed_id, plain FROM calendar_feeds WHERE user_id = ?')
      .get(userId);
    return row && { feedId: row.feed_id as string, plain: row.plain === 1 };
  }

  async add(userId: string, feed: CalendarFeed): Promise<CalendarFeed> {
    // Usually the person has one, and a read is cheaper than a commit.
    const known = await this.find(userId);
    if (known) return known;
    await this.#run(ADD, userId, feed);
    return (await this.find(userId)) ?? feed;
  }

  replace(userId: string, feed: CalendarFeed): Promise<void> {
    return this.#run(REPLACE, userId, feed);
  }

  delete(userId: string): Promise<void> {
    return this.#commits.run(() => {
      this.#statements.of('DELETE FROM calendar_feeds WHERE user_id = ?').run(userId);
    });
  }

  #run(sql: string, userId: string, { feedId, plain }: CalendarFeed): Promise<void> {
    return this.#commits.run(() => {
      this.#statements.of(sql).run(userId, feedId, plain ? 1 : 0);
    });
  }
}
