import { createHmac } from 'node:crypto';
import { readToken } from '@televisit/server/providers/agora/testing/read-token';
import { DoubleServer, type DoubleAnswer, type DoubleRequest } from './double-server.ts';

export interface AgoraDoubleOptions {
  readonly appId: string;
  readonly certificate: string;
  readonly customer: { readonly id: string; readonly secret: string };
  /** The secret of Notifications. */
  readonly secret: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

interface Rule {
  readonly id: number;
  readonly cname: string | null;
  readonly privileges: readonly string[];
  readonly endsAt: number;
}

interface Channel {
  readonly people: Map<string, Person>;
}

interface Person {
  readonly account: string;
  readonly uid: number;
  readonly sid: string;
  readonly joinedAt: number;
}

/** What the SDK gets that joins a channel. */
export type AgoraJoined =
  | { readonly ok: false; readonly reason: 'token' | 'expired' | 'banned' }
  | { readonly ok: true; readonly canPublish: boolean; readonly leave: () => Promise<void> };

/** "Notifications stops sending notifications after three retries"; it needs 200 and a body in JSON. */
const RETRIES = 3;
/** "Call frequency limit": 20 per second for questions about channels, 10 for each other API. */
const LIMITS = { query: 20, other: 10 };
/** "Values outside the range [1,1440] are clamped"; the default is an hour. */
const MINUTES = { min: 1, max: 1440, default: 60 };

/** Agora for tests: channels with tokens read by Agora's own code, the channel management API and Notifications. */
export class AgoraDouble {
  readonly #options: AgoraDoubleOptions;
  readonly #channels = new Map<string, Channel>();
  #rules: Rule[] = [];
  #lastRule = 1000;
  #people = 0;
  #notices = 0;
  #server: DoubleServer | null = null;
  readonly #calls = { query: [] as number[], other: [] as number[] };
  /** The address of Notifications; null if it is not set up. */
  webhookUrl: string | null = null;
  /** The number of requests for rules that take effect without an answer. */
  loseAnswers = 0;
  /** The number of requests for rules that are closed without effect. */
  loseRequests = 0;

  private constructor(options: AgoraDoubleOptions) {
    this.#options = options;
  }

  static async start(options: AgoraDoubleOptions): Promise<AgoraDouble> {
    const double = new AgoraDouble(options);
    double.#server = await DoubleServer.start((request) => double.#answer(request));
    return double;
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  get requests(): readonly DoubleRequest[] {
    return this.#server?.requests ?? [];
  }

  get rules(): readonly Rule[] {
    return this.#rules.filter(({ endsAt }) => endsAt > this.#options.now());
  }

  /** The accounts in a channel. */
  accounts(channel: string): readonly string[] {
    return [...(this.#channels.get(channel)?.people.keys() ?? [])];
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  /** Joins a channel as the SDK does, in communication mode. */
  async join(channel: string, account: string, text: string): Promise<AgoraJoined> {
    const { appId, certificate, now } = this.#options;
    const token = readToken(text, certificate);
    const isRight = token?.appId === appId && token.channel === channel && token.account === account;
    if (!token || !isRight || token.privileges[1] === undefined) return { ok: false, reason: 'token' };
    // 0 stands for the life of the token, which is 24 hours at most.
    const seconds = Math.min(token.expire, token.privileges[1] || token.expire, 86_400);
    if (now() / 1000 >= token.issuedAt + seconds) return { ok: false, reason: 'expired' };
    if (this.rules.some((rule) => isBan(rule, channel))) return { ok: false, reason: 'banned' };
    let entered = this.#channels.get(channel);
    if (!entered) {
      entered = { people: new Map() };
      this.#channels.set(channel, entered);
      await this.#notify(101, { channelName: channel });
    }
    const uid = ++this.#people;
    const person = { account, uid, sid: `sid-${uid}`, joinedAt: this.#seconds() };
    entered.people.set(account, person);
    await this.#notify(107, this.#payload(channel, person), person.sid);
    const canPublish = token.privileges[2] !== undefined && token.privileges[3] !== undefined;
    return { ok: true, canPublish, leave: () => this.#leave(channel, person, 1) };
  }

  /** Returns a signed request of Notifications. */
  notice(eventType: number, payload: object, { key = `notice:${++this.#notices}`, sid = '' } = {}) {
    const { now, secret } = this.#options;
    const body = { noticeId: key, productId: 1, eventType, notifyMs: now(), sid, payload };
    const rawBody = Buffer.from(JSON.stringify(body));
    const sign = (algorithm: string) => createHmac(algorithm, secret).update(rawBody).digest('hex');
    const headers = {
      'content-type': 'application/json',
      'agora-signature': sign('sha1'),
      'agora-signature-v2': sign('sha256'),
    };
    return { path: '', now: now(), headers, rawBody };
  }

  #payload(channelName: string, { account, uid }: Person) {
    return { channelName, account, uid, platform: 7, clientSeq: this.#options.now() };
  }

  async #leave(channel: string, person: Person, reason: number): Promise<void> {
    const entered = this.#channels.get(channel);
    if (entered?.people.get(person.account) !== person) return;
    entered.people.delete(person.account);
    const duration = this.#seconds() - person.joinedAt;
    await this.#notify(108, { ...this.#payload(channel, person), reason, duration }, person.sid);
    if (entered.people.size > 0) return;
    this.#channels.delete(channel);
    // "May be received more than once".
    for (let time = 0; time < 2; time++)
      await this.#notify(102, { channelName: channel, lastUid: person.uid });
  }

  async #notify(eventType: number, payload: object, sid?: string): Promise<void> {
    if (this.webhookUrl === null) return;
    const complete = { ...payload, ts: this.#seconds() };
    const key = `notice:${++this.#notices}`;
    for (let retries = RETRIES; retries >= 0; retries--) {
      // `notifyMs` is new at each attempt, and so are the signatures.
      const { headers, rawBody } = this.notice(eventType, complete, { key, ...(sid ? { sid } : {}) });
      const response = await fetch(this.webhookUrl, {
        method: 'POST',
        headers,
        body: new Uint8Array(rawBody),
      });
      const isJson = response.headers.get('content-type')?.includes('application/json') ?? false;
      const text = await response.text();
      if (response.status === 200 && isJson && text !== '') return;
    }
  }

  #answer(request: DoubleRequest): Promise<DoubleAnswer | null> | DoubleAnswer {
    const { customer } = this.#options;
    const right = `Basic ${Buffer.from(`${customer.id}:${customer.secret}`).toString('base64')}`;
    // "Response status codes": 401 without valid credentials.
    if (request.headers.authorization !== right) {
      return { status: 401, body: { message: 'Invalid authentication credentials' } };
    }
    const kind = request.path.startsWith('/dev/v1/channel/') ? 'query' : 'other';
    if (this.#isLimited(kind)) return { status: 429, body: { message: 'Too many requests' } };
    if (kind === 'query') return this.#users(request);
    return request.path === '/dev/v1/kicking-rule' ? this.#rule(request) : { status: 404 };
  }

  #isLimited(kind: 'query' | 'other'): boolean {
    const now = this.#options.now();
    const recent = this.#calls[kind].filter((at) => now - at < 1000);
    this.#calls[kind] = [...recent, now];
    return recent.length >= LIMITS[kind];
  }

  /** "Query the user list": without a channel `channel_exist` is false, and no other field is there. */
  #users({ method, path }: DoubleRequest): DoubleAnswer {
    const [, appId, channel] = /^\/dev\/v1\/channel\/user\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
    if (method !== 'GET' || channel === undefined) return { status: 404 };
    if (appId !== this.#options.appId) return { status: 400, body: { message: 'invalid appid' } };
    const people = this.#channels.get(decodeURIComponent(channel))?.people;
    const data = people
      ? { channel_exist: true, mode: 1, total: people.size, users: [...people.keys()] }
      : { channel_exist: false };
    return { status: 200, body: { success: true, data } };
  }

  async #rule({ method, query, rawBody }: DoubleRequest): Promise<DoubleAnswer | null> {
    if (method === 'GET') return this.#list(query.get('appid'));
    if (method !== 'POST') return { status: 404 };
    const body = JSON.parse(rawBody.toString()) as {
      appid?: string;
      cname?: string;
      time?: number;
      privileges?: readonly string[];
    };
    if (body.appid !== this.#options.appId || !body.privileges?.length) {
      return { status: 400, body: { message: 'invalid parameters' } };
    }
    if (this.loseRequests > 0) {
      this.loseRequests--;
      return null;
    }
    const { min, max } = MINUTES;
    const minutes = body.time === 0 ? 0 : Math.min(max, Math.max(min, body.time ?? MINUTES.default));
    const endsAt = this.#options.now() + minutes * 60_000;
    const rule = { id: ++this.#lastRule, cname: body.cname ?? null, privileges: body.privileges, endsAt };
    this.#rules.push(rule);
    for (const [channel, { people }] of this.#channels) {
      if (!isBan(rule, channel)) continue;
      for (const person of people.values()) await this.#leave(channel, person, 3);
    }
    if (this.loseAnswers > 0) {
      this.loseAnswers--;
      return null;
    }
    return { status: 200, body: { status: 'success', id: rule.id } };
  }

  #list(appid: string | null): DoubleAnswer {
    if (appid !== this.#options.appId) return { status: 400, body: { message: 'invalid appid' } };
    const rules = this.rules.map(({ id, cname, privileges, endsAt }) => ({
      id,
      appid,
      uid: null,
      opid: id,
      cname,
      ip: null,
      ts: new Date(endsAt).toISOString(),
      privileges,
    }));
    return { status: 200, body: { status: 'success', rules } };
  }

  #seconds(): number {
    return Math.floor(this.#options.now() / 1000);
  }
}

function isBan({ cname, privileges }: Rule, channel: string): boolean {
  return cname === channel && privileges.includes('join_channel');
}
