import { TelevisitApiError } from './api-error.ts';

export interface TransportOptions {
  /** Where the server is, `https://visits.example.org`; a path in front of the API is kept. */
  readonly baseUrl: string;
  /** The server's INTERNAL_SECRET. */
  readonly secret: string;
  /** Another fetch than the runtime's own. */
  readonly fetch?: typeof fetch;
  /** How long an attempt may take, in milliseconds; 10,000 where nothing is said. */
  readonly timeoutMs?: number;
  /** How often a call that may be repeated is tried again; 2 where nothing is said. */
  readonly retries?: number;
  /** How long to wait before the first repetition, in milliseconds; doubles each time. 200 where nothing is said. */
  readonly retryDelayMs?: number;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Each part is one segment of the path. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Whether it does the same if it is done twice. */
  readonly idempotent: boolean;
  readonly accept: string;
  /** An attempt may take this long at least, in milliseconds, whatever the options say. */
  readonly leastMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Whatever it is (RFC 9110, 12.5.1). */
export const ANY_TYPE = '*/*';

const PREFIX = '/api/v1';
/** What is answered by somebody who can't at the moment, and may soon. */
const UNAVAILABLE = new Set([502, 503, 504]);
/** Whoever is asked to wait longer than this, in seconds, is told so at once. */
const LONGEST_WAIT = 30;
const LONGEST_DELAY_MS = 5000;

/** Requests over fetch: with the secret, a timeout for each attempt, and repetitions where they do no harm. */
export class Transport {
  readonly #base: string;
  readonly #secret: string;
  readonly #fetch: typeof fetch;
  readonly #timeoutMs: number;
  readonly #retries: number;
  readonly #retryDelayMs: number;

  /** @throws TypeError where the address or the secret can't be used; it does not repeat them */
  constructor(options: TransportOptions) {
    this.#base = baseOf(options.baseUrl);
    this.#secret = requireHeaderValue(options.secret);
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#retries = options.retries ?? 2;
    this.#retryDelayMs = options.retryDelayMs ?? 200;
  }

  /** The body of an answer with a status of 2xx. @throws TelevisitApiError, or the reason of the caller's signal */
  async send(request: ApiRequest): Promise<Uint8Array> {
    const url = this.#urlOf(request);
    // Made once: a header that can't be sent is the caller's mistake, and not worth a repetition.
    const headers = this.#headersOf(request);
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.#attempt(url, headers, request);
      if (outcome instanceof Uint8Array) return outcome;
      if (attempt >= this.#retries || !mayRepeat(request, outcome)) throw outcome;
      await wait(this.#delayOf(outcome, attempt), request.signal);
    }
  }

  async #attempt(
    url: string,
    headers: Headers,
    request: ApiRequest,
  ): Promise<Uint8Array | TelevisitApiError> {
    const { method, body, signal } = request;
    signal?.throwIfAborted();
    const timeout = AbortSignal.timeout(Math.max(this.#timeoutMs, request.leastMs ?? 0));
    try {
      const response = await this.#fetch(url, {
        method,
        headers,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        // The secret is for this server and no other.
        redirect: 'error',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer = new Uint8Array(await response.arrayBuffer());
      if (response.ok && isOfType(response, request.accept)) return answer;
      return TelevisitApiError.of(response, textOf(answer));
    } catch (cause) {
      signal?.throwIfAborted();
      return timeout.aborted ? timedOut(this.#timeoutMs, cause) : unreachable(cause);
    }
  }

  #delayOf({ retryAfter }: TelevisitApiError, attempt: number): number {
    if (retryAfter !== null) return retryAfter * 1000;
    const longest = Math.min(this.#retryDelayMs * 2 ** attempt, LONGEST_DELAY_MS);
    // Callers who failed together do not come back together.
    return longest * (0.5 + Math.random() / 2);
  }

  #urlOf({ path, query = {} }: ApiRequest): string {
    const url = new URL(this.#base + PREFIX + path.map((part) => `/${segment(part)}`).join(''));
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url.href;
  }

  #headersOf({ headers, body, accept }: ApiRequest): Headers {
    return new Headers({
      ...headers,
      Accept: accept,
      'X-Internal-Secret': this.#secret,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    });
  }
}

/** A refused request was not carried out; one that got no answer may have been. */
function mayRepeat({ idempotent }: ApiRequest, { status, retryAfter }: TelevisitApiError): boolean {
  if (retryAfter !== null && retryAfter > LONGEST_WAIT) return false;
  return status === 429 || (idempotent && (status === 0 || UNAVAILABLE.has(status)));
}

/**
 * An id as one segment of a path. `.` and `..` can't be one: every URL parser takes them out, however they are
 * written, and the request would mean something else.
 */
function segment(id: string): string {
  if (id !== '' && id !== '.' && id !== '..' && id.isWellFormed()) return encodeURIComponent(id);
  const message = 'can’t stand in an address';
  throw new TelevisitApiError({
    code: 'validation_failed',
    detail: `The id ${JSON.stringify(id)} ${message}.`,
    remedy: 'Use an id that the server gave you, or one that it took.',
    issues: [{ path: '', message }],
  });
}

function baseOf(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new TypeError('baseUrl must be an http or https address.');
  if (url.username || url.password) throw new TypeError('baseUrl can’t hold a name or a password.');
  return url.origin + url.pathname.replace(/\/+$/, '');
}

/** The runtime's own error for a bad header repeats its value. */
function requireHeaderValue(secret: string): string {
  try {
    if (new Headers({ 'X-Internal-Secret': secret }).get('X-Internal-Secret')) return secret;
  } catch {
    // Said below.
  }
  throw new TypeError('secret must be text that a header can carry.');
}

/** The text of a body (UTF-8). */
export function textOf(body: Uint8Array): string {
  return new TextDecoder().decode(body);
}

function isOfType({ headers }: Response, accept: string): boolean {
  return accept === ANY_TYPE || headers.get('content-type')?.startsWith(accept) === true;
}

function timedOut(timeoutMs: number, cause: unknown): TelevisitApiError {
  const detail = `The server did not answer within ${timeoutMs} ms.`;
  return new TelevisitApiError({ code: 'timeout', detail, remedy: 'Try again.', cause });
}

function unreachable(cause: unknown): TelevisitApiError {
  const detail = 'The server can’t be reached, or the connection broke.';
  const remedy = 'Check baseUrl, and whether the server runs.';
  return new TelevisitApiError({ code: 'network_error', detail, remedy, cause });
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
  });
}
