import type { Clock } from '../core/clock.ts';
import type { CalendarFeedStore } from './calendar-feed-store.ts';
import type { Actor } from './events.ts';
import type { Ids } from './ids.ts';
import { seatIndex, type Session } from './session.ts';
import { allSessions, type SessionStore } from './session-store.ts';
import type { Sessions } from './sessions.ts';

export interface CalendarFeedsOptions {
  readonly feeds: CalendarFeedStore;
  readonly store: SessionStore;
  readonly sessions: Pick<Sessions, 'note'>;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'unique'>;
}

const DAY_MS = 24 * 60 * 60_000;
/** A feed includes visits of the last 30 days … */
const PAST_MS = 30 * DAY_MS;
/** … and of the next 180 days. */
const AHEAD_MS = 180 * DAY_MS;
/** The maximum number of visits in a feed. */
const MAX_VISITS = 5000;

/** The calendar feeds of people: their visits, and the validity of their addresses. */
export class CalendarFeeds {
  readonly #options: CalendarFeedsOptions;

  constructor(options: CalendarFeedsOptions) {
    this.#options = options;
  }

  /** Returns the id for addresses of a person's feed. Every call returns the same until `revoke`. */
  async idOf(userId: string): Promise<string> {
    const { feeds, ids } = this.#options;
    return (await feeds.add(userId, { feedId: ids.unique(), plain: true })).feedId;
  }

  /** Whether addresses with an id are valid. @param feedId null for an address without one, of an earlier release */
  async isValid(userId: string, feedId: string | null): Promise<boolean> {
    const feed = await this.#options.feeds.find(userId);
    return feedId === null ? (feed?.plain ?? true) : feed?.feedId === feedId;
  }

  /**
   * Voids all addresses of a person's feed and the links in it, and records that in the audit logs of the visits that it shows.
   * @returns the number of those visits
   */
  async revoke(userId: string, by: Actor): Promise<number> {
    const { feeds, sessions, ids } = this.#options;
    await feeds.replace(userId, { feedId: ids.unique(), plain: false });
    const visits = await this.visits(userId);
    for (const session of visits) {
      const seat = seatIndex(session, userId);
      await sessions.note(session.sessionId, { type: 'calendar.revoked', seat, by });
    }
    return visits.length;
  }

  /** Returns the visits that a person's feed shows; none from which they were removed. */
  async visits(userId: string): Promise<readonly Session[]> {
    const { store, clock } = this.#options;
    const found: Session[] = [];
    const range = { from: clock.now() - PAST_MS, to: clock.now() + AHEAD_MS };
    for await (const page of allSessions(store, { userId, ...range })) {
      found.push(...page);
      if (found.length >= MAX_VISITS) break;
    }
    return found.filter(({ seats }) =>
      seats.some((seat) => seat.userId === userId && seat.removedAt === null),
    );
  }
}
