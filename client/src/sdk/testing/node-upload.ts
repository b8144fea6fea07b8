import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';

/** Size of a chunk, in bytes. */
const CHUNK = 64 * 1024;

/** The part of the browser's XMLHttpRequest that uploads use, over Node's HTTP. */
export class NodeUpload {
  readonly upload: { onprogress: ((event: ProgressEvent) => void) | null } = { onprogress: null };
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onabort: (() => void) | null = null;
  onloadend: (() => void) | null = null;
  status = 0;
  responseText = '';
  readonly #headers: Record<string, string> = {};
  #answer: IncomingMessage | null = null;
  #method = 'GET';
  #url = '';
  #request: ClientRequest | null = null;
  #over = false;

  open(method: string, url: string): void {
    this.#method = method;
    this.#url = url;
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers[name] = value;
  }

  getResponseHeader(name: string): string | null {
    return this.#answer?.headers[name.toLowerCase()]?.toString() ?? null;
  }

  send(file: File): void {
    void this.#send(file);
  }

  abort(): void {
    this.#finish(this.onabort);
    this.#request?.destroy();
  }

  async #send(file: File): Promise<void> {
    const bytes = Buffer.from(await file.arrayBuffer());
    const headers = { ...this.#headers, 'Content-Length': bytes.length };
    const request = httpRequest(this.#url, { method: this.#method, headers });
    this.#request = request;
    request.on('error', () => this.#finish(this.onerror));
    request.on('response', (response) => {
      this.#answer = response;
      this.status = response.statusCode ?? 0;
      response.on('data', (chunk: Buffer) => (this.responseText += chunk.toString()));
      response.on('end', () => this.#finish(this.onload));
    });
    for (let start = 0; start < bytes.length && !this.#over; start += CHUNK) {
      const chunk = bytes.subarray(start, start + CHUNK);
      await new Promise<void>((resolve) => request.write(chunk, () => resolve()));
      this.#progress(Math.min(start + CHUNK, bytes.length), bytes.length);
    }
    request.end();
  }

  #progress(loaded: number, total: number): void {
    if (this.#over) return;
    this.upload.onprogress?.({ lengthComputable: true, loaded, total } as ProgressEvent);
  }

  #finish(outcome: (() => void) | null): void {
    if (this.#over) return;
    this.#over = true;
    outcome?.();
    this.onloadend?.();
  }
}
