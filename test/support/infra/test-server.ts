import { JoinTokens } from '@televisit/server/access/join-token';
import { compose, type Overrides, type Televisit } from '@televisit/server/compose';
import { parseConfig } from '@televisit/server/config';
import { systemClock } from '@televisit/server/core/clock';
import { randomIds } from '@televisit/server/domain/ids';
import { createLogger } from '@televisit/server/compose/environment';
import type { Problem } from '@televisit/shared/api';
import type { Logger } from 'pino';
import { Backend } from '../clients/backend.ts';
import { Conformance } from '../measure/conformance.ts';
import { LogScan, SCANS_LOGS } from '../measure/log-scan.ts';
import { INTERNAL_SECRET, SECRETS, SETTINGS } from './settings.ts';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface TestServerOptions extends Overrides {
  readonly env?: Record<string, string>;
  /** The keys of recordings, the current one first. Default: those of `SECRETS`. */
  readonly recordingKeys?: readonly string[];
  /** Receives the lines that the server logs, at the most verbose level. */
  readonly onLog?: (line: string) => void;
  /** Whether `close` fails if log or spans have a secret, a token or something personal. Default: in tests with browsers. */
  readonly scansLog?: boolean;
}

interface Started {
  readonly televisit: Televisit;
  readonly tokens: JoinTokens;
  readonly dataDir: string;
  readonly logger: Logger;
  readonly scan: LogScan | null;
}

const conformance = new Conformance();

/**
 * A whole server in this process. It is its own backend, whose requests and responses are checked against openapi.json.
 */
export class TestServer extends Backend {
  readonly televisit: Televisit;
  readonly tokens: JoinTokens;
  /** The folder of its data, unless the test chose another one. */
  readonly dataDir: string;
  readonly logger: Logger;
  readonly #scan: LogScan | null;

  private constructor({ televisit, tokens, dataDir, logger, scan }: Started) {
    super(`http://127.0.0.1:${televisit.port}`, scan?.watching(checkedFetch) ?? checkedFetch);
    this.televisit = televisit;
    this.tokens = tokens;
    this.dataDir = dataDir;
    this.logger = logger;
    this.#scan = scan;
  }

  /** Closed by the caller; tests use `startServer`. */
  static async open({
    env = {},
    recordingKeys = SECRETS.recordings,
    onLog,
    scansLog = SCANS_LOGS,
    ...overrides
  }: TestServerOptions = {}): Promise<TestServer> {
    const dataDir = makeTemporaryFolder();
    const scan = scansLog ? new LogScan() : null;
    const tracing = scan ? { OTEL_EXPORTER_OTLP_ENDPOINT: await scan.receiveSpans() } : {};
    const defaults = { ...SETTINGS, ...tracing, DATA_DIR: dataDir, WORKERS: '1', LOG_LEVEL: 'silent' };
    const config = parseConfig({ ...defaults, ...env });
    const write = (line: string) => {
      scan?.add(line);
      onLog?.(line);
    };
    const logger = onLog || scan ? createLogger('trace', { write }) : createLogger(config.logLevel);
    const televisit = await compose(config, { ...SECRETS, recordings: recordingKeys }, logger, overrides);
    const tokens = new JoinTokens(SECRETS.tokens, overrides.clock ?? systemClock, overrides.ids ?? randomIds);
    return new TestServer({ televisit, tokens, dataDir, logger, scan });
  }

  /** @throws {Error} if log or spans have something that they must not have */
  async close(): Promise<void> {
    await this.televisit.close();
    removeFolder(this.dataDir);
    await this.#scan?.check();
  }

  /**
   * Sends a request of the backend; text and bytes go out as they are, everything else as JSON.
   * @throws {Error} if the response does not match openapi.json
   */
  async call<T = Problem>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const {
      status,
      headers: answered,
      body: parsed,
    } = await exchange(new URL(path, this.url), {
      method,
      headers: {
        'X-Internal-Secret': INTERNAL_SECRET,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: written(body) }),
    });
    return { status, headers: answered, body: parsed as T };
  }
}

/** `fetch` that rejects responses that do not match openapi.json. */
const checkedFetch: typeof fetch = async (input, init) => {
  const { status, headers, bytes } = await exchange(input, init);
  return new Response(bytes, { status, headers });
};

/** @throws {Error} if the response does not match openapi.json */
async function exchange(
  input: string | URL | Request,
  init?: RequestInit,
): Promise<Answer<unknown> & { readonly bytes: Uint8Array<ArrayBuffer> }> {
  const request = new Request(input, init);
  const { pathname, search } = new URL(request.url);
  const { status, headers, bytes } = await answerOf(request);
  const body = parsed(headers.get('content-type') ?? '', bytes);
  conformance.check({
    method: request.method,
    path: pathname + search,
    requestBody: typeof init?.body === 'string' ? init.body : undefined,
    status,
    headers,
    body,
  });
  return { status, headers, bytes, body };
}

function written(body: unknown): string | Uint8Array<ArrayBuffer> {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);
}

/** Returns JSON as its value, text as text, and everything else as bytes. */
function parsed(type: string, bytes: Uint8Array): unknown {
  if (type.includes('jsonl') || (!type.startsWith('text/') && !type.includes('json'))) return bytes;
  const text = new TextDecoder().decode(bytes);
  return type.includes('json') ? (JSON.parse(text) as unknown) : text;
}

async function answerOf(request: Request) {
  const response = await fetch(request);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, bytes };
}
