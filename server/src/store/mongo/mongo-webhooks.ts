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
  type WebhookEndpoint,
  type WebhookStore,
} from '../../domain/webhook-store.ts';
import { isDuplicate, reachable } from './availability.ts';
import type { Models, SessionDocument } from './models.ts';
import {
  toDeliveryDocument,
  type DeliveryDocument,
  type EndpointDocument,
  type QueueDocument,
} from './webhook-models.ts';

/** So many processes may look for queues at once without all of them choosing the same ones. */
const RIVALS = 3;

/** A queue with its document as it was last seen. */
interface MongoQueue extends DeliveryQueue {
  readonly document: QueueDocument;
}

/**
 * The outbox in collections of its own. No write spans two documents: a delivery is written before the queue that leads to
 * it, and is done with before the queue forgets it, so what breaks off in between is done once more.
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
    return reachable(async () => {
      const count = source === 'api' ? await webhookEndpoints.countDocuments({ 'body.source': source }) : 0;
      if (count >= MAX_ENDPOINTS) return false;
      return added(webhookEndpoints.create({ _id: endpointId, createdAt, version, body: endpoint }));
    });
  }

  updateEndpoint(next: WebhookEndpoint): Promise<boolean> {
    const { endpointId: _id, version } = next;
    return reachable(async () => {
      const { matchedCount } = await this.#models.webhookEndpoints.updateOne(
        { _id, version: version - 1 },
        { $set: { version, body: next } },
      );
      return matchedCount === 1;
    });
  }

  deleteEndpoint(endpointId: string): Promise<boolean> {
    const { webhookEndpoints, webhookQueues, webhookDeliveries } = this.#models;
    return reachable(async () => {
      // First, so that nothing new is put on its queues.
      const { deletedCount } = await webhookEndpoints.deleteOne({ _id: endpointId });
      // The queues last: where this breaks off, `forgetLost` finds them.
      await webhookDeliveries.deleteMany({ endpointId });
      await webhookQueues.deleteMany({ endpointId });
      return deletedCount === 1;
    });
  }

  endpoint(endpointId: string): Promise<WebhookEndpoint | undefined> {
    return reachable(async () => {
      const found = await this.#models.webhookEndpoints.findById(endpointId).lean<EndpointDocument>();
      return found?.body;
    });
  }

  endpoints(): Promise<readonly WebhookEndpoint[]> {
    return reachable(async () => {
      const found = await this.#models.webhookEndpoints
        .find()
        .sort({ createdAt: 1, _id: 1 })
        .lean<EndpointDocument[]>();
      return found.map(({ body }) => body);
    });
  }

  unsentSessions(limit: number): Promise<readonly UnsentSession[]> {
    return reachable(async () => {
      const found = await this.#models.sessions
        .find({ unsentFrom: { $gte: 0 } }, { 'body.eventCount': 1 })
        .limit(limit)
        .lean<{ _id: string; body: Pick<Session, 'eventCount'> }[]>();
      return found.map(({ _id, body }) => ({ sessionId: _id, upTo: body.eventCount }));
    });
  }

  unsent(sessionId: string): Promise<UnsentEvents | undefined> {
    return reachable(async () => {
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
    return reachable(async () => {
      const queues = new Map<string, number[]>();
      for (const { endpointId, event } of await this.#insertAbsent(deliveries)) {
        queues.set(endpointId, [...(queues.get(endpointId) ?? []), event.seq]);
      }
      await this.#enqueue(sessionId, queues, now);
      await this.#sent(sessionId, upTo);
    });
  }

  claim(endpointId: string, lease: Lease, limit: number): Promise<readonly DeliveryQueue[]> {
    return reachable(async () => {
      const claimed: DeliveryQueue[] = [];
      for (;;) {
        const missing = limit - claimed.length;
        const due = await this.#models.webhookQueues
          .find({ endpointId, dueAt: { $lte: lease.now } })
          .sort({ dueAt: 1 })
          .limit(missing * RIVALS)
          .lean<QueueDocument[]>();
        const chosen = rotated(due, this.#random).slice(0, missing);
        const queues = await Promise.all(chosen.map((document) => this.#next(document, lease)));
        claimed.push(...queues.filter((queue) => queue !== null));
        if (claimed.length === limit || chosen.length === due.length) return claimed;
      }
    });
  }

  settle(queue: DeliveryQueue, outcome: Outcome, lease: Lease): Promise<DeliveryQueue | null> {
    return reachable(async () => {
      const { head } = queue;
      const tried = afterAttempt(head, outcome);
      const { document } = queue as MongoQueue;
      if (tried.state === 'pending' && (await this.#setAside(document, tried, lease))) {
        await this.#update(head, tried);
        return null;
      }
      const held = await this.#held(queue);
      if (!held) return null;
      // What was replayed meanwhile is pending again, and stays on the queue.
      const isDone = (await this.#update(head, tried)) && tried.state !== 'pending';
      const pending = isDone ? held.pending.filter((seq) => seq !== head.event.seq) : held.pending;
      return this.#next({ ...held, pending }, lease);
    });
  }

  async release(queue: DeliveryQueue, dueAt = queue.lease.now): Promise<void> {
    await reachable(() =>
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
    return reachable(async () => {
      const ofThem = { sessionId: { $in: [...sessionIds] } };
      await this.#models.webhookQueues.deleteMany(ofThem);
      await this.#models.webhookDeliveries.deleteMany(ofThem);
    });
  }

  forgetLost(limit: number): Promise<void> {
    const { webhookEndpoints, webhookQueues, webhookDeliveries } = this.#models;
    return reachable(async () => {
      const ids = async () => (await this.endpoints()).map(({ endpointId }) => endpointId);
      const found = await webhookQueues
        .find({ endpointId: { $nin: await ids() } })
        .limit(limit)
        .lean<QueueDocument[]>();
      for (const { _id, endpointId, sessionId } of found) {
        // It may have been made after the others were read, and before its queue was.
        if (await webhookEndpoints.findById(endpointId).lean()) continue;
        await webhookDeliveries.deleteMany({ endpointId, sessionId });
        await webhookQueues.deleteOne({ _id });
      }
    });
  }

  delivery(id: string): Promise<Delivery | undefined> {
    return reachable(async () => {
      const found = await this.#models.webhookDeliveries.findById(id).lean<DeliveryDocument>();
      return found?.body;
    });
  }

  deliveries(filter: DeliveryFilter, limit: number, after?: DeliveryPosition): Promise<readonly Delivery[]> {
    return reachable(async () => {
      const found = await this.#models.webhookDeliveries
        .find(filterOf(filter, after))
        .sort({ at: -1, _id: -1 })
        .limit(limit)
        .lean<DeliveryDocument[]>();
      return found.map(({ body }) => body);
    });
  }

  replay(deliveryIds: readonly string[], now: number): Promise<number> {
    return reachable(async () => {
      let count = 0;
      for (const id of new Set(deliveryIds)) {
        const delivery = await this.delivery(id);
        if (!delivery) continue;
        const { endpointId, sessionId, event } = delivery;
        const queue = new Map([[endpointId, [event.seq]]]);
        // Before, so that one that is pending is always on its queue; and again, because who looked meanwhile took it off.
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

  /** A delivery that is tried at this very moment is looked at again. */
  async #replayed(seen: Delivery, now: number): Promise<boolean> {
    let found: Delivery | undefined = seen;
    while (found) {
      if (await this.#update(found, replayed(found, now))) return true;
      found = await this.delivery(found.deliveryId);
    }
    return false;
  }

  /** Writes those that are not there yet. @returns those that are to be sent: one that is there may be done with */
  async #insertAbsent(deliveries: readonly Delivery[]): Promise<readonly Delivery[]> {
    const { webhookDeliveries } = this.#models;
    if (deliveries.length === 0) return [];
    const documents = deliveries.map(toDeliveryDocument);
    if (await added(webhookDeliveries.insertMany(documents, { ordered: false, lean: true })))
      return deliveries;
    // Somebody else was at it before; what of it is not there yet is written one by one.
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
    // Of several who make a queue at once one does; the others find it.
    while (!(await added(this.#models.webhookQueues.bulkWrite(updates, { ordered: false }))));
  }

  /** Leaves a queue whose head is to be sent again later. @returns false where it is not as it was, or not ours */
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

  /** Notes what is on its way; what happened meanwhile stays noted. */
  async #sent(sessionId: string, upTo: number): Promise<void> {
    const { sessions } = this.#models;
    const all = await sessions.updateOne(
      { _id: sessionId, 'body.eventCount': upTo },
      { $unset: { unsentFrom: '' } },
    );
    if (all.matchedCount > 0) return;
    await sessions.updateOne({ _id: sessionId, unsentFrom: { $lt: upTo } }, { $set: { unsentFrom: upTo } });
  }

  /** Takes a queue as it was last seen, or sets it aside until its head is due; one with nothing pending goes. */
  async #next(seen: QueueDocument, lease: Lease): Promise<MongoQueue | null> {
    const { webhookQueues } = this.#models;
    const { _id, endpointId, sessionId, version } = seen;
    const head = await this.#headOf(seen);
    if (!head) {
      // Where something was put on it meanwhile, it stays, to be claimed.
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
    // Something was put on it, or somebody else has it now.
    const now = await webhookQueues
      .findOne({ _id, owner: seen.owner, dueAt: seen.dueAt })
      .lean<QueueDocument>();
    return now ? this.#next(now, lease) : null;
  }

  /** The first delivery on a queue that is pending indeed. */
  async #headOf({ endpointId, sessionId, pending }: QueueDocument): Promise<Delivery | undefined> {
    for (const seq of [...pending].sort((left, right) => left - right)) {
      const delivery = await this.delivery(deliveryId(endpointId, sessionId, seq));
      if (delivery?.state === 'pending') return delivery;
    }
    return undefined;
  }

  /** The queue's document where we still hold it. */
  async #held(queue: DeliveryQueue): Promise<QueueDocument | null> {
    return this.#models.webhookQueues.findOne(heldBy(queue)).lean<QueueDocument>();
  }

  /** Replaces a delivery, unless somebody else did. */
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

/** Whether a write went through, and no other document was in its place. */
async function added(writing: PromiseLike<unknown>): Promise<boolean> {
  try {
    await writing;
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}
