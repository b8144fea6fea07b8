import process from 'node:process';
import { DoubleServer } from '../infra/double-server.ts';
import { PrivateValues } from './private-values.ts';

/** Whether the logs and spans of servers are scanned by default: vitest.config.ts sets it for the tests with browsers. */
export const SCANS_LOGS = process.env.SCAN_SERVER_LOGS === 'true';

/**
 * The log and the spans of one server under test, with what its backend has sent and received, of which nothing private may be in
 * them.
 */
export class LogScan {
  readonly #lines: string[] = [];
  readonly #values = new PrivateValues();
  #spans: DoubleServer | undefined;

  /** Receives spans. @returns the address for OTEL_EXPORTER_OTLP_ENDPOINT */
  async receiveSpans(): Promise<string> {
    this.#spans ??= await DoubleServer.start(() => ({ status: 200, body: {} }));
    return this.#spans.url;
  }

  /** Adds a line, or several. */
  add(text: string): void {
    this.#lines.push(...text.split('\n').filter((line) => line !== ''));
  }

  /** Returns a `fetch` whose requests and answers are read for private values. */
  watching(send: typeof fetch): typeof fetch {
    return async (input, init) => {
      if (typeof init?.body === 'string') this.#values.readBody(init.body);
      const response = await send(input, init);
      const type = response.headers.get('content-type') ?? '';
      if (type.includes('json')) this.#values.readBody(await response.clone().text());
      return response;
    };
  }

  /** Call it when the server has ended. @throws {Error} if a line or a span has a secret, a token or something personal */
  async check(): Promise<void> {
    const [first, ...others] = this.#values.leaksIn([...this.#lines, ...this.#spanLines()]);
    await this.#spans?.close();
    if (first === undefined) return;
    throw new Error(
      `The log of the server has what it must not have, in ${1 + others.length} lines: ${first}`,
    );
  }

  /** The spans, and the processes that they name, as lines of JSON. */
  #spanLines(): string[] {
    const exports = (this.#spans?.requests ?? []).map(
      ({ rawBody }) => JSON.parse(rawBody.toString()) as SpanExport,
    );
    return exports
      .flatMap(({ resourceSpans }) => resourceSpans)
      .flatMap(({ resource, scopeSpans }) => [resource, ...scopeSpans.flatMap(({ spans }) => spans)])
      .map((one) => JSON.stringify(one));
  }
}

/** A request of OTLP over HTTP, with JSON. */
interface SpanExport {
  readonly resourceSpans: readonly {
    readonly resource: unknown;
    readonly scopeSpans: readonly { readonly spans: readonly unknown[] }[];
  }[];
}
