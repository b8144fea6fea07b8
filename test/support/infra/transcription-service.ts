import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface TranscriptionRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly fields: FormData;
  /** The WAV file. */
  readonly file: Buffer;
}

/** Answers a request; returns the body, or does it by itself. */
export type Answer = (request: TranscriptionRequest, response: ServerResponse) => object | undefined;

/** A service with the API of OpenAI for transcriptions, which records its requests. */
export class TranscriptionService {
  readonly requests: TranscriptionRequest[] = [];
  readonly url: string;

  private constructor(port: number) {
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Listens until the test ends. */
  static async start(answer: Answer): Promise<TranscriptionService> {
    const server = createServer((request, response) => void handle(request, response));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const service = new TranscriptionService((server.address() as AddressInfo).port);
    const handle = async (incoming: IncomingMessage, response: ServerResponse) => {
      const request = await read(incoming);
      service.requests.push(request);
      const body = answer(request, response);
      if (body) response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    };
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return service;
  }
}

async function read(incoming: IncomingMessage): Promise<TranscriptionRequest> {
  const body = new Uint8Array(await buffer(incoming));
  const { 'content-type': type = '', authorization } = incoming.headers;
  const fields = await new Response(body, { headers: { 'content-type': type } }).formData();
  const file = Buffer.from(await (fields.get('file') as File).arrayBuffer());
  return { path: incoming.url ?? '', authorization, fields, file };
}
