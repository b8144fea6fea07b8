import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebhookRequest } from '@televisit/server/providers/meeting-provider';
import { onTestFinished } from 'vitest';
import {
  ACCOUNT_ID,
  time,
  ZoomDoubleAccount,
  ZoomRefusal,
  type DoubleParticipant,
  type ZoomEvent,
} from './zoom-double-account.ts';
import { ZOOM_ROUTES } from './zoom-double-routes.ts';

export const ZOOM_CREDENTIALS = {
  accountId: ACCOUNT_ID,
  clientId: 'zoom-client-1',
  clientSecret: 'zoom-client-secret-1',
} as const;
export const ZOOM_WEBHOOK_SECRET = 'zoom-webhook-secret-1';

/**
 * What happens to the next request of the API, or with `lose-creation` to the next one that creates a meeting:
 * `token-401`, `token-400`: the token is refused with code 124, and invalid from now on; `xml`: 400 with a body of XML;
 * `error`: 500; `stall`: no answer; `lose-creation`: it takes effect, but the connection closes without an answer.
 */
export type ZoomFault = 'token-401' | 'token-400' | 'xml' | 'error' | 'stall' | 'lose-creation';

export interface ZoomRequestLog {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly body: unknown;
}

/** A webhook is repeated until it is answered with 2xx within this time, in milliseconds. */
const WEBHOOK_DEADLINE_MS = 3000;
const TOKEN_SECONDS = 3600;

/**
 * Zoom in a process: OAuth, the API for meetings and users, webhooks, and pages behind the addresses of meetings. The state
 * is in `account`; requests that break Zoom's rules are answered as Zoom does, and those with unknown fields are in
 * `problems`.
 */
export class ZoomDouble {
  readonly account: ZoomDoubleAccount;
  readonly requests: ZoomRequestLog[] = [];
  /** Requests that no version of Zoom would understand. */
  readonly problems: string[] = [];
  /** The granted scopes; a test removes some. */
  readonly scopes = new Set(ZOOM_ROUTES.map(({ scope }) => scope));
  /** How many tokens were issued. */
  tokensIssued = 0;
  /** How far Zoom's clock is ahead of that of the adapter, in milliseconds. */
  clockAheadMs = 0;
  webhookSecret = ZOOM_WEBHOOK_SECRET;
  readonly #now: () => number;
  readonly #server: Server;
  readonly #tokens = new Map<string, number>();
  readonly #faults: ZoomFault[] = [];
  #limit: { readonly form: 'seconds' | 'date'; readonly ms: number; left: number } | null = null;
  #isDown = false;
  #aheadMs = 0;
  #webhookUrl: string | null = null;
  #deliveries: Promise<unknown> = Promise.resolve();

  /** @param now the time of the machine, or a fixed one for tests in which it advances by `advance` only */
  private constructor(now: () => number) {
    this.#now = now;
    this.#server = createServer((request, response) => void this.#take(request, response));
    this.account = new ZoomDoubleAccount(
      () => this.now(),
      () => this.url,
    );
    this.account.onEvent = (event) => {
      if (this.#webhookUrl !== null) this.#deliveries = this.#deliveries.then(() => this.post(event));
    };
  }

  /** Closed by the caller. */
  static async open(now = () => Date.now()): Promise<ZoomDouble> {
    const double = new ZoomDouble(now);
    await new Promise<void>((resolve) => double.#server.listen(0, '127.0.0.1', resolve));
    return double;
  }

  /** Closed after the test. */
  static async start(now?: () => number): Promise<ZoomDouble> {
    const double = await ZoomDouble.open(now);
    onTestFinished(() => double.close());
    return double;
  }

  /** The base of OAuth, of the API as `/v2`, and of pages. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  now(): number {
    return this.#now() + this.#aheadMs;
  }

  /** Lets time pass. */
  advance(ms: number): void {
    this.#aheadMs += ms;
  }

  /** Adds faults for the next requests, in their order. */
  fail(...faults: readonly ZoomFault[]): void {
    this.#faults.push(...faults);
  }

  /** Closes every connection without an answer until `up`. */
  down(): void {
    this.#isDown = true;
  }

  up(): void {
    this.#isDown = false;
    this.#limit = null;
  }

  /** Answers the next `count` requests with 429. */
  limit(form: 'seconds' | 'date', ms: number, count: number): void {
    this.#limit = { form, ms, left: count };
  }

  /** Deletes a meeting as an administrator does on Zoom's page. */
  forget(meetingId: string): void {
    this.account.meeting(meetingId).isDeleted = true;
  }

  /** The ids of the meetings that people can enter. */
  meetings(): string[] {
    return this.account.meetings.filter(({ isDeleted }) => !isDeleted).map(({ id }) => String(id));
  }

  join(url: string, name?: string): DoubleParticipant {
    return this.account.join(url, name);
  }

  leave(participant: DoubleParticipant): void {
    this.account.leave(participant);
  }

  end(meetingId: string): void {
    this.account.end(this.account.meeting(meetingId));
  }

  /** Returns the webhook for an event, signed now or at another time. */
  sign(event: ZoomEvent | Record<string, unknown>, at = this.now()): WebhookRequest {
    const rawBody = Buffer.from(JSON.stringify(event));
    const timestamp = String(Math.floor(at / 1000));
    const hmac = createHmac('sha256', this.webhookSecret).update(`v0:${timestamp}:`).update(rawBody);
    const headers = {
      'content-type': 'application/json',
      'x-zm-request-timestamp': timestamp,
      'x-zm-signature': `v0=${hmac.digest('hex')}`,
    };
    return { path: '', headers, rawBody, now: this.now() };
  }

  /** Sends an event to the subscribed address, once. @returns the status of the answer */
  async post(event: ZoomEvent | Record<string, unknown>, at = this.now()): Promise<number> {
    return (await this.#send(event, at)).status;
  }

  /**
   * Checks an address as Zoom does when it is saved and every 72 hours, and sends all later events there, in their order.
   * @throws {Error} if the answer does not prove that the server knows the secret
   */
  async subscribe(url: string): Promise<void> {
    this.#webhookUrl = url;
    const plainToken = randomUUID();
    const event = { event: 'endpoint.url_validation', event_ts: this.now(), payload: { plainToken } };
    const { status, text } = await this.#send(event, this.now());
    const encryptedToken = createHmac('sha256', this.webhookSecret).update(plainToken).digest('hex');
    const answer = JSON.stringify(JSON.parse(text || 'null'));
    if (status !== 200 || answer !== JSON.stringify({ plainToken, encryptedToken })) {
      this.#webhookUrl = null;
      throw new Error(`The address answered ${status} ${text} to its validation.`);
    }
  }

  /** Sends no events until `subscribe`; a test sends those of `account.events` late, repeated or in another order. */
  unsubscribe(): void {
    this.#webhookUrl = null;
  }

  /** Resolves when all events so far have been sent. */
  async delivered(): Promise<void> {
    await this.#deliveries;
  }

  async #send(event: object, at: number): Promise<{ status: number; text: string }> {
    const { headers, rawBody } = this.sign(event as Record<string, unknown>, at);
    const response = await fetch(this.#webhookUrl ?? '', {
      method: 'POST',
      headers: headers as Record<string, string>,
      body: Buffer.from(rawBody),
      signal: AbortSignal.timeout(WEBHOOK_DEADLINE_MS),
    });
    return { status: response.status, text: await response.text() };
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    } catch {
      return;
    }
    const text = Buffer.concat(chunks).toString();
    const url = new URL(request.url ?? '/', this.url);
    if (this.#isDown) response.destroy();
    else if (url.pathname === '/oauth/token') this.#issueToken(request, new URLSearchParams(text), response);
    else if (url.pathname.startsWith('/v2/')) this.#answer(request, url, text, response);
    else this.#showPage(request.method ?? '', url, text, response);
  }

  /** Server-to-server OAuth: POST /oauth/token with Basic credentials and a form. */
  #issueToken({ headers }: IncomingMessage, form: URLSearchParams, response: ServerResponse): void {
    if (this.#refuseByLimit(response)) return;
    const { accountId, clientId, clientSecret } = ZOOM_CREDENTIALS;
    const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    if (headers.authorization !== basic) {
      this.#json(response, 400, {
        reason: 'Invalid client_id or client_secret',
        error: 'invalid_client',
      });
      return;
    }
    if (form.get('grant_type') !== 'account_credentials' || form.get('account_id') !== accountId) {
      this.#json(response, 400, { reason: 'unsupported grant type', error: 'unsupported_grant_type' });
      return;
    }
    const token = randomUUID();
    this.tokensIssued += 1;
    this.#tokens.set(token, this.now() + TOKEN_SECONDS * 1000);
    this.#json(response, 200, {
      access_token: token,
      token_type: 'bearer',
      expires_in: TOKEN_SECONDS,
      scope: [...this.scopes].join(' '),
      api_url: this.url,
    });
  }

  #answer(request: IncomingMessage, url: URL, text: string, response: ServerResponse): void {
    const method = request.method ?? '';
    const body: unknown = text === '' ? null : JSON.parse(text);
    this.requests.push({ method, path: url.pathname + url.search, body });
    if (this.#refuseByLimit(response)) return;
    const isCreation = method === 'POST' && url.pathname.endsWith('/meetings');
    const fault = this.#faults[0] === 'lose-creation' && !isCreation ? undefined : this.#faults.shift();
    if (fault === 'stall') return;
    if (fault === 'error') {
      this.#json(response, 500, { code: 500, message: 'Internal error.' });
      return;
    }
    if (fault === 'xml') {
      this.#xml(response);
      return;
    }
    if (fault === 'token-401' || fault === 'token-400') this.#tokens.clear();
    const expires = this.#tokens.get((request.headers.authorization ?? '').replace('Bearer ', '')) ?? 0;
    if (expires < this.now()) {
      const status = fault === 'token-400' ? 400 : 401;
      this.#json(response, status, { code: 124, message: 'Invalid access token.' });
      return;
    }
    const [status, answer] = this.#handle(method, url, body);
    if (fault === 'lose-creation') response.destroy();
    else this.#json(response, status, answer);
  }

  #handle(method: string, { pathname, searchParams: query }: URL, body: unknown): readonly [number, unknown] {
    const route = ZOOM_ROUTES.find((one) => one.method === method && one.path.test(pathname));
    if (!route) {
      this.problems.push(`${method} ${pathname} is not a route`);
      return [404, { code: 404, message: 'Not found.' }];
    }
    try {
      if (!this.scopes.has(route.scope)) {
        const message = `Invalid access token, does not contain scopes:[${route.scope}].`;
        throw new ZoomRefusal(400, 4711, message);
      }
      const ids = (route.path.exec(pathname) ?? []).slice(1).map(decodeURIComponent);
      return route.handle({ account: this.account, now: this.now(), ids, query, body });
    } catch (error) {
      if (!(error instanceof ZoomRefusal)) throw error;
      const { status, code, message, fields } = error;
      if (fields.some((field) => field.includes(': ')))
        this.problems.push(`${method} ${pathname}: ${fields.join('; ')}`);
      const errors = fields.map((field) => ({ field: field.split(':')[0], message: 'Invalid field.' }));
      return [status, { code, message, ...(errors.length > 0 ? { errors } : {}) }];
    }
  }

  /** Rate limits: QPS names seconds, a daily limit a date. */
  #refuseByLimit(response: ServerResponse): boolean {
    const limit = this.#limit;
    if (!limit || limit.left === 0) return false;
    limit.left -= 1;
    const { form, ms } = limit;
    response.setHeader('x-ratelimit-category', 'Light');
    response.setHeader('x-ratelimit-type', form === 'date' ? 'Daily-limit' : 'QPS');
    response.setHeader('retry-after', form === 'date' ? time(this.now() + ms) : String(Math.ceil(ms / 1000)));
    this.#json(response, 429, { code: 429, message: 'You have reached the rate limit for this API.' });
    return true;
  }

  #json(response: ServerResponse, status: number, body: unknown): void {
    // The clock check reads it.
    response.setHeader('date', new Date(this.now() + this.clockAheadMs).toUTCString());
    if (body === null) response.writeHead(status).end();
    else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  #xml(response: ServerResponse): void {
    const body = '<?xml version="1.0"?><error><code>300</code><message>Invalid.</message></error>';
    response.writeHead(400, { 'content-type': 'application/xml' }).end(body);
  }

  /** Stands for Zoom's own page: a button joins, as opening Zoom's client does. */
  #showPage(method: string, url: URL, text: string, response: ServerResponse): void {
    const show = (status: number, content: string) =>
      response
        .writeHead(status, { 'content-type': 'text/html; charset=utf-8' })
        .end(`<!doctype html><title>Zoom double</title><main>${content}</main>`);
    try {
      const { meeting, registrant, asHost } = this.account.admission(url.href);
      const who = asHost ? 'host' : (registrant?.name ?? 'guest');
      if (method === 'POST') this.join(url.href, new URLSearchParams(text).get('name') ?? undefined);
      const action =
        method === 'POST' ? '<p>In the meeting</p>' : '<form method=post><button>Join</button></form>';
      show(200, `<h1>Meeting ${meeting.id}</h1><p data-testid=who>${escape(who)}</p>${action}`);
    } catch (error) {
      show(403, `<p role=alert>${escape((error as Error).message)}</p>`);
    }
  }
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
