import type { ChatFile } from '@televisit/shared/signaling';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

const PATH = '/api/v1/visits/sess_1/files';

/** The files of the fake server's chat. */
export class FakeFiles {
  readonly #files = new Map<string, { file: ChatFile; bytes: Buffer }>();
  /** The refusal of uploads and downloads; null for success. */
  problem: { status: number; code: string } | null = null;
  /** How many uploads are interrupted before one succeeds. */
  breaks = 0;
  /** Delays the answer to every upload until it resolves. */
  gate: Promise<void> = Promise.resolve();
  uploads = 0;
  /** The number of simultaneous uploads that are allowed, and the most there were. */
  limit = 2;
  most = 0;
  #running = 0;

  of(fileId: string): ChatFile | null {
    return this.#files.get(fileId)?.file ?? null;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'POST') await this.#take(request, response);
    else this.#give(request, response);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.uploads += 1;
    if (this.breaks > 0) {
      this.breaks -= 1;
      request.destroy();
      return;
    }
    this.#running += 1;
    this.most = Math.max(this.most, this.#running);
    response.once('close', () => (this.#running -= 1));
    if (this.#running > this.limit) {
      response.writeHead(429, { 'Retry-After': '20' }).end(JSON.stringify({ code: 'too_many_requests' }));
      return;
    }
    const bytes = await buffer(request);
    await this.gate;
    if (this.problem) {
      response.writeHead(this.problem.status).end(JSON.stringify(this.problem));
      return;
    }
    const file = {
      fileId: `file-${this.#files.size + 1}`,
      name: decodeURIComponent(String(request.headers['x-file-name'])),
      contentType: String(request.headers['content-type']),
      bytes: bytes.length,
    };
    this.#files.set(file.fileId, { file, bytes });
    response.writeHead(201).end(JSON.stringify(file));
  }

  #give(request: IncomingMessage, response: ServerResponse): void {
    const found = this.#files.get(request.url?.slice(PATH.length + 1) ?? '');
    if (!found) {
      response.writeHead(404).end(JSON.stringify({ code: 'file_not_found' }));
      return;
    }
    response.writeHead(200, { 'Content-Type': found.file.contentType }).end(found.bytes);
  }
}
