import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request to the double of a provider. */
export interface DoubleRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly rawBody: Buffer;
}

export interface DoubleAnswer {
  readonly status: number;
  /** Sent as JSON, a string as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Returns null to close the connection without an answer. */
export type DoubleHandler = (request: DoubleRequest) => Promise<DoubleAnswer | null> | DoubleAnswer | null;

/** The HTTP server of a provider's double, on a free port of the loopback address. */
export class DoubleServer {
  /** In the order of arrival. */
  readonly requests: DoubleRequest[] = [];
  readonly #server: Server;

  private constructor(handle: DoubleHandler) {
    this.#server = createServer((request, response) => void this.#answer(request, response, handle));
  }

  static async start(handle: DoubleHandler): Promise<DoubleServer> {
    const server = new DoubleServer(handle);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse, handle: DoubleHandler): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const received: DoubleRequest = {
      method: request.method ?? 'GET',
      path: pathname,
      query: searchParams,
      headers: request.headers as Record<string, string | undefined>,
      rawBody: Buffer.concat(chunks),
    };
    this.requests.push(received);
    const answer = await handle(received);
    if (!answer) {
      response.destroy();
      return;
    }
    const { status, body, headers } = answer;
    const isText = typeof body === 'string';
    response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers });
    response.end(body === undefined ? '' : isText ? body : JSON.stringify(body));
  }
}
