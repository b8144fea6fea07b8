import { webhookEventId } from '@televisit/shared/webhooks';
import type { SessionEvent } from './events.ts';

/** A destination of events. */
export interface WebhookEndpoint {
  readonly endpointId: string;
  readonly url: string;
  readonly description: string | null;
  /** The types of events to send; null for all. */
  readonly events: readonly string[] | null;
  /** The secrets that sign, newest first, each with the end of its validity (null for none). */
  readonly secrets: readonly WebhookSecret[];
  /** Nothing is sent to a disabled endpoint. Its events are kept until it is enabled again. */
  readonly enabled: boolean;
  /**
   * `gone`: it answered 410; `manual`: disabled through the API; `config`: no longer configured. Null while enabled.
   */
  readonly disabledReason: 'gone' | 'manual' | 'config' | null;
  readonly source: 'api' | 'config';
  /** Milliseconds since the Unix epoch. Earlier events are not sent to it. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Increases by one with every write. Writes are compare-and-set on it. */
  readonly version: number;
}

export interface WebhookSecret {
  /** `whsec_…` (Standard Webhooks). */
  readonly secret: string;
  /** Milliseconds since the Unix epoch. */
  readonly validUntil: number | null;
}

/** `pending`: to be sent, possibly again; `dead`: failed after the last retry. */
export const DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** The number of attempts kept per delivery, the latest ones. */
export const MAX_KEPT_ATTEMPTS = 20;

/** A request with its result. */
export interface DeliveryAttempt {
  readonly at: number;
  /** Its duration in milliseconds. */
  readonly ms: number;
  /** The HTTP status; null if there was no response. */
  readonly status: number | null;
  /** The reason for a missing response (`SendError.code`); null if there was one. */
  readonly error: string | null;
  /** The first KiB of the response as text. */
  readonly excerpt: string | null;
}

/** The delivery of an event to an endpoint. It refers to participants by seat index, like the history. */
export interface Delivery {
  /** Derived from the ids of event and endpoint, so that an event has one delivery per endpoint. */
  readonly deliveryId: string;
  readonly endpointId: string;
  readonly sessionId: string;
  readonly event: SessionEvent;
  readonly state: DeliveryState;
  /** The time of its first attempt. Before that, the time of its creation or last replay. */
  readonly since: number;
  /** The number of attempts since then. */
  readonly tries: number;
  /** The earliest time of the next attempt; null unless pending. Earlier events of the session are sent first. */
  readonly nextAttemptAt: number | null;
  /** The latest `MAX_KEPT_ATTEMPTS`, oldest first. */
  readonly attempts: readonly DeliveryAttempt[];
}

/** A session with events for which no deliveries exist yet. */
export interface UnsentSession {
  readonly sessionId: string;
  /** The `seq` of the session's last event. */
  readonly upTo: number;
}

/** A session with its undelivered events, in order. */
export interface UnsentEvents extends UnsentSession {
  readonly events: readonly SessionEvent[];
}

/** The right of a process to work on a queue for a limited time. */
export interface Lease {
  /** Unique per running process. */
  readonly owner: string;
  readonly now: number;
  readonly until: number;
}

/**
 * The deliveries of one session to one endpoint, sent one at a time in the order of their `seq` by the owner of the
 * lease.
 */
export interface DeliveryQueue {
  readonly endpointId: string;
  readonly sessionId: string;
  /** The first pending delivery. */
  readonly head: Delivery;
  readonly lease: Lease;
}

/** The result of an attempt for its delivery. */
export interface Outcome {
  readonly attempt: DeliveryAttempt;
  readonly state: DeliveryState;
  /** Null unless it remains pending. */
  readonly nextAttemptAt: number | null;
}

/** A filter for lists of deliveries. Fields that are not set match every delivery. */
export interface DeliveryFilter {
  readonly endpointId?: string;
  readonly sessionId?: string;
  readonly states?: readonly DeliveryState[];
  readonly types?: readonly string[];
  /** The earliest time of the event, in milliseconds since the Unix epoch. */
  readonly from?: number;
  /** An exclusive upper limit for the time of the event. */
  readonly to?: number;
}

/** Deliveries that are pending. */
export interface WebhookBacklog {
  readonly pending: number;
  /** Milliseconds since the Unix epoch; null if none is pending. */
  readonly oldestAt: number | null;
}

/** The position of a delivery in a list. */
export interface DeliveryPosition {
  /** The time of the event. */
  readonly at: number;
  readonly deliveryId: string;
}

/** The maximum number of endpoints created through the API. */
export const MAX_ENDPOINTS = 100;

/**
 * Stores webhook endpoints, and the outbox between sessions and endpoints. The events are in the sessions' histories.
 * `SessionStore.insert` and `update` mark the session as having unsent events in the same write; a store may omit that
 * while no endpoint exists, because endpoints receive only events after their creation. `SessionStore.purge` deletes
 * everything of a session. Every adapter passes the same contract suite (`test/contract/webhook-store.ts`).
 * @throws {TelevisitError} `store_unavailable` from every method of a store that can't be reached at the moment
 */
export interface WebhookStore {
  /**
   * Inserts an endpoint. `MAX_ENDPOINTS` does not apply to a configured one.
   * @returns false, without writing, if the id exists or there are `MAX_ENDPOINTS`
   */
  insertEndpoint(endpoint: WebhookEndpoint): Promise<boolean>;
  /**
   * Replaces an endpoint whose stored version is `next.version - 1`.
   * @returns false if it has another version, or is gone
   */
  updateEndpoint(next: WebhookEndpoint): Promise<boolean>;
  /** Deletes an endpoint with all its deliveries. @returns false if it does not exist */
  deleteEndpoint(endpointId: string): Promise<boolean>;
  endpoint(endpointId: string): Promise<WebhookEndpoint | undefined>;
  /** Returns all endpoints, oldest first. */
  endpoints(): Promise<readonly WebhookEndpoint[]>;

  /** Returns up to `limit` sessions with unsent events. */
  unsentSessions(limit: number): Promise<readonly UnsentSession[]>;
  /** Returns the unsent events of a session; undefined if it has none, or is gone. */
  unsent(sessionId: string): Promise<UnsentEvents | undefined>;
  /**
   * Adds deliveries of a session to their queues, unless they exist, and marks its events up to `upTo` as dispatched.
   * Safe to repeat, also by several processes at once.
   */
  fanOut(sessionId: string, upTo: number, deliveries: readonly Delivery[], now: number): Promise<void>;

  /**
   * Claims up to `limit` due queues of an endpoint that no other process holds. Returns fewer only if there are no more.
   */
  claim(endpointId: string, lease: Lease, limit: number): Promise<readonly DeliveryQueue[]>;
  /**
   * Stores the outcome of a queue's head. If the head is settled, the queue continues with its next delivery under a new
   * lease.
   * @returns null if the queue was released: it is empty, its head is retried later, or the lease was lost
   */
  settle(queue: DeliveryQueue, outcome: Outcome, lease: Lease): Promise<DeliveryQueue | null>;
  /** Releases a queue unchanged, due at `dueAt` (by default immediately). Does nothing if the lease was lost. */
  release(queue: DeliveryQueue, dueAt?: number): Promise<void>;
  /** Deletes the deliveries of a session. */
  forget(sessionId: string): Promise<void>;
  /** Deletes up to `limit` queues of deleted endpoints, with their deliveries. */
  forgetLost(limit: number): Promise<void>;

  /** Returns how many deliveries to these endpoints are pending, and the time of the oldest event; null if there are none. */
  backlog(endpointIds: readonly string[]): Promise<WebhookBacklog>;
  delivery(deliveryId: string): Promise<Delivery | undefined>;
  /**
   * Returns up to `limit` deliveries after a position, newest event first (by `at`, then `deliveryId`, both
   * descending).
   */
  deliveries(filter: DeliveryFilter, limit: number, after?: DeliveryPosition): Promise<readonly Delivery[]>;
  /**
   * Makes deliveries pending again as if they were new. Their attempts are kept.
   * @returns the number of existing deliveries among them
   */
  replay(deliveryIds: readonly string[], now: number): Promise<number>;
}

/** Returns the id of the delivery of an event to an endpoint. */
export function deliveryId(endpointId: string, sessionId: string, seq: number): string {
  return `${webhookEventId(sessionId, seq)}.${endpointId}`;
}

/** Returns the position of a delivery in a list. */
export function positionOf({ event, deliveryId: id }: Delivery): DeliveryPosition {
  return { at: event.at, deliveryId: id };
}

/** Returns a delivery without attempts. */
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

/** Returns a delivery with the result of an attempt. */
export function afterAttempt(delivery: Delivery, { attempt, state, nextAttemptAt }: Outcome): Delivery {
  const attempts = [...delivery.attempts, attempt].slice(-MAX_KEPT_ATTEMPTS);
  const since = retriesBegan(delivery, attempt.at);
  return { ...delivery, state, since, nextAttemptAt, attempts, tries: delivery.tries + 1 };
}

/** Returns the time from which retries of a delivery are limited: its first attempt, not the time spent in the queue. */
export function retriesBegan({ since, tries }: Delivery, attemptAt: number): number {
  return tries === 0 ? attemptAt : since;
}

/** Returns a delivery made pending as if it were new. */
export function replayed(delivery: Delivery, now: number): Delivery {
  return { ...delivery, state: 'pending', since: now, tries: 0, nextAttemptAt: now };
}
