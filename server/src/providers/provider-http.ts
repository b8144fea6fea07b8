import { Backoff, retry } from '../core/backoff.ts';
import type { Clock } from '../core/clock.ts';
import { ProviderError } from './provider-error.ts';

export interface ProviderHttpOptions {
  /** The name of the provider in errors. */
  readonly name: string;
  readonly clock: Clock;
  /** The deadline of one attempt, in milliseconds. */
  readonly timeoutMs?: number;
}

export interface ProviderRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as application/x-www-form-urlencoded. */
  readonly form?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Whether the request may be repeated although the first one may have taken effect; default: all methods but POST. */
  readonly isRepeatable?: boolean;
  /** Whether an answer with this status and body is worth a retry, beside 408, 429 and 5xx. */
  readonly isTemporary?: (status: number, body: unknown) => boolean;
  /** Returns the wait after a 429 without `Retry-After`, in milliseconds; null if the answer does not say. */
  readonly limitedFor?: (answer: ProviderResponse, now: number) => number | null;
}

export interface ProviderResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON; the text if it is none; null if it is empty. */
  readonly body: unknown;
}

const TIMEOUT_MS = 5000;
/** Attempts within one call; all end within about 8 s. */
const ATTEMPTS = 3;
/** Later than that is not worth waiting for within a call, in milliseconds. */
const LONGEST_WAIT_MS = 2000;
const MAX_ANSWER_BYTES = 5_000_000;

/**
 * Calls the HTTP API of a provider: a deadline for each attempt, up to three attempts with jitter after network errors, 408,
 * 429 and 5xx, never after other answers. A POST that may have taken effect is not repeated.
 */
export class ProviderHttp {
  readonly #options: Required<ProviderHttpOptions>;
  readonly #backoff = new Backoff({ firstMs: 300, maxMs: LONGEST_WAIT_MS, jitter: 0.5 });

  constructor(options: ProviderHttpOptions) {
    this.#options = { timeoutMs: TIMEOUT_MS, ...options };
  }

  /**
   * Returns the last answer, whatever its status except 429 and 5xx.
   * @throws {ProviderError} `unavailable` if there is none or it is 408 or 5xx, `limited` if it is 429
   */
  call(request: ProviderRequest): Promise<ProviderResponse> {
    const { clock } = this.#options;
    const isRepeatable = request.isRepeatable ?? request.method !== 'POST';
    return retry(
      clock,
      this.#backoff,
      () => this.#attempt(request),
      (error, failures) =>
        failures >= ATTEMPTS ||
        request.signal.aborted ||
        !(error instanceof RequestFailed) ||
        (error.mayHaveTakenEffect && !isRepeatable) ||
        (error.retryAfterMs ?? 0) > LONGEST_WAIT_MS,
    );
  }

  async #attempt(request: ProviderRequest): Promise<ProviderResponse> {
    const { name, clock, timeoutMs } = this.#options;
    const deadline = new AbortController();
    const cancel = clock.after(timeoutMs, () => deadline.abort());
    try {
      const response = await fetch(request.url, {
        method: request.method,
        headers: { accept: 'application/json', ...typeOf(request), ...request.headers },
        ...bodyOf(request),
        // A redirect could lead credentials elsewhere.
        redirect: 'manual',
        signal: AbortSignal.any([deadline.signal, request.signal]),
      });
      const body = parse(await readText(response));
      const answer = { status: response.status, headers: response.headers, body };
      this.#requireUsable(answer, request);
      return answer;
    } catch (error) {
      if (error instanceof ProviderError) throw error;
      const why = deadline.signal.aborted ? `did not answer within ${timeoutMs} ms` : 'cannot be reached';
      throw new RequestFailed('unavailable', `${name} ${why}`, { cause: error }, !isRefusedConnection(error));
    } finally {
      cancel();
    }
  }

  #requireUsable({ status, headers, body }: ProviderResponse, request: ProviderRequest): void {
    const { name, clock } = this.#options;
    const now = clock.now();
    const limitMs = status === 429 ? request.limitedFor?.({ status, headers, body }, now) : null;
    const retryAfterMs = retryAfter(headers, now) ?? limitMs ?? null;
    const when = retryAfterMs === null ? {} : { retryAfterMs };
    if (status === 429) {
      throw new RequestFailed('limited', `${name} limits requests`, { code: '429', ...when }, false);
    }
    if (status === 408 || status >= 500 || request.isTemporary?.(status, body)) {
      // 503 says that the request was not handled; other failures leave it open.
      throw new RequestFailed(
        'unavailable',
        `${name} answered with ${status}`,
        { code: String(status), ...when },
        status !== 503,
      );
    }
  }
}

class RequestFailed extends ProviderError {
  readonly mayHaveTakenEffect: boolean;

  constructor(
    kind: 'unavailable' | 'limited',
    message: string,
    options: ConstructorParameters<typeof ProviderError>[2],
    mayHaveTakenEffect: boolean,
  ) {
    super(kind, message, options);
    this.mayHaveTakenEffect = mayHaveTakenEffect;
  }
}

/**
 * Returns the wait that an answer asks for, in milliseconds. `Retry-After` is a number of seconds, an HTTP date (RFC 9110,
 * 10.2.3) or, from Zoom, an ISO 8601 date.
 */
export function retryAfter(headers: Headers, now: number): number | null {
  const text = headers.get('retry-after')?.trim();
  if (!text) return null;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/** Whether a failed request never reached the server. */
function isRefusedConnection(error: unknown): boolean {
  const code = (error as { cause?: { code?: unknown } }).cause?.code;
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN';
}

function typeOf({ json, form }: ProviderRequest): Record<string, string> {
  if (json !== undefined) return { 'content-type': 'application/json' };
  return form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
}

function bodyOf({ json, form }: ProviderRequest): { body?: string } {
  if (json !== undefined) return { body: JSON.stringify(json) };
  return form === undefined ? {} : { body: new URLSearchParams(form).toString() };
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES)
      throw new ProviderError('refused', 'the answer of the provider is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Providers answer some errors with XML or HTML although JSON was asked for. */
function parse(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
