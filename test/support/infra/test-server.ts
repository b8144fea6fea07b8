import { JoinTokens } from '@televisit/server/access/join-token';
import { TelevisitApi } from '@televisit/api-client';
import { compose, type Overrides, type Televisit } from '@televisit/server/compose';
import { parseConfig } from '@televisit/server/config';
import { systemClock } from '@televisit/server/domain/clock';
import { randomIds } from '@televisit/server/domain/ids';
import { createLogger } from '@televisit/server/observability/logger';
import type {
  CreateSessionRequest,
  CreateSessionResponse,
  JoinSessionResponse,
  Problem,
} from '@televisit/shared/api';
import type { Role } from '@televisit/shared/permissions';
import { onTestFinished } from 'vitest';
import { simpleVisit } from '../clients/backend.ts';
import { Conformance } from '../measure/conformance.ts';
import { INTERNAL_SECRET, TOKEN_SECRET } from './secrets.ts';
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts';

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface TestServerOptions extends Overrides {
  readonly env?: Record<string, string>;
}

const conformance = new Conformance();

/** A whole server on the loopback address with real workers, a real store and ports that nobody else has. */
export class TestServer {
  readonly televisit: Televisit;
  readonly tokens: JoinTokens;
  /** The typed client of a backend; it does not repeat calls, and every answer is held against openapi.json. */
  readonly api: TelevisitApi;
  readonly #dataDir: string;

  private constructor(televisit: Televisit, tokens: JoinTokens, dataDir: string) {
    this.televisit = televisit;
    this.tokens = tokens;
    this.api = new TelevisitApi({
      baseUrl: this.url,
      secret: INTERNAL_SECRET,
      retries: 0,
      fetch: checkedFetch,
    });
    this.#dataDir = dataDir;
  }

  /** Closed after the test. */
  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const server = await TestServer.open(options);
    onTestFinished(() => server.close());
    return server;
  }

  /** Closed by the caller. */
  static async open({ env = {}, ...overrides }: TestServerOptions = {}): Promise<TestServer> {
    const dataDir = makeTemporaryFolder();
    const config = parseConfig({
      PORT: '0',
      RTC_PORT: '0',
      LISTEN_IP: '127.0.0.1',
      DATA_DIR: dataDir,
      WORKERS: '1',
      LOG_LEVEL: 'silent',
      // The machine has other work, and a test goes on all the same.
      MAX_CPU_PERCENT: '0',
      MAX_MEMORY_PERCENT: '0',
      ...env,
    });
    const secrets = { internal: [INTERNAL_SECRET], tokens: [TOKEN_SECRET] as [string] };
    const televisit = await compose(config, secrets, createLogger(config.logLevel), overrides);
    const tokens = new JoinTokens(secrets.tokens, overrides.clock ?? systemClock, overrides.ids ?? randomIds);
    return new TestServer(televisit, tokens, dataDir);
  }

  get url(): string {
    return `http://127.0.0.1:${this.televisit.port}`;
  }

  async close(): Promise<void> {
    await this.televisit.close();
    removeFolder(this.#dataDir);
  }

  /**
   * A call as the backend makes it; text and bytes go out as they are, everything else as JSON.
   * @throws where the answer is not as openapi.json says
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

  /** A visit of `doctor` and `patient`, without a waiting room where the plan does not ask for one. */
  async createVisit(
    appointmentId = `appointment-${Math.random()}`,
    plan: Partial<CreateSessionRequest> = {},
  ): Promise<CreateSessionResponse> {
    const request = simpleVisit(appointmentId, plan);
    return (await this.call<CreateSessionResponse>('POST', '/sessions', request)).body;
  }

  async joinUrl(sessionId: string, role: Role, userId: string = role): Promise<string> {
    const answer = await this.call<JoinSessionResponse>('POST', `/sessions/${sessionId}/join`, {
      role,
      userId,
    });
    return answer.body.joinUrl;
  }
}

/** `fetch`, for answers as openapi.json says. */
const checkedFetch: typeof fetch = async (input, init) => {
  const { status, headers, bytes } = await exchange(input, init);
  return new Response(bytes, { status, headers });
};

/** @throws Error where the answer is not as openapi.json says */
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

/** JSON as what it means, text as text, everything else as its bytes. */
function parsed(type: string, bytes: Uint8Array): unknown {
  if (!type.startsWith('text/') && !type.includes('json')) return bytes;
  const text = new TextDecoder().decode(bytes);
  return type.includes('json') ? (JSON.parse(text) as unknown) : text;
}

async function answerOf(request: Request) {
  const response = await fetch(request);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, bytes };
}

/** The token inside a join link. */
export function tokenOf(joinUrl: string): string {
  return new URL(joinUrl).searchParams.get('token') ?? '';
}
