import { apiDocument, type ApiDocument, type oas31 } from '@televisit/server/http/api-document';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** A request with its response. */
export interface Exchange {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** As sent, if it is text. */
  readonly requestBody?: string | undefined;
  readonly status: number;
  readonly headers: Headers;
  /** Parsed if it is JSON. */
  readonly body: unknown;
}

interface Found {
  readonly template: string;
  readonly operation: oas31.OperationObject | undefined;
  readonly method: string;
}

type Responses = Readonly<Record<string, oas31.ResponseObject | oas31.ReferenceObject | undefined>>;

const ROOT = 'openapi';
/** Addresses of the API: a response from there is documented, or says that there is nothing. */
const API =
  /^\/(api|sessions|users|analytics|webhook-endpoints|webhook-deliveries|webhooks|healthz|embedding|openapi\.json)(\/|$)/;
/** Possible answers to an undocumented address or method. */
const NOTHING_THERE = new Set([
  'bad_address',
  'not_found',
  'method_not_allowed',
  'unauthorized',
  'too_many_requests',
]);

/** Checks responses of the server against its OpenAPI document. */
export class Conformance {
  readonly #document: ApiDocument;
  readonly #ajv = new Ajv2020({ allowUnionTypes: true, strictRequired: false, allErrors: true });
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(document: ApiDocument = apiDocument()) {
    this.#document = document;
    addFormats.default(this.#ajv);
    // The document is no schema, but its schemas refer to each other through it.
    this.#ajv.addVocabulary(Object.keys(document)).addSchema({ ...document }, ROOT);
  }

  /** @throws {Error} that says how the exchange differs from the document; pages are not checked */
  check(exchange: Exchange): void {
    // As sent: a URL would remove `..`. One slash at the end has no meaning.
    const pathname = exchange.path.replace(/[?#].*$/s, '').replace(/(.)\/$/, '$1');
    if (!API.test(pathname)) return;
    const found = this.#find(exchange.method, pathname);
    if (found?.operation) this.#checkAnswer(found, exchange);
    else this.#checkNothingThere(exchange);
  }

  /** @param $ref a reference into the document. @throws {Error} that says how the value differs from the schema */
  checkSchema($ref: string, value: unknown): void {
    const pointer = $ref.slice(2).split('/');
    this.#validate(
      { method: '', path: $ref, status: 0, headers: new Headers(), body: value },
      pointer,
      value,
    );
  }

  #checkAnswer({ template, operation, method }: Found, exchange: Exchange): void {
    const { status, headers, body, requestBody } = exchange;
    const pointer = ['paths', template, method, 'responses', String(status)];
    const responses = operation?.responses as Responses | undefined;
    const written = responses?.[String(status)];
    if (!written) return fail(exchange, `status ${status} is not documented`);
    const [at, response] = this.#follow(pointer, written);
    for (const name of this.#requiredHeaders(response)) {
      if (!headers.has(name)) fail(exchange, `header ${name} is missing`);
    }
    const type = headers.get('content-type')?.split(';')[0] ?? '';
    const isFile = response.content?.['application/octet-stream'] !== undefined;
    if (!isFile && !response.content?.[type]) {
      return fail(exchange, `media type "${type}" is not documented`);
    }
    if (exchange.method !== 'HEAD' && !isFile) {
      this.#validate(exchange, [...at, 'content', type, 'schema'], body);
    }
    // The examples of an error response are its codes.
    const codes = response.content?.['application/problem+json']?.examples;
    const { code } = (body ?? {}) as { code?: string };
    if (exchange.method !== 'HEAD' && codes && !(String(code) in codes)) {
      fail(exchange, `code ${code} is not documented`);
    }
    // An accepted request must match the document; a file may be anything.
    const taken = (operation?.requestBody as oas31.RequestBodyObject | undefined)?.content;
    if (status < 300 && taken?.['application/json']) {
      const schema = ['paths', template, method, 'requestBody', 'content', 'application/json', 'schema'];
      // Express accepts an empty body as an empty object, and ignores a byte order mark.
      const text = requestBody?.replace(/^\ufeff/, '') ?? '';
      const sent: unknown = text === '' ? {} : JSON.parse(text);
      this.#validate(exchange, schema, sent);
    }
  }

  #checkNothingThere(exchange: Exchange): void {
    const { body, headers } = exchange;
    if (exchange.method === 'HEAD' || exchange.method === 'OPTIONS') return;
    if (headers.get('content-type')?.startsWith('application/problem+json') !== true) {
      fail(exchange, 'the route is not documented');
    }
    this.#validate(exchange, ['components', 'schemas', 'Problem'], body);
    const { code } = body as { code: string };
    if (!NOTHING_THERE.has(code)) fail(exchange, `the route is not documented, but answers ${code}`);
  }

  #find(method: string, pathname: string): Found | undefined {
    const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
    for (const [template, item] of Object.entries(this.#document.paths ?? {})) {
      const servers = item.servers ?? this.#document.servers ?? [];
      if (!servers.some(({ url }) => matches(`${url === '/' ? '' : url}${template}`, pathname))) continue;
      return { template, operation: (item as Record<string, oas31.OperationObject>)[verb], method: verb };
    }
    return undefined;
  }

  #requiredHeaders({ headers = {} }: oas31.ResponseObject): string[] {
    return Object.entries(headers).flatMap(([name, header]) => {
      const [, resolved] = this.#follow([], header);
      return resolved.required ? [name] : [];
    });
  }

  /** Returns the target of a reference and its location. */
  #follow<T extends object>(pointer: string[], value: T | oas31.ReferenceObject): [string[], T] {
    if (!('$ref' in value)) return [pointer, value];
    const target = value.$ref.slice(2).split('/');
    const found = target.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], this.#document);
    return [target, found as T];
  }

  #validate(exchange: Exchange, pointer: readonly string[], value: unknown): void {
    const escaped = pointer.map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1')));
    const $ref = `${ROOT}#/${escaped.join('/')}`;
    const validate = this.#compiled.get($ref) ?? this.#ajv.compile({ $ref });
    this.#compiled.set($ref, validate);
    if (!validate(value)) fail(exchange, this.#ajv.errorsText(validate.errors));
  }
}

function matches(template: string, pathname: string): boolean {
  const wanted = template.split('/');
  const given = pathname.split('/');
  if (wanted.length !== given.length) return false;
  return wanted.every((part, index) => {
    const segment = given[index] ?? '';
    return part.startsWith('{') ? isSegment(segment) : part === segment;
  });
}

function isSegment(text: string): boolean {
  try {
    return decodeURIComponent(text) !== '';
  } catch {
    return false;
  }
}

function fail({ method, path, status, body }: Exchange, problem: string): never {
  const seen = (JSON.stringify(body) as string | undefined)?.slice(0, 1000);
  throw new Error(
    `${method} ${path.slice(0, 200)} answered ${status} against openapi.json: ${problem}\n${seen ?? ''}`,
  );
}
