import { withTraceparent } from './request-context.ts';

/**
 * What a span says beside its name: ids of sessions, nodes and endpoints, codes and numbers. Never names, addresses of people,
 * texts, tokens, or addresses with a query.
 */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanOptions {
  /** `server` and `client` are the two ends of a request between processes. Default: `internal`. */
  readonly kind?: 'server' | 'client' | 'internal';
  /** The span that it continues (W3C Trace Context); null for none. Default: the one that is running. */
  readonly parent?: string | null | undefined;
  readonly attributes?: SpanAttributes;
}

/** A step that takes time. */
export interface Span {
  /** As W3C Trace Context writes it; undefined if nothing is traced. */
  readonly traceparent: string | undefined;
  rename(name: string): void;
  set(attributes: SpanAttributes): void;
  /** Marks the step as failed, with a code: a message may quote what people wrote. */
  fail(code: string): void;
  /** Idempotent. */
  end(): void;
}

/** Records spans; each has the id of the request that is being handled. */
export interface Tracer {
  /** Whether spans are recorded at all. */
  readonly enabled: boolean;
  start(name: string, options?: SpanOptions): Span;
}

const NO_SPAN: Span = {
  traceparent: undefined,
  rename: () => undefined,
  set: () => undefined,
  fail: () => undefined,
  end: () => undefined,
};

/** Records nothing. */
export const NO_TRACER: Tracer = { enabled: false, start: () => NO_SPAN };

/** Runs `work`, with what it awaits, as a span. A rejection marks it as failed. */
export async function traced<T>(
  tracer: Tracer,
  name: string,
  options: SpanOptions,
  work: (span: Span) => T | Promise<T>,
): Promise<T> {
  if (!tracer.enabled) return work(NO_SPAN);
  const span = tracer.start(name, options);
  try {
    return await withTraceparent(span.traceparent, () => work(span));
  } catch (error) {
    span.fail(codeOf(error));
    throw error;
  } finally {
    span.end();
  }
}

/** Returns the code of an error, or its class. */
export function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (typeof code === 'string') return code;
  return typeof name === 'string' ? name : 'Error';
}
