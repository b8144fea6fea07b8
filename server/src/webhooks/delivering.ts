import type { Clock } from '../domain/clock.ts';
import type { SessionStore } from '../domain/session-store.ts';
import type { Session } from '../domain/session.ts';
import {
  retriesBegan,
  type Delivery,
  type DeliveryAttempt,
  type Lane,
  type Outcome,
  type WebhookEndpoint,
} from '../domain/webhook-store.ts';
import { nextAttemptAt, type RetryTimes } from './retry-schedule.ts';
import { SendError } from './send-error.ts';
import type { WebhookRequest, WebhookSender } from './sender.ts';
import { signedHeaders } from './signature.ts';
import { signingSecrets } from './signing-secrets.ts';
import { wireEvent } from './wire-event.ts';

/** What carries out deliveries. */
export interface DeliveringOptions {
  readonly sessions: Pick<SessionStore, 'get'>;
  readonly sender: WebhookSender;
  readonly clock: Clock;
  /** Nothing is sent where less than this is left of a lane's lease, in milliseconds. */
  readonly timeoutMs: number;
  readonly retry: RetryTimes;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
}

/**
 * `session_gone`: the session was deleted. `closed`: nothing is known, because this process is closing. `late`: nothing was
 * sent, because this process was held up and somebody else may have the lane by now.
 */
export type Sent = Outcome | 'session_gone' | 'closed' | 'late';

/** The error of an attempt that this server could not write the event for. */
const UNWRITABLE = 'internal';

const GONE = 410;

/** Sends a delivery once, and works out what comes of it. */
export async function deliver(
  { sessions, sender, clock, timeoutMs, retry, random }: DeliveringOptions,
  endpoint: Pick<WebhookEndpoint, 'url' | 'secrets'>,
  { head, lease }: Pick<Lane, 'head' | 'lease'>,
): Promise<Sent> {
  const session = await sessions.get(head.sessionId);
  if (!session) return 'session_gone';
  const at = clock.now();
  if (at > lease.until - timeoutMs) return 'late';
  const request = requestOf(endpoint, session, head, at);
  if (!request) return failed({ at, ms: 0, status: null, error: UNWRITABLE, excerpt: null }, null);
  try {
    const { status, retryAfterMs, excerpt } = await sender.send(request);
    const attempt = { at, ms: clock.now() - at, status, error: null, excerpt };
    if (status >= 200 && status < 300) return { attempt, state: 'delivered', nextAttemptAt: null };
    // It stays first on its lane, for when the endpoint is enabled again.
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

/** An event of which nobody can be told is a failure like others: what comes after it waits no longer than for those. */
function requestOf(
  endpoint: Pick<WebhookEndpoint, 'url' | 'secrets'>,
  session: Session,
  { event }: Delivery,
  at: number,
): WebhookRequest | null {
  try {
    const told = wireEvent(session, event);
    if (!told) return null;
    const body = JSON.stringify(told);
    return {
      url: endpoint.url,
      headers: signedHeaders(signingSecrets(endpoint, at), told.id, at, body),
      body,
    };
  } catch {
    return null;
  }
}

/** Whether the endpoint said that it is gone for good. */
export function isGone({ attempt }: Outcome): boolean {
  return attempt.status === GONE;
}
