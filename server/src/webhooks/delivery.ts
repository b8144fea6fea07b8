import type { Clock } from '../core/clock.ts';
import { currentTraceparent, TRACEPARENT_HEADER } from '../core/request-context.ts';
import type { FeatureRecords } from '../domain/feature.ts';
import type { SessionStore } from '../domain/session-store.ts';
import type { Session } from '../domain/session.ts';
import {
  retriesBegan,
  type Delivery,
  type DeliveryAttempt,
  type DeliveryQueue,
  type Outcome,
  type WebhookEndpoint,
} from '../domain/webhook-store.ts';
import { nextAttemptAt, type RetryTimes } from './retry-schedule.ts';
import { SendError } from './send-error.ts';
import type { WebhookRequest, WebhookSender } from './sender.ts';
import { signedHeaders, signingSecrets } from './signature.ts';
import { wireEvent } from './wire-event.ts';

export interface DeliveryOptions {
  readonly sessions: Pick<SessionStore, 'get'>;
  /** The features that publish events. */
  readonly features: readonly FeatureRecords[];
  readonly sender: WebhookSender;
  readonly clock: Clock;
  /** Nothing is sent if less than this is left of the queue's lease, in milliseconds. */
  readonly timeoutMs: number;
  readonly retry: RetryTimes;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
}

/**
 * `session_gone`: the session was deleted. `closed`: the outcome is unknown, because this process is closing. `late`: nothing
 * was sent, because this process was suspended and another one may have the queue by now.
 */
export type DeliveryResult = Outcome | 'session_gone' | 'closed' | 'late';

/** The error of an attempt whose event could not be written. */
const UNWRITABLE = 'internal';

const GONE = 410;

/** Sends the head of a queue once. @returns what becomes of the delivery */
export async function deliver(
  { sessions, features, sender, clock, timeoutMs, retry, random }: DeliveryOptions,
  endpoint: Pick<WebhookEndpoint, 'url' | 'secrets'>,
  { head, lease }: Pick<DeliveryQueue, 'head' | 'lease'>,
): Promise<DeliveryResult> {
  const session = await sessions.get(head.sessionId);
  if (!session) return 'session_gone';
  const at = clock.now();
  if (at > lease.until - timeoutMs) return 'late';
  const request = requestOf(endpoint, session, head, at, features);
  if (!request) return failed({ at, ms: 0, status: null, error: UNWRITABLE, excerpt: null }, null);
  try {
    const { status, retryAfterMs, excerpt } = await sender.send(request);
    const attempt = { at, ms: clock.now() - at, status, error: null, excerpt };
    if (status >= 200 && status < 300) return { attempt, state: 'delivered', nextAttemptAt: null };
    // It stays the head of its queue until the endpoint is enabled again.
    if (status === GONE) return { attempt, state: 'pending', nextAttemptAt: clock.now() };
    return failed(attempt, retryAfterMs);
  } catch (error) {
    const { code } = SendError.from(error);
    if (code === 'closed') return 'closed';
    return failed({ at, ms: clock.now() - at, status: null, error: code, excerpt: null }, null);
  }

  function failed(attempt: DeliveryAttempt, retryAfterMs: number | null): Outcome {
    const since = retriesBegan(head, attempt.at);
    const next = nextAttemptAt({ since, tries: head.tries, retryAfterMs }, retry, clock.now(), random());
    return { attempt, state: next === null ? 'dead' : 'pending', nextAttemptAt: next };
  }
}

/** Returns null if the event can't be written: a failure like others, so that the next events wait no longer than usual. */
function requestOf(
  endpoint: Pick<WebhookEndpoint, 'url' | 'secrets'>,
  session: Session,
  { event }: Delivery,
  at: number,
  features: readonly FeatureRecords[],
): WebhookRequest | null {
  try {
    const published = wireEvent(session, event, features);
    if (!published) return null;
    const body = JSON.stringify(published);
    const headers = signedHeaders(signingSecrets(endpoint, at), published.id, at, body);
    const traceparent = currentTraceparent();
    const trace = traceparent === undefined ? {} : { [TRACEPARENT_HEADER]: traceparent };
    return { url: endpoint.url, headers: { ...headers, ...trace }, body };
  } catch {
    return null;
  }
}

/** Returns whether the endpoint answered 410 Gone. */
export function isGone({ attempt }: Outcome): boolean {
  return attempt.status === GONE;
}
