import { TelevisitApiError } from './api-error.ts';

export interface TransportOptions {
  /** The URL of the server, `https://visits.example.org`. A path prefix is kept. */
  readonly baseUrl: string;
  /** The server's INTERNAL_SECRET. */
  readonly secret: string;
  /** A replacement for the fetch of the runtime. */
  readonly fetch?: typeof fetch;
  /** The time limit of an attempt in milliseconds; 10,000 by default. */
  readonly timeoutMs?: number;
  /** The number of retries of a call that is safe to repeat; 2 by default. */
  readonly retries?: number;
  /** The delay before the first retry in milliseconds, doubled for each further one; 200 by default. */
  readonly retryDelayMs?: number;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The segments of the path, not yet encoded. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Whether sending the request twice has the same effect as sending it once. */
  readonly idempotent: boolean;
  readonly accept: string;
  /** A lower bound for the time limit of an attempt in milliseconds. */
  readonly leastMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Accepts every media type (RFC 9110, 12.5.1). */
export const ANY_TYPE = '*/*';

const PREFIX = '/api/v1';
/** Statuses of a temporarily unavailable server or proxy. */
const UNAVAILABLE = new Set([502, 503, 504]);
/** A longer Retry-After, in seconds, is reported to the caller immediately. */
const LONGEST_WAIT = 30;
const LONGEST_DELAY_MS = 5000;

/** Sends requests with fetch: adds the secret, limits each attempt in time, and retries if that is safe. */
export class Transport {
  readonly #base: string;
  readonly #secret: string;
  readonly #fetch: typeof fetch;
  readonly #timeoutMs: number;
  readonly #retries: number;
  readonly #retryDelayMs: number;

  /** @throws {TypeError} if the address or the secret is invalid; its message contains neither */
  constructor(options: TransportOptions) {
    this.#base = baseOf(options.baseUrl);
    this.#secret = requireHeaderValue(options.secret);
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#retries = options.retries ?? 2;
    this.#retryDelayMs = options.retryDelayMs ?? 200;
  }

  /**
   * Returns the body of a successful response (2xx).
   * @throws {TelevisitApiError} if the call fails; the reason of the caller's signal if that is aborted
   */
  async send(request: ApiRequest): Promise<Uint8Array> {
    const url = this.#urlOf(request);
    // Created outside the loop: an invalid header is the caller's mistake, and retrying does not help.
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
        // A redirect would send the secret to another server.
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
    // Jitter keeps clients that failed together from retrying together.
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

/** A refused request had no effect; a request without a response may have had one. */
function mayRepeat({ idempotent }: ApiRequest, { status, retryAfter }: TelevisitApiError): boolean {
  if (retryAfter !== null && retryAfter > LONGEST_WAIT) return false;
  return status === 429 || (idempotent && (status === 0 || UNAVAILABLE.has(status)));
}

/**
 * Encodes an id as a path segment. Refuses `.` and `..`, because URL parsers remove them even if they are
 * percent-encoded, and the request would address another resource.
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

/** Returns the secret if it is a valid header value. The runtime's own error would contain the value. */
function requireHeaderValue(secret: string): string {
  try {
    if (new Headers({ 'X-Internal-Secret': secret }).get('X-Internal-Secret')) return secret;
  } catch {
    // Reported below, without the value.
  }
  throw new TypeError('secret must be text that a header can carry.');
}

/** Decodes a body as UTF-8. */
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
