import { TelevisitError } from '@televisit/shared/errors';
import { ANY_TYPE } from '@televisit/shared/features/chat';
import { OPERATIONS, type OperationContract, type OperationId } from '@televisit/shared/operations';
import { Router, type Request, type RequestHandler, type Response } from 'express';
import type { z } from 'zod';
import type { Actor } from '../domain/events.ts';
import { fileBody } from './file-body.ts';
import { jsonBody } from './json-body.ts';
import { resource, type Method } from './resource.ts';

type Contract<K extends OperationId> = (typeof OPERATIONS)[K];
type Parsed<K extends OperationId, Part extends string> =
  Contract<K> extends Record<Part, infer S extends z.ZodType> ? z.output<S> : undefined;
type Answers<K extends OperationId> = Contract<K>['answers'];

/** A request that has been held against its contract. */
export interface Call<K extends OperationId> {
  readonly params: Parsed<K, 'params'>;
  readonly query: Parsed<K, 'query'>;
  readonly headers: Parsed<K, 'headers'>;
  readonly body: Parsed<K, 'body'>;
  /** The backend that asks; of operations with `internal` access only. */
  readonly by: Actor;
  readonly request: Request;
}

/** What goes out: JSON of the contract's schema, or something of another media type. */
export type Reply<K extends OperationId> = {
  readonly status: keyof Answers<K> & number;
  readonly headers?: Readonly<Record<string, string>>;
} & (
  | { readonly body: z.input<Extract<Answers<K>[keyof Answers<K>], { schema: z.ZodType }>['schema']> }
  | { readonly content: string | Uint8Array; readonly type: string }
);

export type OperationHandler<K extends OperationId> = (call: Call<K>) => Promise<Reply<K>>;
export type OperationHandlers<K extends OperationId = OperationId> = {
  readonly [Id in K]: OperationHandler<Id>;
};

/** What `internalOnly` leaves for the operations behind it. */
export interface CallerLocals {
  by?: Actor;
}

/** Operations, and what every request to one of them passes before anything of it is read. */
export type GuardedOperations = readonly [
  handlers: Partial<OperationHandlers>,
  ...before: readonly RequestHandler[],
];

/** Routes of some operations. The contract's schemas check what comes in, so no handler does. */
export function operationRoutes(...groups: readonly GuardedOperations[]): Router {
  const router = Router({ caseSensitive: true });
  const byPath = new Map<string, Partial<Record<Method, RequestHandler[]>>>();
  for (const [handlers, ...before] of groups) {
    for (const [id, handler] of Object.entries(handlers) as [OperationId, AnyHandler][]) {
      const contract: OperationContract = OPERATIONS[id];
      const path = contract.path.replaceAll(/\{(\w+)\}/g, ':$1');
      const methods = byPath.get(path) ?? {};
      byPath.set(path, methods);
      methods[contract.method] = [...before, ...bodyOf(contract), respond(contract, handler)];
    }
  }
  for (const [path, methods] of byPath) resource(router, path, methods);
  return router;
}

/** The registry ties contract and handler by the operation's id, which the compiler can't follow through a loop. */
type AnyHandler = (call: unknown) => Promise<{
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
  content?: string | Uint8Array;
  type?: string;
}>;

function respond(contract: OperationContract, handler: AnyHandler): RequestHandler {
  return async (request, response: Response<unknown, CallerLocals>) => {
    const reply = await handler({
      params: parse(contract.params, request.params),
      query: parse(contract.query, request.query),
      headers: parse(contract.headers, request.headers),
      body: parse(contract.body, request.body),
      by: response.locals.by,
      request,
    });
    response.status(reply.status).set(reply.headers ?? {});
    // What the API tells is about people, and true only now.
    response.setHeader('Cache-Control', 'no-store');
    if (reply.type === undefined) sendJson(response, reply.body);
    else if (typeof reply.content === 'string') response.type(reply.type).send(reply.content);
    // Bytes keep the media type as it is: `send` and `type` would put a charset to it.
    else response.setHeader('Content-Type', reply.type).end(reply.content);
  };
}

/** As `response.json` does, but headers and body leave in one write. */
function sendJson(response: Response, body: unknown): void {
  const json = JSON.stringify(body);
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(json));
  response.end(json);
}

function bodyOf({ body }: OperationContract): readonly RequestHandler[] {
  if (!body) return [];
  const { mediaType, maxBytes } = body.meta() ?? {};
  return mediaType === ANY_TYPE ? fileBody(Number(maxBytes)) : jsonBody;
}

/** @throws TelevisitError `validation_failed` with the fields at fault */
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
