import { createHash } from 'node:crypto';
import { Schema, type Connection } from 'mongoose';
import type { PushStore, PushSubscription } from '../../domain/push-store.ts';
import { withStoreErrors } from './store-errors.ts';

interface PushDocument extends PushSubscription {
  /** A digest of the session, the seat and the endpoint, because endpoints are long for an id. */
  readonly _id: string;
}

/** Returns the model of push subscriptions. */
export function pushModel(connection: Connection) {
  const subscription = new Schema<PushDocument>(
    {
      _id: String,
      sessionId: String,
      seat: Number,
      endpoint: String,
      p256dh: String,
      auth: String,
      createdAt: Number,
    },
    { collection: 'push_subscriptions', versionKey: false },
  );
  subscription.index({ sessionId: 1, seat: 1 });
  subscription.index({ endpoint: 1 });
  return connection.model('PushSubscription', subscription);
}

/** Stores push subscriptions in MongoDB. */
export class MongoPush implements PushStore {
  readonly #subscriptions: ReturnType<typeof pushModel>;

  constructor({ pushSubscriptions }: { readonly pushSubscriptions: ReturnType<typeof pushModel> }) {
    this.#subscriptions = pushSubscriptions;
  }

  async put(subscription: PushSubscription, limit: number): Promise<void> {
    const { sessionId, seat } = subscription;
    await withStoreErrors(async () => {
      await this.#subscriptions.updateOne(
        { _id: idOf(subscription) },
        { $set: subscription },
        { upsert: true },
      );
      const surplus = await this.#subscriptions
        .find({ sessionId, seat }, { _id: 1 })
        .sort({ createdAt: -1, endpoint: 1 })
        .skip(limit)
        .lean<{ _id: string }[]>();
      if (surplus.length === 0) return;
      await this.#subscriptions.deleteMany({ _id: { $in: surplus.map(({ _id }) => _id) } });
    });
  }

  async ofSession(sessionId: string): Promise<readonly PushSubscription[]> {
    const found = await withStoreErrors(() =>
      this.#subscriptions
        .find({ sessionId }, { _id: 0 })
        .sort({ createdAt: 1, endpoint: 1 })
        .lean<PushSubscription[]>(),
    );
    return found;
  }

  async deleteEndpoint(endpoint: string): Promise<void> {
    await withStoreErrors(() => this.#subscriptions.deleteMany({ endpoint }));
  }

  async deleteSeat(sessionId: string, seat: number): Promise<void> {
    await withStoreErrors(() => this.#subscriptions.deleteMany({ sessionId, seat }));
  }

  /** Deletes the subscriptions of sessions. */
  async deleteAll(sessionIds: readonly string[]): Promise<void> {
    await withStoreErrors(() => this.#subscriptions.deleteMany({ sessionId: { $in: [...sessionIds] } }));
  }
}

function idOf({ sessionId, seat, endpoint }: PushSubscription): string {
  return createHash('sha256')
    .update(JSON.stringify([sessionId, seat, endpoint]))
    .digest('base64url');
}
