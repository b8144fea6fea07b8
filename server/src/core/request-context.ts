import { AsyncLocalStorage } from 'node:async_hooks';

/** The header that carries the id of a request between proxies, servers and clients. */
export const REQUEST_ID_HEADER = 'x-request-id';
/** The header that carries the span of which a request is a part (W3C Trace Context). */
export const TRACEPARENT_HEADER = 'traceparent';

/** The forms that proxies use: UUIDs, hexadecimal digits, or words joined by dots. Nothing that could break a log line. */
const REQUEST_ID = /^[A-Za-z0-9][\w.-]{7,63}$/;

interface RequestContext {
  readonly requestId: string | undefined;
  /** The span that is running; undefined if nothing is traced. */
  readonly traceparent: string | undefined;
}

const requests = new AsyncLocalStorage<RequestContext | undefined>();

/** Returns an id that came from outside, if it has the form of one; otherwise null. */
export function validRequestId(given: unknown): string | null {
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : null;
}

/** Returns the id of the request that is being handled, if any: every log line has it. */
export function currentRequestId(): string | undefined {
  return requests.getStore()?.requestId;
}

/** Returns the span that is running, as W3C Trace Context writes it; undefined if nothing is traced. */
export function currentTraceparent(): string | undefined {
  return requests.getStore()?.traceparent;
}

/** Runs `work`, with what it awaits, as part of a request. */
export function withRequestId<T>(id: string, work: () => T): T {
  return requests.run({ requestId: id, traceparent: currentTraceparent() }, work);
}

/** Runs `work`, with what it awaits, as part of a span. */
export function withTraceparent<T>(traceparent: string | undefined, work: () => T): T {
  return requests.run({ requestId: currentRequestId(), traceparent }, work);
}

/** Runs `work` as part of no request: for what outlives the request that begins it. */
export function withoutRequest<T>(work: () => T): T {
  return requests.run(undefined, work);
}
