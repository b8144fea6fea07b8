import { setTimeout as wait } from 'node:timers/promises';
import mongoose, { type Connection, type ConnectOptions, type QueryFilter } from 'mongoose';
import type { ProviderId } from '@televisit/shared/vocabulary';
import type { AuditNote, HistoryEntry } from '../../domain/events.ts';
import {
  appointmentRange,
  MAX_NOTES,
  NEWEST_FIRST,
  type ListOrder,
  type NoStores,
  type Position,
  type SessionChange,
  type SessionFilter,
  type Store,
  type FeatureStore,
  type FeatureStores,
} from '../../domain/session-store.ts';
import type { Session } from '../../domain/session.ts';
import { patchDriver } from './patch-driver.ts';
import { MongoCalendarFeeds } from './mongo-calendar-feeds.ts';
import { MongoConsoleLogins } from './mongo-console-logins.ts';
import { MongoMail } from './mongo-mail.ts';
import { MongoNodes } from './mongo-nodes.ts';
import { MongoMeetingEvents } from './mongo-meeting-events.ts';
import { MongoNotifications } from './mongo-notifications.ts';
import { MongoObservations } from './mongo-observations.ts';
import { MongoPush } from './mongo-push.ts';
import { MongoReceivedEvents } from './mongo-received-events.ts';
import { MongoWebhooks } from './mongo-webhooks.ts';
import { isDuplicate, withStoreErrors } from './store-errors.ts';
import {
  keyField,
  meetingField,
  models,
  toDocument,
  toSession,
  type Models,
  type SessionDocument,
} from './models.ts';

/** How long `open` waits for the database, in milliseconds. */
const START_DEADLINE_MS = 15_000;

const OPTIONS: ConnectOptions = {
  // Acknowledged writes survive the loss of a server.
  writeConcern: { w: 'majority' },
  // Requests fail early rather than pile up; the driver keeps looking for its server.
  serverSelectionTimeoutMS: 2000,
  // Also the time limit of the driver's heartbeat, after which a busy server counts as lost.
  connectTimeoutMS: 5000,
  socketTimeoutMS: 10_000,
  heartbeatFrequencyMS: 1000,
  minHeartbeatFrequencyMS: 250,
  maxPoolSize: 20,
  bufferCommands: false,
  autoIndex: false,
  appName: 'televisit',
};

/** Creates the store of a feature in MongoDB, with the models whose indexes it needs. */
export interface MongoAdapter<S extends FeatureStore> {
  create(connection: Connection): {
    readonly store: S;
    readonly models: readonly { createIndexes(): Promise<unknown> }[];
  };
}

export type MongoAdapters<F extends FeatureStores> = { readonly [Name in keyof F]: MongoAdapter<F[Name]> };

/** The store for several processes, in MongoDB. Every change of a session is an atomic write of one document. */
export class MongoStore<F extends FeatureStores = NoStores> implements Store<F> {
  readonly features: F;
  readonly mail: MongoMail;
  readonly notifications: MongoNotifications;
  readonly push: MongoPush;
  readonly webhooks: MongoWebhooks;
  readonly receivedEvents: MongoReceivedEvents;
  readonly meetingEvents: MongoMeetingEvents;
  readonly nodes: MongoNodes;
  readonly calendarFeeds: MongoCalendarFeeds;
  readonly consoleLogins: MongoConsoleLogins;
  readonly observations: MongoObservations;
  readonly #connection: Connection;
  readonly #models: Models;

  private constructor(connection: Connection, collections: Models, features: F) {
    this.#connection = connection;
    this.#models = collections;
    this.features = features;
    this.mail = new MongoMail(collections);
    this.notifications = new MongoNotifications(collections);
    this.push = new MongoPush(collections);
    this.webhooks = new MongoWebhooks(collections);
    this.receivedEvents = new MongoReceivedEvents(collections);
    this.meetingEvents = new MongoMeetingEvents(collections);
    this.nodes = new MongoNodes(collections);
    this.calendarFeeds = new MongoCalendarFeeds(collections);
    this.consoleLogins = new MongoConsoleLogins(collections);
    this.observations = new MongoObservations(collections);
  }

  /** Connects and creates the indexes. @throws {Error} if the server is unreachable for `deadlineMs` */
  static async open(uri: string, features?: undefined, deadlineMs?: number): Promise<MongoStore>;
  static async open<F extends FeatureStores>(
    uri: string,
    features: MongoAdapters<F>,
    deadlineMs?: number,
  ): Promise<MongoStore<F>>;
  static async open(
    uri: string,
    features: MongoAdapters<FeatureStores> = {},
    deadlineMs = START_DEADLINE_MS,
  ): Promise<MongoStore<FeatureStores>> {
    patchDriver();
    const giveUp = performance.now() + deadlineMs;
    for (;;) {
      const connection = mongoose.createConnection(uri, OPTIONS);
      // Each operation reports its own failure; an 'error' event without a listener would end the process.
      connection.on('error', () => undefined);
      try {
        await connection.asPromise();
        const collections = models(connection);
        const created = Object.entries(features).map(
          ([name, adapter]) => [name, adapter.create(connection)] as const,
        );
        const ofFeatures = created.flatMap(([, one]) => one.models);
        await Promise.all([...Object.values(collections), ...ofFeatures].map((one) => one.createIndexes()));
        const stores = Object.fromEntries(created.map(([name, { store }]) => [name, store]));
        return new MongoStore<FeatureStores>(connection, collections, stores);
      } catch (error) {
        await connection.destroy();
        if (performance.now() > giveUp) {
          const reason = error instanceof Error ? error.message : String(error);
          throw new Error(`The database of MONGO_URI can’t be reached, or refuses us: ${reason}`, {
            cause: error,
          });
        }
        await wait(500);
      }
    }
  }

  insert({ next, events }: SessionChange): Promise<boolean> {
    return withStoreErrors(async () => {
      try {
        await this.#models.sessions.create({ ...toDocument(next), notes: 0, history: events, unsentFrom: 0 });
        return true;
      } catch (error) {
        if (isDuplicate(error)) return false;
        throw error;
      }
    });
  }

  update({ next, events }: SessionChange): Promise<boolean> {
    return withStoreErrors(async () => {
      const { _id, ...document } = toDocument(next);
      const { matchedCount } = await this.#models.sessions.updateOne(
        { _id, version: next.version - 1 },
        {
          $set: document,
          $push: { history: { $each: events } },
          ...(events.length > 0 ? { $min: { unsentFrom: next.eventCount - events.length } } : {}),
        },
      );
      return matchedCount === 1;
    });
  }

  async note(sessionId: string, note: AuditNote): Promise<void> {
    await withStoreErrors(() =>
      this.#models.sessions.updateOne(
        { _id: sessionId, notes: { $lt: MAX_NOTES } },
        { $push: { history: note }, $inc: { notes: 1 } },
      ),
    );
  }

  get(sessionId: string): Promise<Session | undefined> {
    return this.#one({ _id: sessionId });
  }

  async versions(sessionIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const found = await withStoreErrors(() =>
      this.#models.sessions
        .find({ _id: { $in: sessionIds } }, { version: 1 })
        .lean<Pick<SessionDocument, '_id' | 'version'>[]>(),
    );
    return new Map(found.map(({ _id, version }) => [_id, version]));
  }

  findByAppointment(appointmentId: string): Promise<Session | undefined> {
    return this.#one({ appointmentId });
  }

  findByIdempotencyKey(key: string): Promise<Session | undefined> {
    return this.#one({ idempotencyKey: keyField(key) });
  }

  async history(sessionId: string): Promise<readonly HistoryEntry[]> {
    const found = await withStoreErrors(() =>
      this.#models.sessions.findById(sessionId, { history: 1 }).lean<Pick<SessionDocument, 'history'>>(),
    );
    return found?.history ?? [];
  }

  list(
    filter: SessionFilter,
    limit: number,
    after?: Position,
    order: ListOrder = NEWEST_FIRST,
  ): Promise<readonly Session[]> {
    const direction = order.direction === 'asc' ? 1 : -1;
    return this.#many(filterOf(filter, after, order), { [order.by]: direction, _id: direction }, limit);
  }

  due(now: number, limit: number): Promise<readonly Session[]> {
    return this.#many({ dueAt: { $lte: now } }, { dueAt: 1 }, limit);
  }

  dueReminders(now: number, limit: number): Promise<readonly Session[]> {
    return this.#many({ remindAt: { $lte: now } }, { remindAt: 1 }, limit);
  }

  dueMeetings(now: number, limit: number): Promise<readonly Session[]> {
    return this.#many({ meetingAt: { $lte: now } }, { meetingAt: 1 }, limit);
  }

  findByMeeting(provider: ProviderId, meetingId: string): Promise<Session | undefined> {
    return this.#one({ meetingIds: meetingField(provider, meetingId) });
  }

  async countOpenByNode(): Promise<ReadonlyMap<string, number>> {
    const groups = await withStoreErrors(() =>
      this.#models.sessions.aggregate<{ _id: string; open: number }>([
        { $match: { dueAt: { $gt: 0 }, endedAt: null } },
        { $group: { _id: '$nodeId', open: { $sum: 1 } } },
      ]),
    );
    return new Map(groups.map(({ _id, open }) => [_id, open]));
  }

  purge(endedBefore: number, limit: number, undeliveredBefore = endedBefore): Promise<number> {
    return withStoreErrors(async () => {
      const notHeld = { 'body.recordings.legalHold': { $ne: true } };
      const ids = await this.#idsOf({ endedAt: { $lt: undeliveredBefore }, ...notHeld }, limit);
      if (undeliveredBefore < endedBefore && ids.length < limit) {
        const undelivered = await this.#models.webhookQueues.distinct('sessionId');
        const delivered = { unsentFrom: null, _id: { $nin: undelivered } };
        const endedAt = { $gte: undeliveredBefore, $lt: endedBefore };
        ids.push(...(await this.#idsOf({ endedAt, ...delivered, ...notHeld }, limit - ids.length)));
      }
      if (ids.length === 0) return 0;
      // Deletes the sessions last, so that an interrupted purge finds them again.
      for (const feature of Object.values<FeatureStore>(this.features)) await feature.purge(ids);
      await this.mail.deleteAll(ids);
      await this.notifications.deleteAll(ids);
      await this.push.deleteAll(ids);
      await this.webhooks.forgetAll(ids);
      await this.meetingEvents.deleteAll(ids);
      await this.observations.deleteAll(ids);
      const { deletedCount } = await this.#models.sessions.deleteMany({ _id: { $in: ids } });
      return deletedCount;
    });
  }

  async #idsOf(filter: QueryFilter<SessionDocument>, limit: number): Promise<string[]> {
    const found = await this.#models.sessions.find(filter, { _id: 1 }).limit(limit).lean<{ _id: string }[]>();
    return found.map(({ _id }) => _id);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #one(filter: QueryFilter<SessionDocument>): Promise<Session | undefined> {
    const found = await withStoreErrors(() =>
      this.#models.sessions.findOne(filter, { body: 1 }).lean<Pick<SessionDocument, 'body'>>(),
    );
    return found ? toSession(found) : undefined;
  }

  async #many(
    filter: QueryFilter<SessionDocument>,
    sort: Record<string, 1 | -1>,
    limit: number,
  ): Promise<Session[]> {
    const found = await withStoreErrors(() =>
      this.#models.sessions
        .find(filter, { body: 1 })
        .sort(sort)
        .limit(limit)
        .lean<Pick<SessionDocument, 'body'>[]>(),
    );
    return found.map(toSession);
  }
}

function filterOf(
  filter: SessionFilter,
  after: Position | undefined,
  { by, direction }: ListOrder,
): QueryFilter<SessionDocument> {
  const { statuses, appointmentId, userId, courseId, nodeId, endReasons } = filter;
  const appointment = appointmentId === undefined ? undefined : appointmentRange(appointmentId);
  const beyond = direction === 'asc' ? '$gt' : '$lt';
  return {
    ...(statuses ? { status: { $in: [...statuses] } } : {}),
    ...(endReasons ? { 'body.endReason': { $in: [...endReasons] } } : {}),
    ...(appointment ? { appointmentId: { $gte: appointment[0], $lt: appointment[1] } } : {}),
    ...(userId === undefined ? {} : { userIds: userId }),
    ...(courseId === undefined ? {} : { courseId }),
    ...(nodeId === undefined ? {} : { nodeId }),
    ...within('scheduledAt', filter.from, filter.to),
    ...within('endedAt', filter.endedFrom, filter.endedTo),
    ...(after
      ? {
          $or: [{ [by]: { [beyond]: after.at } }, { [by]: after.at, _id: { [beyond]: after.sessionId } }],
        }
      : {}),
  };
}

/** Returns the condition that a time lies in a range, if one is given. */
function within(field: 'scheduledAt' | 'endedAt', from: number | undefined, to: number | undefined) {
  if (from === undefined && to === undefined) return {};
  return {
    [field]: { ...(from === undefined ? {} : { $gte: from }), ...(to === undefined ? {} : { $lt: to }) },
  };
}
