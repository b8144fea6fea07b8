import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { CalendarDouble } from './google-double-calendar.ts';
import { MeetDouble, type UserKind } from './google-double-meet.ts';
import { PUSH_AUDIENCE, PUSH_EMAIL, PushDouble } from './google-double-push.ts';
import { calendarError, denied, problem, type Reply } from './google-double-replies.ts';
import { OAUTH, SCOPE, SERVICE_ACCOUNT_FILE, refused, SUBJECT, TokenDouble } from './google-double-tokens.ts';

/**
 * How requests fail. Of the API: `rate`, `quota` and `forbidden` are 403 with that reason, `expired` is a token that is no longer
 * accepted, `lost` handles the request and closes the connection, `conference` lets the creation of a Meet link fail. Of the token
 * endpoint: `revoked` is `invalid_grant`, `undelegated` `unauthorized_client`.
 */
export type Failure =
  | 'rate'
  | 'quota'
  | 'forbidden'
  | 'disabled'
  | 'scope'
  | 'expired'
  | 'limited'
  | 'error'
  | 'unavailable'
  | 'lost'
  | 'conference'
  | 'revoked'
  | 'undelegated';

export const TOPIC = 'projects/clinic-1234/topics/meet-events';
export const USER_ID = '108512345678901234567';

const replies: Partial<Record<Failure, Reply>> = {
  rate: calendarError(403, 'rateLimitExceeded', 'Rate Limit Exceeded'),
  quota: calendarError(403, 'quotaExceeded', 'Calendar usage limits exceeded.'),
  forbidden: calendarError(403, 'forbidden', 'Forbidden'),
  disabled: problem(403, 'PERMISSION_DENIED', 'The API is disabled.', 'SERVICE_DISABLED'),
  scope: problem(403, 'PERMISSION_DENIED', 'Insufficient scopes.', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'),
  expired: problem(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.'),
  limited: problem(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded.', 'RATE_LIMIT_EXCEEDED'),
  error: problem(500, 'INTERNAL', 'Internal error encountered.'),
  unavailable: problem(503, 'UNAVAILABLE', 'The service is currently unavailable.'),
};

/** Google as the adapter sees it: token endpoint, Meet, Calendar, Workspace Events, Pub/Sub, and the page of a meeting. */
export class GoogleDouble {
  /** Method and path of every request. */
  readonly requests: string[] = [];
  readonly calendar: CalendarDouble;
  readonly meet: MeetDouble;
  readonly push: PushDouble;
  readonly tokens: TokenDouble;
  /** How often an event is read before its Meet link is there. */
  pendingPolls = 0;
  /** Milliseconds by which Google's clock differs from the machine's. */
  skewMs = 0;
  readonly #server: Server;
  #failures: Reply[] = [];
  readonly #named: Failure[] = [];
  #isDown = false;

  private constructor() {
    const now = () => Date.now() + this.skewMs;
    this.meet = new MeetDouble((code) => `${this.url}/${code}`, now);
    this.calendar = new CalendarDouble({
      createMeet: () => this.meet.create(false),
      pendingPolls: () => this.pendingPolls,
      takeConferenceFailure: () => this.#take('conference'),
    });
    this.tokens = new TokenDouble(() => `${this.url}/token`, now);
    this.push = new PushDouble(now);
    this.meet.onChange = (change) => void this.push.deliver(change);
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** Closed by the caller. */
  static async open(): Promise<GoogleDouble> {
    const double = new GoogleDouble();
    await new Promise<void>((resolve) => double.#server.listen(0, '127.0.0.1', resolve));
    return double;
  }

  /** Closed after the test. */
  static async start(): Promise<GoogleDouble> {
    const double = await GoogleDouble.open();
    onTestFinished(() => double.close());
    return double;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The environment of a server that uses the double by a service account. */
  get env(): Record<string, string> {
    return {
      ...this.#addresses,
      GOOGLE_SERVICE_ACCOUNT: SERVICE_ACCOUNT_FILE,
      GOOGLE_SUBJECT: SUBJECT,
    };
  }

  /** The environment of a server that uses the double by a refresh token. */
  get oauthEnv(): Record<string, string> {
    return {
      ...this.#addresses,
      GOOGLE_CLIENT_ID: OAUTH.clientId,
      GOOGLE_CLIENT_SECRET: OAUTH.clientSecret,
      GOOGLE_REFRESH_TOKEN: OAUTH.refreshToken,
    };
  }

  /** What to add to the environment for pushes of Pub/Sub. */
  readonly pushEnv: Readonly<Record<string, string>> = {
    GOOGLE_PUBSUB_AUDIENCE: PUSH_AUDIENCE,
    GOOGLE_PUBSUB_EMAIL: PUSH_EMAIL,
    GOOGLE_PUBSUB_TOPIC: TOPIC,
    GOOGLE_USER_ID: USER_ID,
  };

  get #addresses(): Record<string, string> {
    return {
      GOOGLE_TOKEN_URL: `${this.url}/token`,
      GOOGLE_MEET_URL: `${this.url}/meet/v2`,
      GOOGLE_CALENDAR_URL: `${this.url}/calendar/v3`,
      GOOGLE_EVENTS_URL: `${this.url}/events/v1`,
      GOOGLE_KEYS_URL: `${this.url}/certs`,
    };
  }

  /** Lets the next `times` requests fail. */
  fail(mode: Failure, times = 1): void {
    for (let count = 0; count < times; count++) this.#named.push(mode);
  }

  /** Answers the next `times` API requests with 429 and `Retry-After`. */
  limit(retryAfter: string, times = 1): void {
    const reply = { ...replies.limited!, headers: { 'retry-after': retryAfter } };
    for (let count = 0; count < times; count++) this.#failures.push(reply);
  }

  /** Ends all failures. */
  heal(): void {
    this.#named.length = 0;
    this.#failures = [];
  }

  /** Closes every connection without an answer. */
  down(): void {
    this.#isDown = true;
  }

  up(): void {
    this.#isDown = false;
  }

  /** Lets a person enter a space, by its name or code. @returns the participant session */
  join(space: string, name: string, options: { kind?: UserKind; at?: number } = {}): string {
    return this.meet.join(space, name, options);
  }

  leave(session: string, at?: number): void {
    this.meet.leave(session, at);
  }

  /** The number of requests whose method and path begin with a text. */
  count(prefix: string): number {
    return this.requests.filter((request) => request.startsWith(prefix)).length;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (this.#isDown) {
      response.destroy();
      return;
    }
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    const method = request.method ?? 'GET';
    this.requests.push(`${method} ${pathname}`);
    const {
      status,
      body,
      headers = {},
    } = this.#answer(request, method, pathname, searchParams, Buffer.concat(chunks));
    if (status === 0) {
      response.destroy();
      return;
    }
    const isText = typeof body === 'string';
    response.writeHead(status, {
      date: new Date(Date.now() + this.skewMs).toUTCString(),
      ...(body === undefined
        ? {}
        : { 'content-type': isText ? 'text/html; charset=utf-8' : 'application/json' }),
      ...headers,
    });
    response.end(body === undefined ? undefined : isText ? body : JSON.stringify(body));
  }

  #answer(
    request: IncomingMessage,
    method: string,
    path: string,
    query: URLSearchParams,
    raw: Buffer,
  ): Reply {
    const form = new URLSearchParams(raw.toString());
    if (path === '/token') return this.#grant(form);
    if (path === '/certs') {
      const failure = this.#failure();
      return failure ?? this.push.keys();
    }
    const [, api = '', rest = ''] = /^\/(meet\/v2|calendar\/v3|events\/v1)(\/.*)$/.exec(path) ?? [];
    if (api === '') return this.#page(method, path.slice(1), form);
    const failure = this.#failure();
    if (failure) return failure;
    const isLost = this.#take('lost');
    const reply = this.#callApi(api, method, rest, query, raw, request.headers.authorization);
    return isLost ? { status: 0 } : reply;
  }

  #callApi(
    api: string,
    method: string,
    path: string,
    query: URLSearchParams,
    raw: Buffer,
    authorization: string | undefined,
  ): Reply {
    const token = this.tokens.accessOf(authorization);
    if (!token) return replies.expired!;
    const has = (scope: string) => token.scopes.includes(SCOPE + scope);
    const json: unknown = raw.length > 0 ? JSON.parse(raw.toString()) : {};
    if (api === 'calendar/v3') {
      if (!has('calendar.events'))
        return calendarError(403, 'insufficientPermissions', 'Insufficient Permission');
      return this.calendar.handle(method, path, query, json, token.hasSubject);
    }
    const scopes = { own: has('meetings.space.created'), reads: has('meetings.space.readonly') };
    if (!scopes.own && !scopes.reads) return replies.scope!;
    if (api === 'events/v1') return this.push.handle(method, path, query, json);
    // Without delegation, a service account has no spaces.
    return token.hasSubject ? this.meet.handle(method, path, query, json, scopes) : denied();
  }

  #grant(form: URLSearchParams): Reply {
    if (this.#take('revoked')) return refused(400, 'invalid_grant');
    if (this.#take('undelegated')) return refused(401, 'unauthorized_client');
    return this.tokens.grant(form);
  }

  /** The page of a meeting: a name and a button to enter, as for people without an account. */
  #page(method: string, path: string, form: URLSearchParams): Reply {
    const space = this.meet.find(path.replace(/\/join$/, ''));
    if (!space) return page(404, 'Check your meeting code');
    if (space.config.entryPointAccess === 'CREATOR_APP_ONLY')
      return page(403, 'You can’t join this video call');
    if (method === 'POST') {
      this.join(space.name, form.get('name') ?? '');
      return page(200, `You are in ${space.code}`);
    }
    const button = space.config.accessType === 'OPEN' ? 'Join now' : 'Ask to join';
    const input = '<label>Your name <input name="name" required></label>';
    return page(
      200,
      `Meeting ${space.code}`,
      `<form method="post" action="/${space.code}/join">${input}<button>${button}</button></form>`,
    );
  }

  #failure(): Reply | null {
    const limit = this.#failures.shift();
    if (limit) return limit;
    const mode = this.#named[0];
    const reply = mode === undefined ? undefined : replies[mode];
    if (!reply) return null;
    this.#named.shift();
    return reply;
  }

  /** Takes the next failure if it is of a kind. */
  #take(mode: Failure): boolean {
    if (this.#named[0] !== mode) return false;
    this.#named.shift();
    return true;
  }
}

function page(status: number, title: string, content = ''): Reply {
  return { status, body: `<!doctype html><title>Meet double</title><h1>${title}</h1>${content}` };
}
