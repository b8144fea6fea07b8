import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import type { Clock } from '../core/clock.ts';
import type { AddressGuard } from './address-guard.ts';
import { retryAfterMs } from './retry-schedule.ts';
import { SendError } from './send-error.ts';

/** A POST request. */
export interface OutgoingRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, unless the headers name another type. */
  readonly body: string | Uint8Array;
}

export interface WebhookRequest extends OutgoingRequest {
  /** JSON. */
  readonly body: string;
}

export interface WebhookAnswer {
  readonly status: number;
  /** The delay of `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | null;
  /** The first KiB of the answer as text. */
  readonly excerpt: string;
}

/** Sends a webhook to its receiver. */
export interface WebhookSender {
  /** Returns the answer, of any status; redirects are not followed. @throws {SendError} if there was no complete answer */
  send(request: WebhookRequest): Promise<WebhookAnswer>;
}

export interface HttpSenderOptions {
  readonly guard: AddressGuard;
  readonly clock: Clock;
  /** The longest time from the lookup of the name to the last byte of the answer, in milliseconds. */
  readonly timeoutMs?: number;
  /** Certificates to trust in addition to the usual ones (PEM). */
  readonly ca?: string | undefined;
}

const TIMEOUT_MS = 15_000;
/** The part of an answer that is read, in bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
const EXCERPT_BYTES = 1024;
/** The time after which an idle connection is closed, in milliseconds. */
const IDLE_MS = 30_000;
const MAX_IDLE_CONNECTIONS = 32;
const USER_AGENT = 'Televisit-Webhooks/1';
/** The errors of an idle connection that the receiver closed just when it was reused. */
const STALE = new Set(['ECONNRESET', 'EPIPE']);

/** Sends over http and https with kept-alive connections, and only to addresses that the guard has checked. */
export class HttpWebhookSender implements WebhookSender {
  readonly #options: HttpSenderOptions;
  readonly #agents: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly #sending = new Set<(reason: SendError) => void>();
  #closed = false;

  constructor(options: HttpSenderOptions) {
    this.#options = options;
    const pool = { keepAlive: true, maxFreeSockets: MAX_IDLE_CONNECTIONS, timeout: IDLE_MS };
    this.#agents = { http: new HttpAgent(pool), https: new HttpsAgent(pool) };
  }

  async send(request: OutgoingRequest): Promise<WebhookAnswer> {
    if (this.#closed) throw new SendError('closed', 'This server is closing.');
    const url = this.#options.guard.check(request.url);
    return new Promise((resolve, reject) => {
      let current: ClientRequest | undefined;
      const done = (settle: () => void) => {
        clearTimeout(timer);
        this.#sending.delete(fail);
        settle();
      };
      const fail = (error: SendError) => {
        done(() => reject(error));
        current?.destroy();
      };
      const timeoutMs = this.#options.timeoutMs ?? TIMEOUT_MS;
      const timer = setTimeout(
        () => fail(new SendError('timeout', `No answer within ${timeoutMs} ms.`)),
        timeoutMs,
      );
      this.#sending.add(fail);
      const start = (fresh: boolean) => {
        const attempt = this.#request(url, request, fresh);
        current = attempt;
        let hasResponse = false;
        attempt.on('response', (response) => {
          hasResponse = true;
          this.#read(response).then(
            (answer) => done(() => resolve(answer)),
            (error: unknown) => fail(SendError.from(error)),
          );
        });
        attempt.on('error', (error: NodeJS.ErrnoException) => {
          if (hasResponse || !this.#sending.has(fail)) return;
          if (!fresh && attempt.reusedSocket && STALE.has(error.code ?? '')) start(true);
          else fail(SendError.from(error));
        });
        attempt.on('close', () => {
          if (current === attempt && !hasResponse) fail(new SendError('reset', 'The connection was closed.'));
        });
        attempt.end(request.body);
      };
      start(false);
    });
  }

  /** Fails the requests under way and closes all connections. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const fail of [...this.#sending]) fail(new SendError('closed', 'This server is closing.'));
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  /** @param fresh whether to use a new connection */
  #request(url: URL, { headers, body }: OutgoingRequest, fresh: boolean): ClientRequest {
    const { guard, ca } = this.#options;
    const secure = url.protocol === 'https:';
    const options: RequestOptions = {
      method: 'POST',
      agent: fresh ? false : secure ? this.#agents.https : this.#agents.http,
      lookup: guard.lookupFor(url),
      maxHeaderSize: MAX_HEADER_BYTES,
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        'User-Agent': USER_AGENT,
        'Accept-Encoding': 'identity',
        ...headers,
      },
      // Overrides NODE_TLS_REJECT_UNAUTHORIZED.
      ...(secure
        ? { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) }
        : {}),
    };
    return secure ? httpsRequest(url, options) : httpRequest(url, options);
  }

  /** Reads an answer to its end or to the limit. */
  async #read(response: IncomingMessage): Promise<WebhookAnswer> {
    const chunks: Buffer[] = [];
    let kept = 0;
    let read = 0;
    // Leaving the loop before the end destroys the connection.
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (kept < EXCERPT_BYTES) chunks.push(chunk.subarray(0, EXCERPT_BYTES - kept));
      kept = Math.min(EXCERPT_BYTES, kept + chunk.length);
      read += chunk.length;
      if (read > MAX_ANSWER_BYTES) break;
    }
    return {
      status: response.statusCode ?? 0,
      retryAfterMs: retryAfterMs(response.headers['retry-after'], this.#options.clock.now()),
      excerpt: textOf(Buffer.concat(chunks)),
    };
  }
}

/** Returns printable text: without control characters other than line breaks and tabs, and without a cut-off last character. */
function textOf(bytes: Buffer): string {
  return new TextDecoder().decode(bytes, { stream: true }).replaceAll(/[^\P{Cc}\n\r\t]/gu, '\ufffd');
}
