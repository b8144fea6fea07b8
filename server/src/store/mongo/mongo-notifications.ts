import { Schema, type Connection } from 'mongoose';
import {
  REPORTABLE,
  type DeliveryReport,
  type Notification,
  type NotificationOutcome,
  type NotificationStore,
} from '../../domain/notification-store.ts';
import { isDuplicate, withStoreErrors } from './store-errors.ts';

/** A notification, with its `notificationId` as the document id. */
interface NotificationDocument extends Omit<Notification, 'notificationId'> {
  readonly _id: string;
}

/** Returns the model of notifications. */
export function notificationModel(connection: Connection) {
  const notification = new Schema<NotificationDocument>(
    {
      _id: String,
      sessionId: String,
      seat: Number,
      kind: String,
      channel: String,
      minutesBefore: Number,
      sequence: Number,
      state: String,
      createdAt: Number,
      dueAt: Number,
      settledAt: Number,
      attempts: Number,
      failures: Number,
      cleared: Number,
      providerId: String,
      error: String,
    },
    { collection: 'notifications', versionKey: false },
  );
  notification.index({ dueAt: 1 });
  notification.index({ sessionId: 1, seat: 1 });
  return connection.model('Notification', notification);
}

/** Stores notifications in MongoDB. */
export class MongoNotifications implements NotificationStore {
  readonly #notifications: ReturnType<typeof notificationModel>;

  constructor({ notifications }: { readonly notifications: ReturnType<typeof notificationModel> }) {
    this.#notifications = notifications;
  }

  async add(notifications: readonly Notification[]): Promise<void> {
    for (const { notificationId, ...notification } of notifications) {
      await withStoreErrors(async () => {
        try {
          await this.#notifications.create({ _id: notificationId, ...notification });
        } catch (error) {
          if (!isDuplicate(error)) throw error;
        }
      });
    }
  }

  claim(now: number, leaseMs: number, limit: number): Promise<readonly Notification[]> {
    return withStoreErrors(async () => {
      const found = await this.#notifications
        .find({ dueAt: { $lte: now } })
        .sort({ dueAt: 1, _id: 1 })
        .limit(limit)
        .lean<NotificationDocument[]>();
      const claimed: Notification[] = [];
      for (const document of found) {
        const { _id, attempts, dueAt } = document;
        const next = { dueAt: now + leaseMs, attempts: attempts + 1 };
        // A concurrent claim changes the attempts, so that only one matches.
        const { matchedCount } = await this.#notifications.updateOne(
          { _id, attempts, dueAt },
          { $set: next },
        );
        if (matchedCount === 1) claimed.push(notificationIn({ ...document, ...next }));
      }
      return claimed;
    });
  }

  settle(claimed: Notification, outcome: NotificationOutcome): Promise<boolean> {
    const pending = outcome.state === 'pending' ? outcome : null;
    const { failures, cleared } = pending ?? claimed;
    const $set = {
      state: outcome.state,
      dueAt: pending?.dueAt ?? null,
      settledAt: outcome.state === 'pending' ? null : outcome.at,
      error: outcome.state === 'sent' ? null : outcome.error,
      failures,
      cleared,
      ...(outcome.state === 'sent' && outcome.providerId !== null ? { providerId: outcome.providerId } : {}),
    };
    return withStoreErrors(async () => {
      const { matchedCount } = await this.#notifications.updateOne(
        { _id: claimed.notificationId, attempts: claimed.attempts, state: 'pending' },
        { $set },
      );
      return matchedCount === 1;
    });
  }

  report(notificationId: string, report: DeliveryReport): Promise<Notification | null> {
    const { state, at, providerId, error } = report;
    const $set = { state, dueAt: null, settledAt: at, error, ...(providerId === null ? {} : { providerId }) };
    return withStoreErrors(async () => {
      const document = await this.#notifications
        .findOneAndUpdate(
          { _id: notificationId, state: { $in: [...REPORTABLE[state]] } },
          { $set },
          { returnDocument: 'after' },
        )
        .lean<NotificationDocument | null>();
      return document && notificationIn(document);
    });
  }

  async ofSession(sessionId: string): Promise<readonly Notification[]> {
    const found = await withStoreErrors(() =>
      this.#notifications.find({ sessionId }).sort({ createdAt: 1, _id: 1 }).lean<NotificationDocument[]>(),
    );
    return found.map(notificationIn);
  }

  async deleteSeat(sessionId: string, seat: number): Promise<void> {
    await withStoreErrors(() => this.#notifications.deleteMany({ sessionId, seat }));
  }

  /** Deletes the notifications of sessions. */
  async deleteAll(sessionIds: readonly string[]): Promise<void> {
    await withStoreErrors(() => this.#notifications.deleteMany({ sessionId: { $in: [...sessionIds] } }));
  }
}

function notificationIn({ _id, ...notification }: NotificationDocument): Notification {
  return { notificationId: _id, ...notification };
}
