import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newSecret } from '@televisit/server/webhooks/signature';
import { Webhook } from 'standardwebhooks';
import { onTestFinished } from 'vitest';

/** A text message that the gateway was asked to send. */
export interface GatewayRequest {
  /** `webhook-id`. */
  readonly id: string;
  readonly body: {
    readonly type: string;
    readonly to: string;
    readonly text: string;
    readonly expiresAt: string;
  };
}

/** An SMS gateway of an operator on the loopback address, which accepts only what is signed (Standard Webhooks). */
export class SmsGatewayDouble {
  readonly secret = newSecret();
  /** In the order of arrival, including repetitions. */
  readonly requests: GatewayRequest[] = [];
  /** Decides about a request. */
  onRequest: (request: GatewayRequest) => { readonly status: number; readonly body?: object } = () => ({
    status: 200,
  });
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** Closed after the test. */
  static async start(): Promise<SmsGatewayDouble> {
    const double = new SmsGatewayDouble();
    await new Promise<void>((resolve) => double.#server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => double.close());
    return double;
  }

  /** Settings of a server that sends its text messages here. */
  get env(): Record<string, string> {
    return {
      SMS_PROVIDER: 'http',
      SMS_GATEWAY_URL: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/sms`,
      SMS_GATEWAY_SECRET: this.secret,
      WEBHOOK_ALLOW_HOSTS: '127.0.0.1',
    };
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    try {
      const headers = request.headers as Record<string, string>;
      const body = new Webhook(this.secret).verify(Buffer.concat(chunks), headers) as GatewayRequest['body'];
      const received = { id: String(headers['webhook-id']), body };
      this.requests.push(received);
      const { status, body: answer } = this.onRequest(received);
      response
        .writeHead(status, { 'Content-Type': 'application/json' })
        .end(answer && JSON.stringify(answer));
    } catch {
      response.writeHead(401).end();
    }
  }
}
