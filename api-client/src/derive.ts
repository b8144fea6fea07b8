import type { OperationContract } from '@televisit/shared/core/contract';
import type { z } from 'zod';
import type { CallOptions, Instant, Route } from './api-calls.ts';

type Contracts = Readonly<Record<string, OperationContract>>;

/** The ids of the operations that accept the internal secret. */
export type BackendId<C extends Contracts> = {
  [K in keyof C]: C[K]['access'] extends 'internal' ? K : never;
}[keyof C] &
  string;

/** The arguments and results of each operation. `filters` exist if they are an argument before the options. */
export type TypesOf<C extends Contracts> = {
  readonly [K in BackendId<C>]: Flat<
    When<Request<C[K]>, 'request'> &
      When<Filters<C[K]>, 'filters'> & {
        readonly options: Options<C[K]>;
        readonly response: Answer<C[K]>;
      }
  >;
};

/** The methods of a client, by operation. */
export type MethodsOf<C extends Contracts> = {
  readonly [K in BackendId<C>]: (...args: Arguments<C[K]>) => Promise<Answer<C[K]>>;
};

type Arguments<O extends OperationContract> = [
  ...Ids<O['path']>,
  ...RequestArgument<O>,
  ...FiltersArgument<O>,
  ...OptionsArgument<O>,
];

type Ids<Path extends string> = Path extends `${string}{${string}}${infer Rest}`
  ? [id: string, ...Ids<Rest>]
  : [];

/** The request of a PATCH can never be omitted: the PATCH would change nothing. */
type RequestArgument<O extends OperationContract> = [Request<O>] extends [never]
  ? []
  : O['method'] extends 'patch'
    ? [request: Request<O>]
    : Argument<Request<O>, [request: Request<O>], [request?: Request<O> | undefined]>;

type FiltersArgument<O extends OperationContract> = [Filters<O>] extends [never]
  ? []
  : Argument<Filters<O>, [filters: Filters<O>], [filters?: Filters<O> | undefined]>;

type OptionsArgument<O extends OperationContract> = Argument<
  Options<O>,
  [options: Options<O>],
  [options?: Options<O> | undefined]
>;

/** An argument may be omitted if it is an object whose fields may all be omitted. */
type Argument<T, Required extends unknown[], Optional extends unknown[]> = [T, Partial<T>] extends [object, T]
  ? Optional
  : Required;

type Request<O extends OperationContract> = O extends { readonly body: infer S extends z.ZodType }
  ? z.input<S>
  : never;
type Answer<O extends OperationContract> = z.output<O['answers'][keyof O['answers'] & number]['schema']>;

/** The query of an operation without ids and body is an argument of its own; otherwise it is part of the options. */
type Filters<O extends OperationContract> = [...Ids<O['path']>, ...RequestArgument<O>] extends []
  ? OrNever<Query<O>>
  : never;
type Options<O extends OperationContract> = CallOptions &
  ([Filters<O>] extends [never] ? IfAny<Query<O>> : unknown) &
  IfAny<HeaderOptions<O>>;

type Query<O extends OperationContract> = O extends { readonly query: z.ZodObject<infer Shape> }
  ? Fields<Omit<Shape, typeof FORMAT>>
  : object;
type HeaderOptions<O extends OperationContract> = O extends { readonly headers: z.ZodObject<infer Shape> }
  ? Fields<{ [Name in keyof Shape as CamelCase<Name & string>]: Shape[Name] }>
  : object;

type Fields<Shape> = Flat<
  {
    readonly [Name in keyof Shape as IsOptional<Shape[Name]> extends true ? Name : never]?:
      Given<Shape[Name], Name> | undefined;
  } & {
    readonly [Name in keyof Shape as IsOptional<Shape[Name]> extends true ? never : Name]: Given<
      Shape[Name],
      Name
    >;
  }
>;

type IsOptional<S> = S extends z.ZodType ? (undefined extends z.input<S> ? true : false) : false;

/** The type of a query parameter as callers write it: `ApiCalls` converts dates, lists and flags to text. */
type Given<S, Name> = Name extends 'cursor'
  ? string | null
  : Unwrapped<S> extends z.ZodISODateTime
    ? Instant
    : Unwrapped<S> extends infer T extends z.ZodType
      ? GivenValue<z.output<T>>
      : never;
type GivenValue<T> = [T] extends [readonly (infer Item)[]]
  ? Item | readonly Item[]
  : [T] extends ['0' | '1' | 'false' | 'true']
    ? boolean
    : T;
type Unwrapped<S> = S extends
  z.ZodOptional<infer Inner> | z.ZodNullable<infer Inner> | z.ZodDefault<infer Inner>
  ? Unwrapped<Inner>
  : S;

type When<T, Name extends string> = [T] extends [never] ? unknown : Readonly<Record<Name, T>>;
type IfAny<T> = keyof T extends never ? unknown : T;
type OrNever<T> = keyof T extends never ? never : T;
type Flat<T> = { [K in keyof T]: T[K] };
type CamelCase<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;

/** The query parameter that selects another media type of an answer. Methods have one media type each. */
const FORMAT = 'format';
const JSON_TYPE = 'application/json';
const IDEMPOTENT = new Set(['get', 'put', 'delete']);

/**
 * Returns what a client needs to know at run time about each operation of a backend.
 * @throws {Error} if an operation needs what `ApiCalls` cannot send
 */
export function routesOf<C extends Contracts>(contracts: C): Readonly<Record<BackendId<C>, Route>> {
  const routes = Object.entries(contracts)
    .filter(([, { access }]) => access === 'internal')
    .map(([id, contract]) => [id, routeOf(id, contract)]);
  return Object.fromEntries(routes) as Record<BackendId<C>, Route>;
}

function routeOf(id: string, contract: OperationContract): Route {
  const { method, body, repeatable, minTimeoutMs } = contract;
  const path = contract.path.replace(/^\/api\/v1(?=\/)/, '');
  if (/[^/]\{|\}[^/]/.test(path))
    throw new Error(`The path of ${id} has a segment that is an id only in part.`);
  if (body && mediaType(body) !== JSON_TYPE) throw new Error(`The body of ${id} is not JSON.`);
  const accepts = new Set(Object.values(contract.answers).map(({ schema }) => mediaType(schema)));
  if (accepts.size !== 1) throw new Error(`The answers of ${id} differ in their media type.`);
  const query = Object.entries<z.core.$ZodType>(contract.query?.shape ?? {}).filter(
    ([name]) => name !== FORMAT,
  );
  const headers = Object.keys(contract.headers?.shape ?? {});
  return {
    method: method.toUpperCase() as Route['method'],
    path,
    accept: [...accepts].join(),
    body: body !== undefined,
    query: Object.fromEntries(query.map(([name, schema]) => [name, isList(schema) ? 'list' : 'value'])),
    filtersFirst: query.length > 0 && !body && !path.includes('{'),
    headers: Object.fromEntries(headers.map((name) => [camelCase(name), name])),
    repeatable: repeatable ?? IDEMPOTENT.has(method),
    ...(minTimeoutMs === undefined ? {} : { minTimeoutMs }),
  };
}

function mediaType(schema: z.ZodType): string {
  return (schema.meta()?.mediaType as string | undefined) ?? JSON_TYPE;
}

/** Whether the server parses text of this schema to a list. */
function isList(schema: z.core.$ZodType): boolean {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if ('innerType' in def) return isList(def.innerType);
  return def.type === 'pipe' ? isList(def.out) : def.type === 'array';
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
