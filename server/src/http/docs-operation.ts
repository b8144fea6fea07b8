import { ERRORS, type ErrorCode } from '@televisit/shared/errors';
import { ANY_TYPE } from '@televisit/shared/features/chat';
import type { ApiDocument, oas31 } from './api-document.ts';
import { field, fieldList, resolve, typeOf } from './docs-schema.ts';
import { html, prose, sentence, type Html } from '../html.ts';

export interface DocumentedOperation {
  readonly id: string;
  readonly method: string;
  /** With the prefix under which it is called. */
  readonly path: string;
  readonly operation: oas31.OperationObject;
}

const METHODS: ReadonlySet<string> = new Set(['get', 'post', 'patch', 'delete']);

/** Every operation, tag by tag in the document's order. */
export function operationsByTag(document: ApiDocument): [oas31.TagObject, DocumentedOperation[]][] {
  const all = Object.entries(document.paths ?? {}).flatMap(([path, item]) => {
    const [server] = item.servers ?? document.servers ?? [];
    const prefix = server?.url.replace(/\/$/, '') ?? '';
    return Object.entries(item)
      .filter(([method]) => METHODS.has(method))
      .map(([method, value]): DocumentedOperation => {
        const operation = value as oas31.OperationObject;
        return { id: operation.operationId ?? '', method, path: prefix + path, operation };
      });
  });
  return (document.tags ?? []).map((tag) => [
    tag,
    all.filter(({ operation }) => operation.tags?.includes(tag.name)),
  ]);
}

const CALLERS: Readonly<Record<string, string>> = {
  internalSecret: 'Your backend, with the internal secret.',
  joinToken: 'The join page, with the token of a join link as bearer.',
  webhookSignature: 'Another provider, with a body that is signed as Standard Webhooks say.',
  linkSignature: 'Whoever holds the signed address; no header is needed.',
};

/** All there is to say about one operation. */
export function operationSection(document: ApiDocument, documented: DocumentedOperation): Html {
  const { id, method, path, operation } = documented;
  const { summary = '', description, security = [] } = operation;
  const callers = security.flatMap((scheme) => Object.keys(scheme).map((name) => CALLERS[name] ?? name));
  return html`<section class="operation" id="${id}" aria-labelledby="${id}-title">
    <h3 id="${id}-title"><a href="#${id}">${summary}</a></h3>
    <p class="address">
      <span class="method ${method}">${method.toUpperCase()}</span> <code>${breakable(path)}</code>
      <span class="type">${id}</span>
    </p>
    ${description ? prose(description) : null}
    <p class="caller"><strong>Who may call:</strong> ${callers.length > 0 ? callers : 'Anybody.'}</p>
    ${parameters(operation)} ${requestBody(document, operation)} ${answers(operation)}
    <h4>Example</h4>
    <pre tabindex="0"><code>${curl(documented)}</code></pre>
    ${errors(document, operation)}
  </section>`;
}

function parameters({ parameters: given = [] }: oas31.OperationObject): Html | null {
  const all = given as oas31.ParameterObject[];
  if (all.length === 0) return null;
  const where = { path: 'in the path', query: 'in the query', header: 'a header', cookie: 'a cookie' };
  return html`<h4>Parameters</h4>
    <dl class="fields">
      ${all.map(({ name, schema = {}, required = false, description = '', in: place }) =>
        field(name, schema, required, { note: description, place: where[place] }),
      )}
    </dl>`;
}

function requestBody(document: ApiDocument, { requestBody: body }: oas31.OperationObject): Html | null {
  if (!body) return null;
  const schema = (body as oas31.RequestBodyObject).content['application/json']?.schema;
  if (!schema) {
    return html`<h4>Body</h4>
      <p>The file itself, under its own media type.</p>`;
  }
  const object = resolve(document, schema);
  const choices = (object.oneOf ?? []) as oas31.SchemaObject[];
  const pairs = choices.map(({ required = [] }) => html`<code class="whole">${required.join(' + ')}</code>`);
  return html`<h4>Body</h4>
    <p>${typeOf(schema)}, as application/json.</p>
    ${pairs.length > 0 ? html`<p>Exactly one of these: ${pairs.map((pair) => html`${pair} `)}</p>` : null}
    ${fieldList(object, 'request')}`;
}

function answers({ responses = {} }: oas31.OperationObject): Html {
  const good = Object.entries(responses as Record<string, oas31.ResponseObject>).filter(([status]) =>
    status.startsWith('2'),
  );
  return html`<h4>Answers</h4>
    ${good.map(
      ([status, { description, content = {} }]) =>
        html`<p>
            <span class="status">${status}</span> ${sentence(description)}:
            ${Object.entries(content).map(([type, { schema = {} }], index) => [
              index === 0 ? '' : ' or ',
              type === 'application/json' ? typeOf(schema) : html`<code>${type}</code>`,
            ])}.
          </p>
          ${example(content['application/json'])}`,
    )}`;
}

function example(content: oas31.MediaTypeObject | undefined): Html | null {
  const [first] = Object.values(content?.examples ?? {}) as oas31.ExampleObject[];
  return first ? html`<pre tabindex="0"><code>${JSON.stringify(first.value, null, 2)}</code></pre>` : null;
}

/** The codes are seen at once; what they mean unfolds. */
function errors(document: ApiDocument, { responses = {} }: oas31.OperationObject): Html {
  const codes = Object.values(
    responses as Record<string, oas31.ResponseObject | oas31.ReferenceObject>,
  ).flatMap((response) => codesOf(document, response));
  return html`<details class="errors">
    <summary>
      <h4>Errors</h4>
      ${codes.map((code) => html`<code>${code}</code> `)}
    </summary>
    <dl class="fields">
      ${codes.map(
        (code) =>
          html`<dt><code class="name">${code}</code> <span class="status">${ERRORS[code].status}</span></dt>
            <dd>${ERRORS[code].title}. <span class="remedy">${ERRORS[code].remedy}</span></dd>`,
      )}
    </dl>
  </details>`;
}

function codesOf(document: ApiDocument, response: oas31.ResponseObject | oas31.ReferenceObject): ErrorCode[] {
  if (!('$ref' in response)) return [];
  const name = response.$ref.split('/').at(-1) ?? '';
  const { content = {} } = (document.components?.responses?.[name] ?? {}) as oas31.ResponseObject;
  return Object.keys(content['application/problem+json']?.examples ?? {}) as ErrorCode[];
}

/** A call for a shell; the page's introduction sets its variables. */
function curl({ method, path, operation }: DocumentedOperation): string {
  const { security = [], requestBody: body } = operation;
  const schemes = new Set(security.flatMap((scheme) => Object.keys(scheme)));
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => `$${shellName(name)}`);
  const query = schemes.has('linkSignature') ? '?link=0&signature=$SIGNATURE' : '';
  const examples = (body as oas31.RequestBodyObject | undefined)?.content['application/json']?.examples ?? {};
  const [first] = Object.values(examples) as oas31.ExampleObject[];
  const isFile = (body as oas31.RequestBodyObject | undefined)?.content[ANY_TYPE] !== undefined;
  return [
    `curl ${method === 'get' || first || isFile ? '' : `-X ${method.toUpperCase()} `}"$SERVER${address}${query}"`,
    ...(first && method !== 'post' ? [`-X ${method.toUpperCase()}`] : []),
    ...(schemes.has('internalSecret') ? ['-H "X-Internal-Secret: $SECRET"'] : []),
    ...(schemes.has('joinToken') ? ['-H "Authorization: Bearer $TOKEN"'] : []),
    ...(first ? ["-H 'Content-Type: application/json'", `-d '${JSON.stringify(first.value)}'`] : []),
    ...(isFile ? ["-H 'Content-Type: application/pdf'", '--data-binary @FILE'] : []),
  ].join(' \\\n  ');
}

/** sessionId becomes SESSION_ID. */
function shellName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** A path that may break before each slash. */
function breakable(path: string): Html {
  return html`${path.split(/(?=\/)/).map((part) => html`${part}<wbr />`)}`;
}
