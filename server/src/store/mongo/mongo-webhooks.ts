import type { QueryFilter } from 'mongoose';
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
  type Lane,
  type Lease,
  type Outcome,
  type Unsent,
  type UnsentSession,
  type WebhookEndpoint,
  type WebhookStore,
} from '../../domain/webhook-store.ts';
import { isDuplicate, withStoreErrors } from './store-errors.ts';
import type { Models, SessionDocument } from './models.ts';
import { toDeliveryDocument, type DeliveryDocument, type LaneDocument } from './webhook-models.ts';

/** The number of processes that can look for lanes concurrently without all choosing the same ones. */
const RIVALS = 3;

/** A lane with its document as last read. */
interface MongoLane extends Lane {
  readonly document: LaneDocument;
}

/**
 * Stores the outbox in MongoDB. No write spans two documents: a delivery is written before it is added to its lane, and
 * settled before it is removed from it, so that an interrupted step is repeated.
 */
export class MongoWebhooks implements WebhookStore {
  readonly #models: Models;

  constructor(models: Models) {
    this.#models = models;
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
    const { webhookEndpoints, webhookLanes, webhookDeliveries } = this.#models;
    return withStoreErrors(async () => {
      // First, so that no new deliveries are added to its lanes.
      const { deletedCount } = await webhookEndpoints.deleteOne({ _id: endpointId });
      // The lanes last: `forgetLost` finds them after an interruption.
      await webhookDeliveries.deleteMany({ endpointId });
      await webhookLanes.deleteMany({ endpointId });
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

  unsent(sessionId: string): Promise<Unsent | undefined> {
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
      const lanes = new Map<string, number[]>();
      for (const { endpointId, event } of await this.#insertAbsent(deliveries)) {
        lanes.set(endpointId, [...(lanes.get(endpointId) ?? []), event.seq]);
      }
      await this.#enqueue(sessionId, lanes, now);
      await this.#sent(sessionId, upTo);
    });
  }

  claim(endpointId: string, lease: Lease, limit: number): Promise<readonly Lane[]> {
    return withStoreErrors(async () => {
      const claimed: Lane[] = [];
      for (;;) {
        const missing = limit - claimed.length;
        const due = await this.#models.webhookLanes
          .find({ endpointId, dueAt: { $lte: lease.now } })
          .sort({ dueAt: 1 })
          .limit(missing * RIVALS)
          .lean();
        const chosen = takeFromAnywhere(due, missing);
        const lanes = await Promise.all(chosen.map((document) => this.#next(document, lease)));
        claimed.push(...lanes.filter((lane) => lane !== null));
        if (claimed.length === limit || chosen.length === due.length) return claimed;
      }
    });
  }

  settle(lane: Lane, outcome: Outcome, lease: Lease): Promise<Lane | null> {
    return withStoreErrors(async () => {
      const { head } = lane;
      const tried = afterAttempt(head, outcome);
      const { document } = lane as MongoLane;
      if (tried.state === 'pending' && (await this.#setAside(document, tried, lease))) {
        await this.#update(head, tried);
        return null;
      }
      const held = await this.#held(lane);
      if (!held) return null;
      // A delivery that was replayed in the meantime is pending again and stays on the lane.
      const isDone = (await this.#update(head, tried)) && tried.state !== 'pending';
      const pending = isDone ? held.pending.filter((seq) => seq !== head.event.seq) : held.pending;
      return this.#next({ ...held, pending }, lease);
    });
  }

  async release(lane: Lane, dueAt = lane.lease.now): Promise<void> {
    await withStoreErrors(() =>
      this.#models.webhookLanes.updateOne(heldBy(lane), {
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
      await this.#models.webhookLanes.deleteMany(ofThem);
      await this.#models.webhookDeliveries.deleteMany(ofThem);
    });
  }

  forgetLost(limit: number): Promise<void> {
    const { webhookEndpoints, webhookLanes, webhookDeliveries } = this.#models;
    return withStoreErrors(async () => {
      const ids = async () => (await this.endpoints()).map(({ endpointId }) => endpointId);
      const found = await webhookLanes
        .find({ endpointId: { $nin: await ids() } })
        .limit(limit)
        .lean();
      for (const { _id, endpointId, sessionId } of found) {
        // The endpoint may have been created after the endpoints were read and before its lane was.
        if (await webhookEndpoints.findById(endpointId).lean()) continue;
        await webhookDeliveries.deleteMany({ endpointId, sessionId });
        await webhookLanes.deleteOne({ _id });
      }
    });
  }

  delivery(id: string): Promise<Delivery | undefined> {
    return withStoreErrors(async () => {
      const found = await this.#models.webhookDeliveries.findById(id).lean();
      return found?.body;
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
        const lane = new Map([[endpointId, [event.seq]]]);
        // Before, so that a pending delivery is always on its lane; and again, because a concurrent claim may have
        // removed it.
        await this.#enqueue(sessionId, lane, now);
        if (!(await this.#replayed(delivery, now))) continue;
        await this.#enqueue(sessionId, lane, now);
        await this.#models.webhookLanes.updateOne(
          { _id: laneId(endpointId, sessionId), owner: null, dueAt: { $gt: now } },
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
    lanes: ReadonlyMap<string, readonly number[]>,
    now: number,
  ): Promise<void> {
    if (lanes.size === 0) return;
    const updates = [...lanes].map(([endpointId, seqs]) => ({
      updateOne: {
        filter: { _id: laneId(endpointId, sessionId) },
        update: {
          $addToSet: { pending: { $each: [...seqs] } },
          $inc: { version: 1 },
          $setOnInsert: { endpointId, sessionId, dueAt: now, owner: null },
        },
        upsert: true,
      },
    }));
    // Of concurrent upserts of a lane one inserts it; the others repeat and find it.
    while (!(await added(this.#models.webhookLanes.bulkWrite(updates, { ordered: false }))));
  }

  /**
   * Releases a lane until its head is retried.
   * @returns false if the lane has changed, or is held by another process
   */
  async #setAside(seen: LaneDocument, head: Delivery, { now }: Lease): Promise<boolean> {
    const { _id, version } = seen;
    const { nextAttemptAt } = head;
    if (nextAttemptAt === null || nextAttemptAt <= now) return false;
    const { matchedCount } = await this.#models.webhookLanes.updateOne(
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

  /** Claims a lane as last read, or releases it until its head is due. Deletes a lane without pending deliveries. */
  async #next(seen: LaneDocument, lease: Lease): Promise<MongoLane | null> {
    const { webhookLanes } = this.#models;
    const { _id, endpointId, sessionId, version } = seen;
    const head = await this.#headOf(seen);
    if (!head) {
      // If a delivery was added in the meantime, the lane stays and can be claimed.
      const { deletedCount } = await webhookLanes.deleteOne({ _id, version });
      if (deletedCount === 0) {
        await webhookLanes.updateOne(
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
    const { matchedCount } = await webhookLanes.updateOne(
      { _id, version },
      { $set: set, $inc: { version: 1 } },
    );
    if (matchedCount === 1) {
      const document = { ...seen, ...set, version: version + 1 };
      return due ? { endpointId, sessionId, head, lease, document } : null;
    }
    // A delivery was added, or another process holds the lane now.
    const now = await webhookLanes.findOne({ _id, owner: seen.owner, dueAt: seen.dueAt }).lean();
    return now ? this.#next(now, lease) : null;
  }

  /** Returns the first delivery of a lane that is still pending. */
  async #headOf({ endpointId, sessionId, pending }: LaneDocument): Promise<Delivery | undefined> {
    for (const seq of [...pending].sort((left, right) => left - right)) {
      const delivery = await this.delivery(deliveryId(endpointId, sessionId, seq));
      if (delivery?.state === 'pending') return delivery;
    }
    return undefined;
  }

  /** Returns the document of a lane if this process still holds it. */
  async #held(lane: Lane): Promise<LaneDocument | null> {
    return this.#models.webhookLanes.findOne(heldBy(lane)).lean();
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

function laneId(endpointId: string, sessionId: string): string {
  return `${sessionId}.${endpointId}`;
}

function heldBy({ endpointId, sessionId, lease }: Lane): QueryFilter<LaneDocument> {
  return { _id: laneId(endpointId, sessionId), owner: lease.owner, dueAt: lease.until };
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

/** Returns up to `count` items, starting at a random one, so that processes choose different ones. */
function takeFromAnywhere<T>(all: readonly T[], count: number): readonly T[] {
  const start = Math.floor(Math.random() * all.length);
  return [...all.slice(start), ...all.slice(0, start)].slice(0, count);
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
