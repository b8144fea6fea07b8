import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { onTestFinished } from 'vitest';

/** A received request. */
export interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Accepts every POST on the loopback address, and verifies signatures only on request. */
export class WebhookInbox {
  readonly posted: Posted[] = [];
  readonly url: string;

  private constructor(url: string) {
    this.url = url;
  }

  /** Closed after the test. */
  static async open(answer: (response: ServerResponse) => void = (response) => response.end('thanks')) {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        inbox.posted.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
        answer(response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const inbox = new WebhookInbox(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`);
    return inbox;
  }

  /** Returns the bodies, which this secret must have signed, in order. @throws {Error} if one has another signature */
  verified(secret: string): Record<string, unknown>[] {
    return this.posted.map(
      ({ headers, body }) =>
        new Webhook(secret).verify(body, headers as Record<string, string>) as Record<string, unknown>,
    );
  }

  types(): unknown[] {
    return this.posted.map(({ body }) => (JSON.parse(body) as { type: unknown }).type);
  }
}
