import { webhookEventId } from '@televisit/shared/webhooks';
import type { SessionEvent } from './events.ts';

/** Where events are sent. */
export interface WebhookEndpoint {
  readonly endpointId: string;
  readonly url: string;
  readonly description: string | null;
  /** The types that it wants; null for all. */
  readonly events: readonly string[] | null;
  /** All that are valid now sign: the newest first, each with the end of its validity (null for none). */
  readonly secrets: readonly WebhookSecret[];
  /** A disabled one is sent nothing. What happens meanwhile is kept, and goes out once it is enabled again. */
  readonly enabled: boolean;
  /** `gone`: it answered 410; `manual`: the API disabled it; `config`: the environment has it no more. Null while enabled. */
  readonly disabledReason: 'gone' | 'manual' | 'config' | null;
  readonly source: 'api' | 'config';
  /** Milliseconds since the Unix epoch. It gets what happens from then on. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Grows by one with every write; writes are compare-and-set on it. */
  readonly version: number;
}

export interface WebhookSecret {
  /** `whsec_…` (Standard Webhooks). */
  readonly secret: string;
  /** Milliseconds since the Unix epoch. */
  readonly validUntil: number | null;
}

/** `pending`: to be sent (again); `dead`: given up after the last retry. */
export const DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** So many attempts of a delivery are kept, the latest ones. */
export const MAX_KEPT_ATTEMPTS = 20;

/** One request, and what came of it. */
export interface DeliveryAttempt {
  readonly at: number;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** The HTTP status; null where there was no answer. */
  readonly status: number | null;
  /** Why there was no answer (`SendError.code`); null where there was one. */
  readonly error: string | null;
  /** The first KiB of the answer as text. */
  readonly excerpt: string | null;
}

/** One event on its way to one endpoint. It names people by the place of their seat, as the history does. */
export interface Delivery {
  /** Made of the event's id and the endpoint's: the same event to the same endpoint is one delivery. */
  readonly deliveryId: string;
  readonly endpointId: string;
  readonly sessionId: string;
  readonly event: SessionEvent;
  readonly state: DeliveryState;
  /** When its retries began: with its first attempt. Before that: when it was made, or last replayed. */
  readonly since: number;
  /** How many attempts there were since then. */
  readonly tries: number;
  /** When it is sent next, at the earliest; null unless it is pending. Those before it in its session go first. */
  readonly nextAttemptAt: number | null;
  /** The latest `MAX_KEPT_ATTEMPTS`, oldest first. */
  readonly attempts: readonly DeliveryAttempt[];
}

/** A session with events that are not on their way yet. */
export interface UnsentSession {
  readonly sessionId: string;
  /** The `seq` of the session's last event. */
  readonly upTo: number;
}

/** The same with those events, in their order. */
export interface UnsentEvents extends UnsentSession {
  readonly events: readonly SessionEvent[];
}

/** Which process works at a queue, and for how long. */
export interface Lease {
  /** Unique for each process that runs. */
  readonly owner: string;
  readonly now: number;
  readonly until: number;
}

/**
 * The deliveries of one session to one endpoint: sent in the order of their `seq`, one at a time, by whoever holds the
 * lease.
 */
export interface DeliveryQueue {
  readonly endpointId: string;
  readonly sessionId: string;
  /** The first delivery that is pending. */
  readonly head: Delivery;
  readonly lease: Lease;
}

/** What an attempt makes of a delivery. */
export interface Outcome {
  readonly attempt: DeliveryAttempt;
  readonly state: DeliveryState;
  /** Null unless it stays pending. */
  readonly nextAttemptAt: number | null;
}

/** Which deliveries to list; what is not said does not matter. */
export interface DeliveryFilter {
  readonly endpointId?: string;
  readonly sessionId?: string;
  readonly states?: readonly DeliveryState[];
  readonly types?: readonly string[];
  /** The event happened at this time or later, in milliseconds since the Unix epoch. */
  readonly from?: number;
  /** The event happened before this time. */
  readonly to?: number;
}

/** The place of a delivery in a list. */
export interface DeliveryPosition {
  /** When the event happened. */
  readonly at: number;
  readonly deliveryId: string;
}

/** So many endpoints of the API there can be. */
export const MAX_ENDPOINTS = 100;

/**
 * Where webhooks live: endpoints, and the outbox between sessions and them. The events themselves are in the sessions'
 * histories; `SessionStore.insert` and `update` mark the session in the same write as having unsent ones (a store may leave
 * that out while there is no endpoint: one gets what happens after it was made), and `purge` takes everything of a session
 * along. Every adapter passes the same contract suite (`test/contract/webhook-store.ts`).
 * @throws TelevisitError `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface WebhookStore {
  /** @returns false, with nothing written, where the id is taken or there are `MAX_ENDPOINTS`; one of the environment always fits */
  insertEndpoint(endpoint: WebhookEndpoint): Promise<boolean>;
  /** Replaces one whose stored version is `next.version - 1`. @returns false where it is another one by now, or gone */
  updateEndpoint(next: WebhookEndpoint): Promise<boolean>;
  /** Deletes one with all its deliveries. @returns false where there is none */
  deleteEndpoint(endpointId: string): Promise<boolean>;
  endpoint(endpointId: string): Promise<WebhookEndpoint | undefined>;
  /** All of them, oldest first. */
  endpoints(): Promise<readonly WebhookEndpoint[]>;

  /** Up to `limit` sessions that have unsent events. */
  unsentSessions(limit: number): Promise<readonly UnsentSession[]>;
  /** The unsent events of a session; undefined where it has none, or is gone. */
  unsent(sessionId: string): Promise<UnsentEvents | undefined>;
  /**
   * Puts deliveries of one session on their queues, those that are not there yet, and notes that its events up to `upTo`
   * are on their way. May be repeated, and by several processes at once.
   */
  fanOut(sessionId: string, upTo: number, deliveries: readonly Delivery[], now: number): Promise<void>;

  /**
   * Takes up to `limit` queues of an endpoint whose time has come and that nobody else holds; fewer only where there are no
   * more of them.
   */
  claim(endpointId: string, lease: Lease, limit: number): Promise<readonly DeliveryQueue[]>;
  /**
   * Writes what came of sending a queue's head. Where it is done with, the queue goes on with its next delivery under a new
   * lease.
   * @returns null where the queue was given back: nothing is left, the head is to be sent again later, or the lease was lost
   */
  settle(queue: DeliveryQueue, outcome: Outcome, lease: Lease): Promise<DeliveryQueue | null>;
  /** Gives a queue back as it is, to be taken from `dueAt` on (at once). Nothing where the lease was lost. */
  release(queue: DeliveryQueue, dueAt?: number): Promise<void>;
  /** Deletes the deliveries of a session. */
  forget(sessionId: string): Promise<void>;
  /** Deletes up to `limit` queues of endpoints that are gone, with their deliveries. */
  forgetLost(limit: number): Promise<void>;

  delivery(deliveryId: string): Promise<Delivery | undefined>;
  /** Up to `limit` deliveries, newest event first (by `at`, then `deliveryId`, both descending), behind `after`. */
  deliveries(filter: DeliveryFilter, limit: number, after?: DeliveryPosition): Promise<readonly Delivery[]>;
  /**
   * Makes deliveries pending from now on as if they were new; their attempts stay on record.
   * @returns how many of them there are
   */
  replay(deliveryIds: readonly string[], now: number): Promise<number>;
}

/** The id of an event's delivery to an endpoint. */
export function deliveryId(endpointId: string, sessionId: string, seq: number): string {
  return `${webhookEventId(sessionId, seq)}.${endpointId}`;
}

/** The place of a delivery in a list. */
export function positionOf({ event, deliveryId: id }: Delivery): DeliveryPosition {
  return { at: event.at, deliveryId: id };
}

/** A delivery that was never tried. */
export function newDelivery(
  endpointId: string,
  sessionId: string,
  event: SessionEvent,
  now: number,
): Delivery {
  return {
    deliveryId: deliveryId(endpointId, sessionId, event.seq),
    endpointId,
    sessionId,
    event,
    state: 'pending',
    since: now,
    tries: 0,
    nextAttemptAt: now,
    attempts: [],
  };
}

/** A delivery after an attempt. */
export function afterAttempt(delivery: Delivery, { attempt, state, nextAttemptAt }: Outcome): Delivery {
  const attempts = [...delivery.attempts, attempt].slice(-MAX_KEPT_ATTEMPTS);
  const since = retriesBegan(delivery, attempt.at);
  return { ...delivery, state, since, nextAttemptAt, attempts, tries: delivery.tries + 1 };
}

/** When the retries of a delivery began that is being tried: what waited for those before it has all its time still. */
export function retriesBegan({ since, tries }: Delivery, attemptAt: number): number {
  return tries === 0 ? attemptAt : since;
}

/** A delivery that is to be sent as if it were new. */
export function replayed(delivery: Delivery, now: number): Delivery {
  return { ...delivery, state: 'pending', since: now, tries: 0, nextAttemptAt: now };
}
