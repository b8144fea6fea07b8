import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TelevisitError } from '@televisit/shared/errors';
import { isCommaList } from '@televisit/shared/core/fields';
import { ANY_TYPE } from '@televisit/shared/features/chat';
import { OPERATIONS, type OperationContract, type OperationId } from '@televisit/shared/operations';
import { Router, type Request, type RequestHandler, type Response } from 'express';
import type { z } from 'zod';
import type { Actor } from '../domain/events.ts';
import { fileBody, jsonBody } from './request-body.ts';

type Method = OperationContract['method'];
type Contract<K extends OperationId> = (typeof OPERATIONS)[K];
type Parsed<K extends OperationId, Part extends string> =
  Contract<K> extends Record<Part, infer S extends z.ZodType> ? z.output<S> : undefined;
type Answers<K extends OperationId> = Contract<K>['answers'];

/** A request whose parts match the schemas of its contract. */
export interface Call<K extends OperationId> {
  readonly params: Parsed<K, 'params'>;
  readonly query: Parsed<K, 'query'>;
  readonly headers: Parsed<K, 'headers'>;
  readonly body: Parsed<K, 'body'>;
  /** The calling backend; set for operations with `internal` access only. */
  readonly by: Actor;
  readonly request: Request;
}

/** A response: JSON of the contract's schema, or content of another media type. */
export type Reply<K extends OperationId> = {
  readonly status: keyof Answers<K> & number;
  readonly headers?: Readonly<Record<string, string>>;
} & (
  | { readonly body: z.input<Extract<Answers<K>[keyof Answers<K>], { schema: z.ZodType }>['schema']> }
  | { readonly content: string | Uint8Array; readonly type: string }
  /** Content that is read while it is sent, with its size. */
  | { readonly stream: AsyncIterable<Uint8Array>; readonly bytes: number; readonly type: string }
);

export type OperationHandler<K extends OperationId> = (call: Call<K>) => Promise<Reply<K>>;
export type OperationHandlers<K extends OperationId = OperationId> = {
  readonly [Id in K]: OperationHandler<Id>;
};

/** The operations of a feature. */
export interface FeatureOperations<K extends OperationId = never> {
  readonly handlers: OperationHandlers<K>;
  /** Middleware that runs before the body of a request is read, by operation. */
  readonly before?: Readonly<Partial<Record<K, readonly RequestHandler[]>>>;
}

/** The operations of a feature, whichever it is. */
export interface AnyFeatureOperations {
  readonly handlers: Partial<OperationHandlers>;
  readonly before?: Partial<Record<OperationId, readonly RequestHandler[]>>;
}

/** Set by `internalOnly` for the handlers that follow. */
export interface CallerLocals {
  by?: Actor;
}

/** Set for all requests of an operation. */
export interface OperationLocals {
  operation?: OperationId;
}

/** Operations with the middleware that runs before their request bodies are read. */
export type GuardedOperations = readonly [
  handlers: Partial<OperationHandlers>,
  ...before: readonly RequestHandler[],
];

/** Creates the routes of operations. Requests are validated against the contract before a handler runs. */
export function operationRoutes(...groups: readonly GuardedOperations[]): Router {
  const router = Router({ caseSensitive: true });
  const byPath = new Map<string, Partial<Record<Method, RequestHandler[]>>>();
  for (const [handlers, ...before] of groups) {
    for (const [id, handler] of Object.entries(handlers) as [OperationId, AnyHandler][]) {
      const contract: OperationContract = OPERATIONS[id];
      const path = contract.path.replaceAll(/\{(\w+)\}/g, ':$1');
      const methods = byPath.get(path) ?? {};
      byPath.set(path, methods);
      methods[contract.method] = [named(id), ...before, ...bodyOf(contract), respond(contract, handler)];
    }
  }
  for (const [path, methods] of byPath) resource(router, path, methods);
  return router;
}

/** Registers the methods of one path. Answers other methods with 405 and `Allow` (RFC 9110, 15.5.6). */
export function resource(
  router: Router,
  path: string,
  methods: Partial<Record<Method, RequestHandler[]>>,
): void {
  const route = router.route(path);
  for (const [method, handlers] of Object.entries(methods)) route[method as Method](...handlers);
  const names = Object.keys(methods).map((method) => method.toUpperCase());
  const allow = [...names, ...(names.includes('GET') ? ['HEAD'] : [])].join(', ');
  route.all((_request, response) => {
    response.setHeader('Allow', allow);
    throw new TelevisitError('method_not_allowed');
  });
}

/** Says which operation a request is for. */
function named(id: OperationId): RequestHandler {
  return (_request, response: Response<unknown, OperationLocals>, next) => {
    response.locals.operation = id;
    next();
  };
}

/** A handler of any operation: the compiler can't relate contract and handler by id inside a loop. */
export type AnyHandler = (call: unknown) => Promise<{
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
  content?: string | Uint8Array;
  stream?: AsyncIterable<Uint8Array>;
  bytes?: number;
  type?: string;
}>;

/** The parts of a contract that describe a request. */
export type RequestContract = Pick<OperationContract, 'params' | 'query' | 'headers' | 'body'>;

/**
 * Validates a request and sends the reply of its handler.
 * @param contextOf returns what earlier middleware found out about the caller
 */
export function respond(
  contract: RequestContract,
  handler: AnyHandler,
  contextOf: (response: Response) => object = callerOf,
): RequestHandler {
  return async (request, response) => {
    const reply = await handler({
      params: parse(contract.params, request.params),
      query: parse(contract.query, queryOf(contract, request.query)),
      headers: parse(contract.headers, request.headers),
      body: parse(contract.body, request.body),
      ...contextOf(response),
      request,
    });
    response.status(reply.status).set(reply.headers ?? {});
    // Responses hold personal data and change at any time.
    response.setHeader('Cache-Control', 'no-store');
    if (reply.type === undefined) sendJson(response, reply.body);
    else if (reply.stream) await sendStream(request, response, { ...reply, stream: reply.stream });
    else if (typeof reply.content === 'string') response.type(reply.type).send(reply.content);
    // `send` and `type` would add a charset to the media type.
    else response.setHeader('Content-Type', reply.type).end(reply.content);
  };
}

function callerOf({ locals }: Response<unknown, CallerLocals>): Pick<CallerLocals, 'by'> {
  return { by: locals.by } as CallerLocals;
}

/** Sends content while it is read. If reading fails, the connection is cut, so that no client takes a part for the whole. */
async function sendStream(
  { method }: Request,
  response: Response,
  { stream, bytes, type }: { readonly stream: AsyncIterable<Uint8Array>; bytes?: number; type?: string },
): Promise<void> {
  response.setHeader('Content-Type', type ?? ANY_TYPE);
  response.setHeader('Content-Length', bytes ?? 0);
  if (method === 'HEAD') response.end();
  else await pipeline(Readable.from(stream), response);
}

/** Sends JSON like `response.json`, but headers and body in one write. */
function sendJson(response: Response, body: unknown): void {
  const json = JSON.stringify(body);
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(json));
  response.end(json);
}

/** Returns the middleware that reads the body of a request, if its contract has one. */
export function bodyOf({ body }: RequestContract): readonly RequestHandler[] {
  if (!body) return [];
  const { mediaType, maxBytes } = body.meta() ?? {};
  return mediaType === ANY_TYPE ? fileBody(Number(maxBytes)) : jsonBody;
}

/** A time whose plus sign was not encoded (`%2B`), so that it was decoded as a space. */
const SPACED_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?) (\d\d:\d\d)$/;

/** Returns a query in the forms that clients commonly send: lists may be repeated, and a plus sign be unencoded. */
function queryOf({ query }: RequestContract, given: Request['query']): unknown {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      if (Array.isArray(value) && isCommaList(query?.shape[name]))
        return [name, (value as string[]).join(',')];
      return [name, typeof value === 'string' ? value.replace(SPACED_TIME, '$1+$2') : value];
    }),
  );
}

/** @throws {TelevisitError} `validation_failed` with the invalid fields */
function parse(schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const named = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
  throw new TelevisitError('validation_failed', {
    detail: named.slice(0, 2000),
    issues: issues.slice(0, 50),
  });
}

/** Returns the fields that are not undefined. */
export function definedOf<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
