import { TelevisitApiError } from './api-error.ts';
import { textOf, Transport, type ApiRequest, type TransportOptions } from './transport.ts';

export interface CallOptions {
  /** Aborts the call and its retries. */
  readonly signal?: AbortSignal | undefined;
}

/** A point in time: RFC 3339 with a zone, or a Date. */
export type Instant = string | Date;

/** The parts of a request besides method and path. */
type Rest = Partial<Pick<ApiRequest, 'query' | 'headers' | 'body' | 'idempotent' | 'leastMs'>>;

/** Base class of the client: sends requests and parses responses. */
export class ApiCalls {
  readonly #transport: Transport;

  /** @throws {TypeError} if the address or the secret is invalid */
  constructor(options: TransportOptions) {
    this.#transport = new Transport(options);
  }

  protected async json<T>(
    method: ApiRequest['method'],
    path: readonly string[],
    options: CallOptions,
    rest: Rest = {},
  ): Promise<T> {
    const text = await this.text(method, path, 'application/json', options, rest);
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      const detail = 'The answer is not JSON.';
      throw new TelevisitApiError({ status: 200, code: 'unexpected_answer', detail, cause });
    }
  }

  protected async text(
    method: ApiRequest['method'],
    path: readonly string[],
    accept: string,
    options: CallOptions,
    rest: Rest = {},
  ): Promise<string> {
    return textOf(await this.bytes(method, path, accept, options, rest));
  }

  protected bytes(
    method: ApiRequest['method'],
    path: readonly string[],
    accept: string,
    { signal }: CallOptions,
    rest: Rest = {},
  ): Promise<Uint8Array> {
    return this.#transport.send({ method, path, accept, signal, idempotent: true, ...rest });
  }
}

/** Returns a point in time in the format that the server expects. */
export function instant(time: Instant | undefined): string | undefined {
  return time instanceof Date ? time.toISOString() : time;
}
