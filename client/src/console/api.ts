import type {
  ConsoleDelivery,
  ConsoleDeliveryList,
  ConsoleHistory,
  ConsoleJoinFailureList,
  ConsoleLogin,
  ConsoleMessageList,
  ConsoleNode,
  ConsoleNodeList,
  ConsoleQuality,
  ConsoleRecordingList,
  ConsoleSearchResult,
  ConsoleSession,
  ConsoleSessionDetail,
  ConsoleSessionList,
} from '@televisit/shared/console';
import {
  BACKGROUND_HEADER,
  CONSOLE_API_PATH,
  CSRF_HEADER,
  CSRF_LOGIN,
} from '@televisit/shared/console.vocabulary';
import { queryOf, type Filters } from './routing.ts';

/** A request that failed. `code` is the server's error code, or `unreachable` without an answer of the server. */
export class ConsoleError extends Error {
  override readonly name = 'ConsoleError';
  readonly code: string;
  /** The status of the answer; 0 without one. */
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }

  static from(error: unknown): ConsoleError {
    return error instanceof ConsoleError ? error : new ConsoleError('unreachable', 0, String(error));
  }
}

/** How something is read. */
export interface Reading {
  readonly signal: AbortSignal;
  /** Whether the page reads by itself what has changed, which is no activity of the operator. */
  readonly isBackground: boolean;
}

/** The API of the console. Each method rejects with a `ConsoleError`. */
export class ConsoleApi {
  readonly #address: string;
  readonly #send: typeof fetch;
  #csrfToken = CSRF_LOGIN;
  #onLoggedOut: () => void = () => undefined;

  /**
   * @param baseUrl the public address of the server, without a slash at the end
   * @param send sends the requests
   */
  constructor(baseUrl: string, send: typeof fetch) {
    this.#address = baseUrl + CONSOLE_API_PATH;
    this.#send = send;
  }

  /** The address that begins a login with the identity provider. */
  get oidcAddress(): string {
    return `${this.#address}/login/oidc`;
  }

  /** The address of the event stream. */
  get eventsAddress(): string {
    return `${this.#address}/events`;
  }

  /** Sets what is called when the server answers that the operator is not logged in. */
  set onLoggedOut(listener: () => void) {
    this.#onLoggedOut = listener;
  }

  login(): Promise<ConsoleLogin> {
    return this.#get('/login');
  }

  async loginByLink(code: string): Promise<ConsoleSession> {
    return this.#begin(await this.#call('POST', '/login/link', { body: { code }, csrf: CSRF_LOGIN }));
  }

  /** Reads the login of this browser. */
  async session(): Promise<ConsoleSession> {
    return this.#begin(await this.#get('/session'));
  }

  async logout(): Promise<void> {
    await this.#call('POST', '/logout');
  }

  nodes(reading?: Reading): Promise<ConsoleNodeList> {
    return this.#get('/nodes', reading);
  }

  drain(nodeId: string, deadlineSeconds: number): Promise<ConsoleNode> {
    return this.#call('POST', `/nodes/${encodeURIComponent(nodeId)}/drain`, { body: { deadlineSeconds } });
  }

  undrain(nodeId: string): Promise<ConsoleNode> {
    return this.#call('DELETE', `/nodes/${encodeURIComponent(nodeId)}/drain`);
  }

  sessions(filters: Filters, reading?: Reading): Promise<ConsoleSessionList> {
    return this.#get(`/sessions${queryOf(filters)}`, reading);
  }

  search(text: string, reading?: Reading): Promise<ConsoleSearchResult> {
    return this.#get(`/search${queryOf({ q: text })}`, reading);
  }

  failures(filters: Filters, reading?: Reading): Promise<ConsoleJoinFailureList> {
    return this.#get(`/join-failures${queryOf(filters)}`, reading);
  }

  detail(sessionId: string, reading?: Reading): Promise<ConsoleSessionDetail> {
    return this.#get(`/sessions/${encodeURIComponent(sessionId)}`, reading);
  }

  quality(sessionId: string, reading?: Reading): Promise<ConsoleQuality> {
    return this.#get(`/sessions/${encodeURIComponent(sessionId)}/quality`, reading);
  }

  history(sessionId: string, page: Filters, reading?: Reading): Promise<ConsoleHistory> {
    return this.#get(`/sessions/${encodeURIComponent(sessionId)}/history${queryOf(page)}`, reading);
  }

  deliveries(sessionId: string, page: Filters, reading?: Reading): Promise<ConsoleDeliveryList> {
    return this.#get(`/sessions/${encodeURIComponent(sessionId)}/deliveries${queryOf(page)}`, reading);
  }

  replay(deliveryId: string): Promise<ConsoleDelivery> {
    return this.#call('POST', `/deliveries/${encodeURIComponent(deliveryId)}/replay`);
  }

  messages(sessionId: string, reading?: Reading): Promise<ConsoleMessageList> {
    return this.#get(`/sessions/${encodeURIComponent(sessionId)}/messages`, reading);
  }

  recordings(sessionId: string, reading?: Reading): Promise<ConsoleRecordingList> {
    return this.#get(`/sessions/${encodeURIComponent(sessionId)}/recordings`, reading);
  }

  #begin(session: ConsoleSession): ConsoleSession {
    this.#csrfToken = session.csrfToken;
    return session;
  }

  #get<T>(path: string, reading?: Reading): Promise<T> {
    return this.#call('GET', path, reading);
  }

  async #call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    const { body, signal, isBackground = false, csrf = this.#csrfToken } = options;
    const response = await this.#send(this.#address + path, {
      method,
      headers: {
        Accept: 'application/json, application/problem+json',
        ...(method === 'GET' ? {} : { [CSRF_HEADER]: csrf }),
        ...(isBackground ? { [BACKGROUND_HEADER]: '1' } : {}),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
    // A proxy in front of the server may answer with a page of its own.
    const content = (await response.json().catch(() => ({}))) as Partial<Problem>;
    if (response.ok) return content as T;
    const error = new ConsoleError(
      content.code ?? 'unreachable',
      response.status,
      content.detail ?? content.title ?? response.statusText,
    );
    if (error.code === 'console_login') this.#onLoggedOut();
    throw error;
  }
}

interface CallOptions extends Partial<Reading> {
  readonly body?: object;
  readonly csrf?: string;
}

/** What the page reads of a problem (RFC 9457). */
interface Problem {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}
