import type { QueryFilter } from 'mongoose';
import { rotated } from '../../core/lists.ts';
import type { SessionEvent } from '../../domain/events.ts';
import type { Session } from '../../domain/session.ts';
import {
  afterAttempt,
  deliveryId,
  MAX_ENDPOINTS,
  replayed,
  type Delivery,
  type DeliveryFilter,
  type DeliveryPosition,
  type DeliveryQueue,
  type Lease,
  type Outcome,
  type UnsentEvents,
  type UnsentSession,
  type WebhookBacklog,
  type WebhookEndpoint,
  type WebhookStore,
} from '../../domain/webhook-store.ts';
import { isDuplicate, withStoreErrors } from './store-errors.ts';
import type { Models, SessionDocument } from './models.ts';
import { toDeliveryDocument, type DeliveryDocument, type QueueDocument } from './webhook-models.ts';

/** The number of processes that can look for queues concurrently without all choosing the same ones. */
const RIVALS = 3;

/** A queue with its document as last read. */
interface MongoQueue extends DeliveryQueue {
  readonly document: QueueDocument;
}

/**
 * Stores the outbox in MongoDB. No write spans two documents: a delivery is written before it is added to its queue, and
 * settled before it is removed from it, so that an interrupted step is repeated.
 */
export class MongoWebhooks implements WebhookStore {
  readonly #models: Models;
  readonly #random: () => number;

  /** @param random from 0 (inclusive) to 1 (exclusive) */
  constructor(models: Models, random: () => number = Math.random) {
    this.#models = models;
    this.#random = random;
  }

  insertEndpoint(endpoint: WebhookEndpoint): Promise<boolean> {
    const { endpointId, createdAt, version, source } = endpoint;
    const { webhookEndpoints } = this.#models;
    return withStoreErrors(async () => {
      const count = source === 'api' ? await webhookEndpoints.countDocuments({ 'body.source': source }) : 0;
      if (count >= MAX_ENDPOINTS) return false;
      return added(webhookEndpoints.create({ _id: endpointId, createdAt, version, body: endpoint }));
    });
  }

  updateEndpoint(next: WebhookEndpoint): Promise<boolean> {
    const { endpointId: _id, version } = next;
    return withStoreErrors(async () => {
      const { matchedCount } = await this.#models.webhookEndpoints.updateOne(
        { _id, version: version - 1 },
        { $set: { version, body: next } },
      );
      return matchedCount === 1;
    });
  }

  deleteEndpoint(endpointId: string): Promise<boolean> {
    const { webhookEndpoints, webhookQueues, webhookDeliveries } = this.#models;
    return withStoreErrors(async () => {
      // First, so that no new deliveries are added to its queues.
      const { deletedCount } = await webhookEndpoints.deleteOne({ _id: endpointId });
      // The queues last: `forgetLost` finds them after an interruption.
      await webhookDeliveries.deleteMany({ endpointId });
      await webhookQueues.deleteMany({ endpointId });
      return deletedCount === 1;
    });
  }

  endpoint(endpointId: string): Promise<WebhookEndpoint | undefined> {
    return withStoreErrors(async () => {
      const found = await this.#models.webhookEndpoints.findById(endpointId).lean();
      return found?.body;
    });
  }

  endpoints(): Promise<readonly WebhookEndpoint[]> {
    return withStoreErrors(async () => {
      const found = await this.#models.webhookEndpoints.find().sort({ createdAt: 1, _id: 1 }).lean();
      return found.map(({ body }) => body);
    });
  }

  unsentSessions(limit: number): Promise<readonly UnsentSession[]> {
    return withStoreErrors(async () => {
      const found = await this.#models.sessions
        .find({ unsentFrom: { $gte: 0 } }, { 'body.eventCount': 1 })
        .limit(limit)
        .lean<{ _id: string; body: Pick<Session, 'eventCount'> }[]>();
      return found.map(({ _id, body }) => ({ sessionId: _id, upTo: body.eventCount }));
    });
  }

  unsent(sessionId: string): Promise<UnsentEvents | undefined> {
    return withStoreErrors(async () => {
      const found = await this.#models.sessions
        .findById(sessionId, { unsentFrom: 1, history: 1 })
        .lean<Pick<SessionDocument, 'unsentFrom' | 'history'>>();
      const from = found?.unsentFrom;
      if (found === null || from === undefined) return undefined;
      const events = found.history.filter(
        (entry): entry is SessionEvent => entry.seq !== null && entry.seq > from,
      );
      return { sessionId, events, upTo: events.at(-1)?.seq ?? from };
    });
  }

  fanOut(sessionId: string, upTo: number, deliveries: readonly Delivery[], now: number): Promise<void> {
    return withStoreErrors(async () => {
      const queues = new Map<string, number[]>();
      for (const { endpointId, event } of await this.#insertAbsent(deliveries)) {
        queues.set(endpointId, [...(queues.get(endpointId) ?? []), event.seq]);
      }
      await this.#enqueue(sessionId, queues, now);
      await this.#sent(sessionId, upTo);
    });
  }

  claim(endpointId: string, lease: Lease, limit: number): Promise<readonly DeliveryQueue[]> {
    return withStoreErrors(async () => {
      const claimed: DeliveryQueue[] = [];
      for (;;) {
        const missing = limit - claimed.length;
        const due = await this.#models.webhookQueues
          .find({ endpointId, dueAt: { $lte: lease.now } })
          .sort({ dueAt: 1 })
          .limit(missing * RIVALS)
          .lean();
        // From a random start, so that processes choose different queues.
        const chosen = rotated(due, this.#random).slice(0, missing);
        const queues = await Promise.all(chosen.map((document) => this.#next(document, lease)));
        claimed.push(...queues.filter((queue) => queue !== null));
        if (claimed.length === limit || chosen.length === due.length) return claimed;
      }
    });
  }

  settle(queue: DeliveryQueue, outcome: Outcome, lease: Lease): Promise<DeliveryQueue | null> {
    return withStoreErrors(async () => {
      const { head } = queue;
      const tried = afterAttempt(head, outcome);
      const { document } = queue as MongoQueue;
      if (tried.state === 'pending' && (await this.#setAside(document, tried, lease))) {
        await this.#update(head, tried);
        return null;
      }
      const held = await this.#held(queue);
      if (!held) return null;
      // A delivery that was replayed in the meantime is pending again and stays on the queue.
      const isDone = (await this.#update(head, tried)) && tried.state !== 'pending';
      const pending = isDone ? held.pending.filter((seq) => seq !== head.event.seq) : held.pending;
      return this.#next({ ...held, pending }, lease);
    });
  }

  async release(queue: DeliveryQueue, dueAt = queue.lease.now): Promise<void> {
    await withStoreErrors(() =>
      this.#models.webhookQueues.updateOne(heldBy(queue), {
        $set: { owner: null, dueAt },
        $inc: { version: 1 },
      }),
    );
  }

  forget(sessionId: string): Promise<void> {
    return this.forgetAll([sessionId]);
  }

  /** Deletes the deliveries of several sessions. */
  forgetAll(sessionIds: readonly string[]): Promise<void> {
    return withStoreErrors(async () => {
      const ofThem = { sessionId: { $in: [...sessionIds] } };
      await this.#models.webhookQueues.deleteMany(ofThem);
      await this.#models.webhookDeliveries.deleteMany(ofThem);
    });
  }

  forgetLost(limit: number): Promise<void> {
    const { webhookEndpoints, webhookQueues, webhookDeliveries } = this.#models;
    return withStoreErrors(async () => {
      const ids = async () => (await this.endpoints()).map(({ endpointId }) => endpointId);
      const found = await webhookQueues
        .find({ endpointId: { $nin: await ids() } })
        .limit(limit)
        .lean();
      for (const { _id, endpointId, sessionId } of found) {
        // The endpoint may have been created after the endpoints were read and before its queue was.
        if (await webhookEndpoints.findById(endpointId).lean()) continue;
        await webhookDeliveries.deleteMany({ endpointId, sessionId });
        await webhookQueues.deleteOne({ _id });
      }
    });
  }

  delivery(id: string): Promise<Delivery | undefined> {
    return withStoreErrors(async () => {
      const found = await this.#models.webhookDeliveries.findById(id).lean();
      return found?.body;
    });
  }

  backlog(endpointIds: readonly string[]): Promise<WebhookBacklog> {
    const pending = { state: 'pending' as const, endpointId: { $in: [...endpointIds] } };
    return withStoreErrors(async () => {
      const count = await this.#models.webhookDeliveries.countDocuments(pending);
      const [oldest] = await this.#models.webhookDeliveries
        .find(pending, { at: 1 })
        .sort({ at: 1 })
        .limit(1)
        .lean<{ at: number }[]>();
      return { pending: count, oldestAt: oldest?.at ?? null };
    });
  }

  deliveries(filter: DeliveryFilter, limit: number, after?: DeliveryPosition): Promise<readonly Delivery[]> {
    return withStoreErrors(async () => {
      const found = await this.#models.webhookDeliveries
        .find(filterOf(filter, after))
        .sort({ at: -1, _id: -1 })
        .limit(limit)
        .lean();
      return found.map(({ body }) => body);
    });
  }

  replay(deliveryIds: readonly string[], now: number): Promise<number> {
    return withStoreErrors(async () => {
      let count = 0;
      for (const id of new Set(deliveryIds)) {
        const delivery = await this.delivery(id);
        if (!delivery) continue;
        const { endpointId, sessionId, event } = delivery;
        const queue = new Map([[endpointId, [event.seq]]]);
        // Before, so that a pending delivery is always on its queue; and again, because a concurrent claim may have
        // removed it.
        await this.#enqueue(sessionId, queue, now);
        if (!(await this.#replayed(delivery, now))) continue;
        await this.#enqueue(sessionId, queue, now);
        await this.#models.webhookQueues.updateOne(
          { _id: queueId(endpointId, sessionId), owner: null, dueAt: { $gt: now } },
          { $set: { dueAt: now }, $inc: { version: 1 } },
        );
        count += 1;
      }
      return count;
    });
  }

  /** Makes a delivery pending again. Repeats if it is being attempted at the same time. */
  async #replayed(seen: Delivery, now: number): Promise<boolean> {
    let found: Delivery | undefined = seen;
    while (found) {
      if (await this.#update(found, replayed(found, now))) return true;
      found = await this.delivery(found.deliveryId);
    }
    return false;
  }

  /** Inserts deliveries that do not exist. @returns those that are pending, because existing ones may be settled */
  async #insertAbsent(deliveries: readonly Delivery[]): Promise<readonly Delivery[]> {
    const { webhookDeliveries } = this.#models;
    if (deliveries.length === 0) return [];
    const documents = deliveries.map(toDeliveryDocument);
    if (await added(webhookDeliveries.insertMany(documents, { ordered: false, lean: true })))
      return deliveries;
    // Another process has inserted some of them. Inserts the others one by one.
    const pending = await Promise.all(
      documents.map(async (document) => {
        if (await added(webhookDeliveries.create(document))) return true;
        return (await this.delivery(document._id))?.state === 'pending';
      }),
    );
    return deliveries.filter((_, index) => pending[index]);
  }

  async #enqueue(
    sessionId: string,
    queues: ReadonlyMap<string, readonly number[]>,
    now: number,
  ): Promise<void> {
    if (queues.size === 0) return;
    const updates = [...queues].map(([endpointId, seqs]) => ({
      updateOne: {
        filter: { _id: queueId(endpointId, sessionId) },
        update: {
          $addToSet: { pending: { $each: [...seqs] } },
          $inc: { version: 1 },
          $setOnInsert: { endpointId, sessionId, dueAt: now, owner: null },
        },
        upsert: true,
      },
    }));
    // Of concurrent upserts of a queue one inserts it; the others repeat and find it.
    while (!(await added(this.#models.webhookQueues.bulkWrite(updates, { ordered: false }))));
  }

  /**
   * Releases a queue until its head is retried.
   * @returns false if the queue has changed, or is held by another process
   */
  async #setAside(seen: QueueDocument, head: Delivery, { now }: Lease): Promise<boolean> {
    const { _id, version } = seen;
    const { nextAttemptAt } = head;
    if (nextAttemptAt === null || nextAttemptAt <= now) return false;
    const { matchedCount } = await this.#models.webhookQueues.updateOne(
      { _id, version },
      { $set: { owner: null, dueAt: nextAttemptAt }, $inc: { version: 1 } },
    );
    return matchedCount === 1;
  }

  /** Marks events as dispatched. Later events stay marked as unsent. */
  async #sent(sessionId: string, upTo: number): Promise<void> {
    const { sessions } = this.#models;
    const all = await sessions.updateOne(
      { _id: sessionId, 'body.eventCount': upTo },
      { $unset: { unsentFrom: '' } },
    );
    if (all.matchedCount > 0) return;
    await sessions.updateOne({ _id: sessionId, unsentFrom: { $lt: upTo } }, { $set: { unsentFrom: upTo } });
  }

  /** Claims a queue as last read, or releases it until its head is due. Deletes a queue without pending deliveries. */
  async #next(seen: QueueDocument, lease: Lease): Promise<MongoQueue | null> {
    const { webhookQueues } = this.#models;
    const { _id, endpointId, sessionId, version } = seen;
    const head = await this.#headOf(seen);
    if (!head) {
      // If a delivery was added in the meantime, the queue stays and can be claimed.
      const { deletedCount } = await webhookQueues.deleteOne({ _id, version });
      if (deletedCount === 0) {
        await webhookQueues.updateOne(
          { _id, owner: seen.owner, dueAt: seen.dueAt },
          { $set: { owner: null, dueAt: lease.now }, $inc: { version: 1 } },
        );
      }
      return null;
    }
    const at = head.nextAttemptAt ?? lease.now;
    const due = at <= lease.now;
    const pending = seen.pending.filter((seq) => seq >= head.event.seq);
    const set = { pending, dueAt: due ? lease.until : at, owner: due ? lease.owner : null };
    const { matchedCount } = await webhookQueues.updateOne(
      { _id, version },
      { $set: set, $inc: { version: 1 } },
    );
    if (matchedCount === 1) {
      const document = { ...seen, ...set, version: version + 1 };
      return due ? { endpointId, sessionId, head, lease, document } : null;
    }
    // A delivery was added, or another process holds the queue now.
    const now = await webhookQueues.findOne({ _id, owner: seen.owner, dueAt: seen.dueAt }).lean();
    return now ? this.#next(now, lease) : null;
  }

  /** Returns the first delivery of a queue that is still pending. */
  async #headOf({ endpointId, sessionId, pending }: QueueDocument): Promise<Delivery | undefined> {
    for (const seq of [...pending].sort((left, right) => left - right)) {
      const delivery = await this.delivery(deliveryId(endpointId, sessionId, seq));
      if (delivery?.state === 'pending') return delivery;
    }
    return undefined;
  }

  /** Returns the document of a queue if this process still holds it. */
  async #held(queue: DeliveryQueue): Promise<QueueDocument | null> {
    return this.#models.webhookQueues.findOne(heldBy(queue)).lean();
  }

  /** Replaces a delivery unless it has changed. @returns whether it was replaced */
  async #update({ deliveryId: _id, since, tries }: Delivery, next: Delivery): Promise<boolean> {
    const { matchedCount } = await this.#models.webhookDeliveries.updateOne(
      { _id, since, tries },
      { $set: { state: next.state, since: next.since, tries: next.tries, body: next } },
    );
    return matchedCount === 1;
  }
}

function queueId(endpointId: string, sessionId: string): string {
  return `${sessionId}.${endpointId}`;
}

function heldBy({ endpointId, sessionId, lease }: DeliveryQueue): QueryFilter<QueueDocument> {
  return { _id: queueId(endpointId, sessionId), owner: lease.owner, dueAt: lease.until };
}

function filterOf(filter: DeliveryFilter, after?: DeliveryPosition): QueryFilter<DeliveryDocument> {
  const { endpointId, sessionId, states, types, from, to } = filter;
  const range = { ...(from === undefined ? {} : { $gte: from }), ...(to === undefined ? {} : { $lt: to }) };
  return {
    ...(endpointId === undefined ? {} : { endpointId }),
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(states ? { state: { $in: [...states] } } : {}),
    ...(types ? { type: { $in: [...types] } } : {}),
    ...(Object.keys(range).length > 0 ? { at: range } : {}),
    ...(after ? { $or: [{ at: { $lt: after.at } }, { at: after.at, _id: { $lt: after.deliveryId } }] } : {}),
  };
}

/** Awaits a write. @returns false if a document with the same key exists */
async function added(writing: PromiseLike<unknown>): Promise<boolean> {
  try {
    await writing;
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}
