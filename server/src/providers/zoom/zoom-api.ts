import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { ProviderError } from '../provider-error.ts';
import { ProviderHttp, type ProviderRequest, type ProviderResponse } from '../provider-http.ts';
import { codeOf, dailyLimitMs, ZOOM_CODES, zoomError } from './zoom-error.ts';
import type { ZoomSettings } from './zoom-settings.ts';
import { ZoomTokens, type ZoomToken } from './zoom-tokens.ts';

export interface ZoomApiOptions {
  readonly settings: ZoomSettings;
  readonly clock: Clock;
  /** The deadline of one attempt, in milliseconds. */
  readonly timeoutMs?: number;
}

export interface ZoomRequest {
  readonly method: ProviderRequest['method'];
  /** Below `/v2`; made with `zoomPath`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly signal: AbortSignal;
}

const API_URL = 'https://api.zoom.us/v2';
/** More pages than a host has meetings, or a visit people. */
const MAX_PAGES = 20;
const PAGE_SIZE = '300';

/** Returns a path of the API from segments. */
export function zoomPath(...segments: readonly string[]): string {
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join('');
}

/** Returns the UUID of a meeting as a segment for `zoomPath`: encoded once more if it begins with `/` or contains `//`. */
export function uuidSegment(uuid: string): string {
  return uuid.startsWith('/') || uuid.includes('//') ? encodeURIComponent(uuid) : uuid;
}

/** Calls the Zoom API (https://developers.zoom.us/docs/api/) with the token of the account. */
export class ZoomApi {
  readonly #settings: ZoomSettings;
  readonly #http: ProviderHttp;
  readonly #tokens: ZoomTokens;

  constructor({ settings, clock, timeoutMs }: ZoomApiOptions) {
    this.#settings = settings;
    this.#http = new ProviderHttp({
      name: 'Zoom',
      clock,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    this.#tokens = new ZoomTokens(this.#http, settings, clock);
  }

  token(signal: AbortSignal): Promise<ZoomToken> {
    return this.#tokens.get(signal);
  }

  /** Sends a request whose answer has no body. @throws {ProviderError} */
  async send(request: ZoomRequest): Promise<void> {
    await this.#answer(request);
  }

  /** Returns the answer to a request. @throws {ProviderError} `refused` also if the answer has an unknown form */
  async call<T>(request: ZoomRequest, schema: z.ZodType<T>): Promise<T> {
    const { body } = await this.#answer(request);
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    const where = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
    throw new ProviderError('refused', `Zoom answered in an unknown form: ${where || 'no object'}`, {
      code: 'unknown_answer',
    });
  }

  /** Returns all rows of a list, page by page. @param key the property of each page that has the rows */
  async list<T>(request: Omit<ZoomRequest, 'method'>, key: string, row: z.ZodType<T>): Promise<readonly T[]> {
    const page = z.object({ [key]: z.array(row).default([]), next_page_token: z.string().default('') });
    const rows: T[] = [];
    let next = '';
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const query = {
        ...request.query,
        page_size: PAGE_SIZE,
        ...(next === '' ? {} : { next_page_token: next }),
      };
      const answer = (await this.call({ ...request, method: 'GET', query }, page)) as Record<string, unknown>;
      rows.push(...(answer[key] as T[]));
      next = answer.next_page_token as string;
      if (next === '') break;
    }
    return rows;
  }

  /** A refused token may have been invalidated by another process with the same app: a fresh one is tried once. */
  async #answer(request: ZoomRequest): Promise<ProviderResponse> {
    const first = await this.#tokens.get(request.signal);
    let response = await this.#attempt(request, first);
    if (isTokenRefused(response)) {
      this.#tokens.drop(first);
      response = await this.#attempt(request, await this.#tokens.get(request.signal));
    }
    if (response.status >= 200 && response.status < 300) return response;
    throw zoomError(response);
  }

  #attempt({ method, path, query, json, signal }: ZoomRequest, token: ZoomToken): Promise<ProviderResponse> {
    const base = this.#settings.apiUrl ?? token.apiUrl ?? API_URL;
    const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
    return this.#http.call({
      method,
      url: `${base}${path}${search}`,
      headers: { authorization: `Bearer ${token.value}` },
      ...(json === undefined ? {} : { json }),
      signal,
      limitedFor: dailyLimitMs,
    });
  }
}

/** 401 on most paths, and 400 with the same code on some. */
function isTokenRefused({ status, body }: ProviderResponse): boolean {
  return status === 401 || codeOf(body) === ZOOM_CODES.token;
}
