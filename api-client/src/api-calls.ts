import { TelevisitApiError } from './api-error.ts';
import { textOf, Transport, type ApiRequest, type TransportOptions } from './transport.ts';

export interface CallOptions {
  /** Aborts the call and its retries. */
  readonly signal?: AbortSignal | undefined;
}

/** A point in time: RFC 3339 with a zone, or a Date. */
export type Instant = string | Date;

/** How an operation is called. */
export interface Route {
  readonly method: ApiRequest['method'];
  /** A template with the names of ids in braces, each a whole segment. */
  readonly path: string;
  /** The media type of the response. */
  readonly accept: string;
  readonly body: boolean;
  /** The query parameters by name, and whether each is one value or a list that is joined with commas. */
  readonly query: Readonly<Record<string, 'value' | 'list'>>;
  /** Whether the query parameters are an argument before the options, and not part of them. */
  readonly filtersFirst: boolean;
  /** The names of the headers that options set, by option. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether sending the request twice has the same effect as sending it once. */
  readonly repeatable: boolean;
  /** A lower bound for the time limit of an attempt in milliseconds. */
  readonly minTimeoutMs?: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** Base class of the client: converts the arguments of methods to requests, and responses to results. */
export class ApiCalls {
  readonly #transport: Transport;

  /** @throws {TypeError} if the address or the secret is invalid */
  constructor(options: TransportOptions) {
    this.#transport = new Transport(options);
  }

  /** Calls an operation. The arguments are its ids, its body and its filters if it has them, and the options. */
  protected async call(route: Route, args: readonly unknown[]): Promise<unknown> {
    const { method, accept, repeatable, minTimeoutMs } = route;
    const rest = [...args];
    const path = route.path
      .slice(1)
      .split('/')
      .map((part) => (part.startsWith('{') ? (rest.shift() as string) : part));
    const body = route.body ? (rest.shift() ?? {}) : undefined;
    const filters = route.filtersFirst ? ((rest.shift() ?? {}) as Fields) : {};
    const options = (rest.shift() ?? {}) as Fields & CallOptions;
    const answer = await this.#transport.send({
      method,
      path,
      accept,
      body,
      idempotent: repeatable,
      query: queryOf(route, route.filtersFirst ? filters : options),
      headers: headersOf(route, options),
      leastMs: minTimeoutMs,
      signal: options.signal,
    });
    if (accept === 'application/json') return parsed(answer);
    return accept.startsWith('text/') ? textOf(answer) : answer;
  }
}

/** A client with a method for each operation. */
export type ClientClass<Methods> = new (options: TransportOptions) => ApiCalls & Methods;

/** Creates the class of a client from its routes. */
export function clientClass<Methods>(routes: Readonly<Record<keyof Methods & string, Route>>) {
  class Client extends ApiCalls {}
  for (const [id, route] of Object.entries<Route>(routes)) {
    const value = function (this: Client, ...args: unknown[]) {
      return this.call(route, args);
    };
    Object.defineProperty(Client.prototype, id, { value, writable: true, configurable: true });
  }
  return Client as unknown as ClientClass<Methods>;
}

function headersOf({ headers }: Route, options: Fields): Record<string, string> {
  const given = Object.entries(headers).filter(([option]) => options[option] !== undefined);
  return Object.fromEntries(given.map(([option, name]) => [name, options[option] as string]));
}

function queryOf({ query, filtersFirst }: Route, given: Fields): NonNullable<ApiRequest['query']> {
  // The server refuses unknown filters: without a misspelt one, a list would have too many entries.
  const names = Object.keys(filtersFirst ? given : query);
  return Object.fromEntries(names.map((name) => [name, parameter(given[name], query[name] === 'list')]));
}

/** Returns a query parameter in the format that the server expects, or undefined if it is not set. */
function parameter(value: unknown, isList: boolean): string | number | undefined {
  if (value === undefined || value === null) return undefined;
  // An empty list means no filter, like a cleared form field.
  if (isList) return (Array.isArray(value) ? value.join(',') : (value as string)) || undefined;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'boolean') return value ? '1' : '0';
  return value as string | number;
}

function parsed(answer: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(answer)) as unknown;
  } catch (cause) {
    const detail = 'The answer is not JSON.';
    throw new TelevisitApiError({ status: 200, code: 'unexpected_answer', detail, cause });
  }
}
