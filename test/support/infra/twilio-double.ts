import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A text message as the account keeps it. */
export interface TwilioMessage {
  readonly sid: string;
  readonly to: string;
  readonly body: string;
  readonly statusCallback: string | null;
  readonly validityPeriod: number | null;
  readonly createdAt: number;
}

/** What the double does with a message that is valid: takes it, with or without an answer, loses it, or refuses it. */
export type TwilioReply =
  'accept' | 'accept-silently' | 'lose' | { readonly status: number; readonly code: number };

export const ACCOUNT_SID = `AC${'0123456789abcdef'.repeat(2)}`;
export const AUTH_TOKEN = 'test-twilio-auth-token';
/** The number that messages come from. */
export const SENDER = '+15005550006';

/** Twilio's Messages resource on the loopback address, with an account that keeps its messages. */
export class TwilioDouble {
  /** The accepted messages, oldest first. */
  readonly messages: TwilioMessage[] = [];
  /** The forms of all attempts to send, oldest first. */
  readonly attempts: URLSearchParams[] = [];
  /** The numbers that have sent STOP. */
  readonly stopped = new Set<string>();
  /** The number of times that messages were listed. */
  lists = 0;
  /** Decides about a valid message. */
  onMessage: (form: URLSearchParams) => TwilioReply = () => 'accept';
  /** The auth token with which requests must be made. */
  authToken = AUTH_TOKEN;
  /** The time of new messages, in milliseconds since the Unix epoch. */
  now: () => number = () => Date.now();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** Closed after the test. */
  static async start(): Promise<TwilioDouble> {
    const double = new TwilioDouble();
    await new Promise<void>((resolve) => double.#server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => double.close());
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Settings of a server that sends its text messages here. */
  get env(): Record<string, string> {
    return {
      SMS_PROVIDER: 'twilio',
      TWILIO_ACCOUNT_SID: ACCOUNT_SID,
      TWILIO_AUTH_TOKEN: AUTH_TOKEN,
      TWILIO_FROM: SENDER,
      TWILIO_API_URL: this.url,
    };
  }

  /** Returns the texts to a number. */
  to(number: string): string[] {
    return this.messages.filter(({ to }) => to === number).map(({ body }) => body);
  }

  /** Sends a signed report to the StatusCallback of a message. @returns the status of the answer */
  async report(
    { sid, to, statusCallback }: TwilioMessage,
    status: string,
    { errorCode, authToken = this.authToken, signedUrl }: ReportOptions = {},
  ): Promise<number> {
    if (statusCallback === null) throw new Error('The message has no StatusCallback.');
    const form = new URLSearchParams({
      AccountSid: ACCOUNT_SID,
      MessageSid: sid,
      MessageStatus: status,
      To: to,
      From: SENDER,
      ...(errorCode === undefined ? {} : { ErrorCode: errorCode }),
    });
    // Twilio, "Webhooks security": the URL, then each name with its value, sorted by name; HMAC-SHA1 with the auth token.
    const fields = [...form]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .flat()
      .join('');
    const url = signedUrl?.(statusCallback) ?? statusCallback;
    const signature = createHmac('sha1', authToken)
      .update(url + fields)
      .digest('base64');
    const response = await fetch(statusCallback, {
      method: 'POST',
      body: form,
      headers: { 'X-Twilio-Signature': signature },
    });
    return response.status;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { pathname, searchParams } = new URL(request.url ?? '', this.url);
    const json = (status: number, body: object): void => {
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    };
    const error = (status: number, code: number): void =>
      json(status, { code, message: `Error ${code}`, status });
    const credentials = Buffer.from(`${ACCOUNT_SID}:${this.authToken}`).toString('base64');
    // Twilio, "Requests": Basic with the account's SID and auth token; 20003 otherwise.
    if (request.headers.authorization !== `Basic ${credentials}`) {
      error(401, 20_003);
      return;
    }
    if (pathname !== `/2010-04-01/Accounts/${ACCOUNT_SID}/Messages.json`) {
      error(404, 20_404);
      return;
    }
    if (request.method === 'GET') {
      json(200, this.#list(searchParams));
      return;
    }
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    this.attempts.push(form);
    const refusal = this.#refusal(request, form);
    if (refusal !== null) {
      error(400, refusal);
      return;
    }
    const reply = this.onMessage(form);
    if (typeof reply === 'object') {
      error(reply.status, reply.code);
      return;
    }
    if (reply === 'lose') return;
    const message = this.#keep(form);
    // Messages resource, create: 201 with the message, queued.
    if (reply === 'accept') json(201, { sid: message.sid, status: 'queued', body: message.body });
  }

  /** Returns the error of a message that Twilio does not take. */
  #refusal(request: IncomingMessage, form: URLSearchParams): number | null {
    if (request.headers['content-type'] !== 'application/x-www-form-urlencoded') return 20_001;
    // 21211: To is not a number in E.164.
    if (!/^\+[1-9]\d{6,14}$/.test(form.get('To') ?? '')) return 21_211;
    // 21603: neither From nor MessagingServiceSid.
    if (!form.has('From') && !form.has('MessagingServiceSid')) return 21_603;
    // 21602: Body is missing. 21617: it is longer than 1600 characters.
    const { length } = form.get('Body') ?? '';
    if (length === 0) return 21_602;
    if (length > 1600) return 21_617;
    // 21609: StatusCallback is not a URL that Twilio can reach; host names with "_" are none.
    const callback = form.get('StatusCallback');
    if (callback !== null && new URL(callback).hostname.includes('_')) return 21_609;
    // 21610: the recipient has sent STOP to the sender.
    return this.stopped.has(form.get('To') ?? '') ? 21_610 : null;
  }

  #keep(form: URLSearchParams): TwilioMessage {
    const validity = form.get('ValidityPeriod');
    const message: TwilioMessage = {
      sid: `SM${randomBytes(16).toString('hex')}`,
      to: form.get('To') ?? '',
      body: form.get('Body') ?? '',
      statusCallback: form.get('StatusCallback'),
      validityPeriod: validity === null ? null : Number(validity),
      createdAt: this.now(),
    };
    this.messages.push(message);
    return message;
  }

  /** Messages resource, list: newest first, filtered by To. */
  #list(query: URLSearchParams): object {
    this.lists += 1;
    const found = this.messages.filter(({ to }) => to === query.get('To')).reverse();
    return {
      messages: found.slice(0, Number(query.get('PageSize') ?? 50)).map(({ sid, to, body, createdAt }) => ({
        sid,
        to,
        body,
        status: 'queued',
        direction: 'outbound-api',
        date_created: new Date(createdAt).toUTCString(),
      })),
    };
  }
}

interface ReportOptions {
  readonly errorCode?: string;
  readonly authToken?: string;
  /** Changes the URL that is signed, as Twilio may with ports. */
  readonly signedUrl?: (url: string) => string;
}
