import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { webhookEvent, type WebhookEvent } from '@televisit/shared/webhooks';
import type { Certificate } from '@televisit/server/webhooks/testing/certificates';
import { Webhook } from 'standardwebhooks';
import { onTestFinished } from 'vitest';

/** A complete webhook with a valid signature. */
export interface Arrival {
  /** `performance.now()` after its last byte. */
  readonly at: number;
  readonly id: string;
  readonly event: WebhookEvent;
}

/** Answers a webhook. */
export type Behaviour = (arrival: Arrival, response: ServerResponse) => void;

export const accept: Behaviour = (_, response) => void response.writeHead(204).end();

export interface ReceiverOptions {
  /** `whsec_…` */
  readonly secret: string;
  readonly behaviour?: Behaviour;
  /** Serves https with it. */
  readonly certificate?: Certificate;
}

/** A backend that receives webhooks on the loopback address and verifies each. */
export class WebhookReceiver {
  /** In the order of arrival, including repetitions. */
  readonly arrivals: Arrival[] = [];
  /** Errors of invalid requests. */
  readonly problems: unknown[] = [];
  behaviour: Behaviour;
  readonly #server: Server;
  readonly #webhook: Webhook;
  readonly #scheme: string;

  private constructor({ secret, behaviour = accept, certificate }: ReceiverOptions) {
    this.behaviour = behaviour;
    this.#webhook = new Webhook(secret);
    this.#scheme = certificate ? 'https' : 'http';
    const handle = (request: IncomingMessage, response: ServerResponse) => void this.#take(request, response);
    this.#server = certificate ? createSecureServer(certificate, handle) : createServer(handle);
  }

  /** Closed by the caller. */
  static async open(options: ReceiverOptions): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(options);
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** Closed after the test. */
  static async start(options: ReceiverOptions): Promise<WebhookReceiver> {
    const receiver = await WebhookReceiver.open(options);
    onTestFinished(() => receiver.close());
    return receiver;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}/webhooks`;
  }

  /** Open connections do not delay it. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const at = performance.now();
      const body = Buffer.concat(chunks);
      const id = String(request.headers['webhook-id']);
      const event = webhookEvent.parse(this.#webhook.verify(body, request.headers as Record<string, string>));
      if (event.id !== id) throw new Error(`${event.id} was sent as ${id}.`);
      const arrival = { at, id, event };
      this.arrivals.push(arrival);
      this.behaviour(arrival, response);
    } catch (error) {
      // A sender that was killed during a request did not send an invalid one.
      if (request.complete) this.problems.push(error);
      response.destroy();
    }
  }
}
