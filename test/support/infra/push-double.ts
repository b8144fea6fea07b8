import { createECDH, createPublicKey, randomBytes, type ECDH } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import ece from 'http_ece';
import jwt from 'jsonwebtoken';
import { onTestFinished } from 'vitest';

/** A subscription of a browser, as `PushSubscription.toJSON()` returns it. */
export interface BrowserSubscription {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/** A push message as a browser receives it. */
export interface PushArrival {
  readonly endpoint: string;
  readonly payload: Record<string, string>;
  /** Seconds. */
  readonly ttl: number;
  readonly urgency: string | undefined;
  readonly topic: string | undefined;
}

interface Browser {
  readonly keys: ECDH;
  readonly auth: string;
}

/** A push service (RFC 8030) on the loopback address, with browsers that decrypt what arrives. */
export class PushDouble {
  /** In the order of arrival. */
  readonly arrivals: PushArrival[] = [];
  /** What was wrong with requests; a correct sender causes none. */
  readonly problems: string[] = [];
  /** The status by which a valid request is answered, and `Retry-After` in seconds. */
  onMessage: (endpoint: string) => { readonly status: number; readonly retryAfter?: number } = () => ({
    status: 201,
  });
  readonly #browsers = new Map<string, Browser>();
  readonly #publicKey: string;
  readonly #privateKey: string;
  readonly #server: Server;

  private constructor() {
    const pair = createECDH('prime256v1');
    this.#publicKey = pair.generateKeys().toString('base64url');
    // `getPrivateKey` drops leading zeros.
    const hex = pair.getPrivateKey('hex').padStart(64, '0');
    this.#privateKey = Buffer.from(hex, 'hex').toString('base64url');
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** Closed by the caller, or with the process. */
  static async open(): Promise<PushDouble> {
    const double = new PushDouble();
    await new Promise<void>((resolve) => double.#server.listen(0, '127.0.0.1', resolve));
    double.#server.unref();
    return double;
  }

  /** Closed after the test. */
  static async start(): Promise<PushDouble> {
    const double = await PushDouble.open();
    onTestFinished(() => double.close());
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Settings of a server that may send push messages here. */
  get env(): Record<string, string> {
    return {
      VAPID_PUBLIC_KEY: this.#publicKey,
      VAPID_PRIVATE_KEY: this.#privateKey,
      VAPID_SUBJECT: 'mailto:it@clinic.test',
      PUSH_ALLOW_HOSTS: new URL(this.url).host,
    };
  }

  /** Subscribes a new browser. */
  subscribe(): BrowserSubscription {
    const keys = createECDH('prime256v1');
    const p256dh = keys.generateKeys().toString('base64url');
    const auth = randomBytes(16).toString('base64url');
    const path = `/push/${randomBytes(12).toString('base64url')}`;
    this.#browsers.set(path, { keys, auth });
    return { endpoint: this.url + path, keys: { p256dh, auth } };
  }

  /** Returns the messages to a browser. */
  to({ endpoint }: BrowserSubscription): PushArrival[] {
    return this.arrivals.filter((arrival) => arrival.endpoint === endpoint);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const path = request.url ?? '';
    const browser = this.#browsers.get(path);
    // RFC 8030, 7.3: 404 for a subscription that has expired.
    if (!browser) return void response.writeHead(404).end();
    const problem = this.#problem(request, body);
    if (problem !== null) {
      this.problems.push(problem);
      return void response.writeHead(400).end(problem);
    }
    const endpoint = this.url + path;
    const { status, retryAfter } = this.onMessage(endpoint);
    if (status < 300) {
      const clear = ece.decrypt(body, {
        version: 'aes128gcm',
        privateKey: browser.keys,
        authSecret: browser.auth,
      });
      const { ttl, urgency, topic } = request.headers as Record<string, string | undefined>;
      const payload = JSON.parse(clear.toString()) as Record<string, string>;
      this.arrivals.push({ endpoint, payload, ttl: Number(ttl), urgency, topic });
    }
    response.writeHead(status, retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }).end();
  }

  /** Returns the first rule that a request breaks. */
  #problem({ method, headers }: IncomingMessage, body: Buffer): string | null {
    if (method !== 'POST') return 'RFC 8030, 5: POST';
    // RFC 8030, 5.2: TTL is required.
    if (!/^\d+$/.test(String(headers.ttl))) return 'RFC 8030, 5.2: TTL';
    // RFC 8030, 5.3 and 5.4.
    if (!/^(very-low|low|normal|high)$/.test(String(headers.urgency ?? 'normal'))) return 'RFC 8030, 5.3';
    if (!/^[\w-]{1,32}$/.test(String(headers.topic ?? 'none'))) return 'RFC 8030, 5.4: Topic';
    // RFC 8291, 4: aes128gcm. RFC 8030, 7.2: at most 4096 bytes.
    if (headers['content-encoding'] !== 'aes128gcm') return 'RFC 8291, 4: Content-Encoding';
    if (body.length > 4096) return 'RFC 8030, 7.2: 413';
    return this.#vapidProblem(headers.authorization ?? '');
  }

  /** RFC 8292: a token by the key that the subscription was made with, for this origin and at most 24 hours, with a contact. */
  #vapidProblem(authorization: string): string | null {
    const [, token, key] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(authorization) ?? [];
    if (token === undefined) return 'RFC 8292, 3: Authorization';
    if (key !== this.#publicKey) return 'RFC 8292, 4.2: the key of the subscription';
    const point = Buffer.from(key, 'base64url');
    const publicKey = createPublicKey({
      format: 'jwk',
      key: {
        kty: 'EC',
        crv: 'P-256',
        x: point.subarray(1, 33).toString('base64url'),
        y: point.subarray(33).toString('base64url'),
      },
    });
    try {
      const claims = jwt.verify(token, publicKey, {
        algorithms: ['ES256'],
        audience: this.url,
        // The clock of the server under test may be another one.
        ignoreExpiration: true,
      }) as jwt.JwtPayload;
      if (typeof claims.exp !== 'number') return 'RFC 8292, 2: exp';
      return /^(mailto|https):/.test(claims.sub ?? '') ? null : 'RFC 8292, 2.1: sub';
    } catch (error) {
      return `RFC 8292, 2: ${(error as Error).message}`;
    }
  }
}
