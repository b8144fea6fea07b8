import { ANY_TYPE } from '@televisit/shared/features/chat';
import { OPERATIONS, type OperationContract, type OperationId } from '@televisit/shared/operations';
import type { z } from 'zod';
import {
  createDocument,
  type oas31,
  type ZodOpenApiMediaTypeObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import { VERSION } from '../cluster/process-identity.ts';
import { EXAMPLES } from './api-examples.ts';
import { HEADERS, headersNamed, PROBLEM_SCHEMAS, ProblemResponses, problemsOf } from './api-responses.ts';
import { overrideSchema } from './api-schemas.ts';
import { webhooks } from './api-webhooks.ts';

export type { oas31 };
export type ApiDocument = oas31.OpenAPIObject;

/** Prefixes of operations. */
const VERSIONED = '/api/v1';
const ROOT = '/';
/** The documented media type of a file; its own type is sent and received. */
const BYTES = 'application/octet-stream';

const SECURITY: Readonly<Record<OperationContract['access'], oas31.SecurityRequirementObject[]>> = {
  internal: [{ internalSecret: [] }],
  join_token: [{ joinToken: [] }],
  signed_link: [{ linkSignature: [] }],
  webhook_signature: [{ webhookSignature: [] }],
  none: [],
};

const TAGS: oas31.TagObject[] = [
  { name: 'Sessions', description: 'Create, read, change, start, end and cancel visits.' },
  { name: 'People', description: 'Join links, attendance, and removing people.' },
  { name: 'Reports', description: 'Feedback, reports, the audit log and analytics.' },
  { name: 'Chat', description: 'Messages and files of visits that keep their chat.' },
  { name: 'Recordings', description: 'Recordings of visits, and people’s consent to them.' },
  { name: 'Transcripts', description: 'What people said in a recording, as text.' },
  { name: 'Captions', description: 'What people say as text, written by a human captioner.' },
  { name: 'Calendar', description: 'Visits in people’s calendars.' },
  { name: 'Privacy', description: 'Export and erasure of personal data.' },
  { name: 'Providers', description: 'What carries visits: this server, or other meeting providers.' },
  {
    name: 'Webhooks',
    description: 'Endpoints that receive events, their deliveries, and events of external providers.',
  },
  { name: 'Events', description: 'What the server sends to webhook endpoints.' },
  { name: 'Join page', description: 'Requests of the page in the browser, with its join token.' },
  { name: 'Server', description: 'Health, this document, and the SFU nodes.' },
];

const made = new Map<string, ApiDocument>();
const written = new Map<string, Uint8Array>();

/**
 * Returns the API as an OpenAPI 3.1 document, created from the contract once. `basePath` is the path of the public address; empty
 * at the root.
 */
export function apiDocument(basePath = ''): ApiDocument {
  const document = made.get(basePath) ?? makeDocument(basePath);
  made.set(basePath, document);
  return document;
}

/** Returns the document as JSON in UTF-8: one buffer for all responses. */
export function apiDocumentJson(basePath = ''): Uint8Array {
  const json = written.get(basePath) ?? Buffer.from(JSON.stringify(apiDocument(basePath)));
  written.set(basePath, json);
  return json;
}

function makeDocument(basePath: string): ApiDocument {
  const problems = new ProblemResponses();
  const paths: ZodOpenApiPathsObject = {};
  for (const [id, contract] of Object.entries(OPERATIONS) as [OperationId, OperationContract][]) {
    const path = contract.path.startsWith(VERSIONED) ? contract.path.slice(VERSIONED.length) : contract.path;
    paths[path] = {
      ...paths[path],
      // Operations of the join page have the prefix only.
      ...(contract.path.startsWith(VERSIONED) ? { servers: [{ url: basePath + VERSIONED }] } : {}),
      [contract.method]: operation(id, contract, problems),
    };
  }
  const document = createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'Televisit',
        version: VERSION,
        description: INTRODUCTION,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [
        { url: basePath + VERSIONED, description: 'The API, version 1' },
        { url: basePath || ROOT, description: 'The same without a prefix' },
      ],
      tags: TAGS,
      paths,
      webhooks: webhooks(),
      components: { schemas: PROBLEM_SCHEMAS, headers: HEADERS, securitySchemes: SECURITY_SCHEMES },
    },
    { override: overrideSchema },
  );
  inlineNullableReferences(document);
  normalizeParameters(document);
  return document;
}

const INTRODUCTION = `Create a visit for an appointment, make a join link for each person shortly before they need it, and send
them there.

## Getting started

\`\`\`sh
curl "$SERVER/api/v1/sessions" -H "X-Internal-Secret: $INTERNAL_SECRET" -H 'Content-Type: application/json' \\
  -d '{"appointmentId":"appointment-1","doctorId":"dr-jones","patientId":"patient-7"}'
\`\`\`

The response has the \`sessionId\` for all other operations. The paths work with and without \`/api/v1\`.

## Authentication

Your backend sends the server’s \`INTERNAL_SECRET\` in the header \`X-Internal-Secret\`. The secret permits everything, so keep
it on your servers. People get join links instead, each valid for one person in one visit.

## Errors

Every error is \`application/problem+json\` (RFC 9457). \`code\` is for programs and never changes its meaning, \`remedy\`
says what to do next, and \`instance\` identifies the request in the server’s log.

## Retries

An appointment has one session. Creating it again with the same people returns that session, with status 200 instead
of 201. If your \`appointmentId\` differs between attempts, send an \`Idempotency-Key\`: the same key with the same request returns
the same session again, marked \`Idempotent-Replayed: true\` and with its present \`status\`. Starting, ending, cancelling and removing are idempotent. After
429 and 503, wait for the number of seconds in \`Retry-After\`.

## Pagination

Lists return \`nextCursor\`. Send it as \`cursor\` with the same filters and order to get the next page, until it is null. Pages stay
stable while sessions are created and changed. Sorted by schedule, only sessions that keep their time are listed exactly once.

## Formats and limits

Times are RFC 3339. Send any UTC offset (\`2031-01-31T09:00:00+01:00\`); responses are in UTC with milliseconds
(\`2031-01-31T08:00:00.000Z\`). Request bodies are JSON objects of at most 64 kB, and undocumented fields are rejected. You
choose the identifiers of appointments and people: 1 to 128 printable characters without a space at either end.

## Webhooks

Each endpoint of \`POST /webhook-endpoints\`, and \`WEBHOOK_URL\`, receives the events listed under Webhooks as signed JSON
([Standard Webhooks](https://www.standardwebhooks.com)), with the headers \`webhook-id\`, \`webhook-timestamp\` and
\`webhook-signature\`. Respond with 200 to 299 within 15 seconds and do the work afterwards. Any other response, including a
redirect, is retried for three days; 410 disables the endpoint. An event may arrive twice with the same \`id\`. The events of
one session arrive in the order of \`sequence\`.`;

const SECURITY_SCHEMES: Record<string, oas31.SecuritySchemeObject> = {
  internalSecret: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Internal-Secret',
    description:
      'The server’s INTERNAL_SECRET, for your backend only. Never put it into a web page or an app.',
  },
  joinToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The token of a join link (RFC 6750), valid for one person in one visit.',
  },
  linkSignature: {
    type: 'apiKey',
    in: 'query',
    name: 'signature',
    description: 'Part of a link that the API returned, such as that of GET /users/{userId}/calendar-link.',
  },
  webhookSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'webhook-signature',
    description:
      'Signatures of the body (Standard Webhooks), sent with the headers webhook-id and webhook-timestamp.',
  },
};

function operation(
  id: OperationId,
  contract: OperationContract,
  problems: ProblemResponses,
): ZodOpenApiOperationObject {
  const { params, headers, body } = contract;
  // A security scheme's parameter is not listed again.
  const query =
    contract.access === 'signed_link' ? contract.query?.omit({ signature: true }) : contract.query;
  const examples = EXAMPLES[id]?.request;
  const refused = [...problemsOf(contract)].map(([status, codes]) => [status, problems.of(codes)] as const);
  return {
    operationId: id,
    tags: [contract.tag],
    summary: contract.summary,
    ...(contract.description ? { description: contract.description } : {}),
    security: SECURITY[contract.access],
    requestParams: {
      ...(params ? { path: params } : {}),
      ...(query ? { query } : {}),
      ...(headers ? { header: headers } : {}),
    },
    ...(body
      ? {
          requestBody: {
            required: true,
            content: contentOf(body, examples),
          },
        }
      : {}),
    responses: { ...answersOf(id, contract), ...Object.fromEntries(refused) },
  };
}

function answersOf(
  id: OperationId,
  { answers, headers }: OperationContract,
): Record<string, ZodOpenApiResponseObject> {
  const named = Object.entries(answers).map(([status, answer]) => {
    const { description, schema, alternatives = [] } = answer;
    const type = mediaTypeOf(schema);
    const examples = EXAMPLES[id]?.answers?.[Number(status)];
    const replayed = headers && 'idempotency-key' in headers.shape && status === '201';
    const response: ZodOpenApiResponseObject = {
      description,
      headers: headersNamed(
        'X-Request-Id',
        ...(answer.headers ?? []),
        ...(replayed ? ['Idempotent-Replayed' as const] : []),
        ...(type === ANY_TYPE ? ['Content-Disposition' as const] : []),
      ),
      content: {
        ...contentOf(schema, examples),
        ...Object.fromEntries(alternatives.map((text) => [text, { schema: { type: 'string' } }])),
      },
    };
    return [status, response] as const;
  });
  return Object.fromEntries(named);
}

/** Returns the content of a request or response. Files are declared as bytes, because generators do not know ranges of types. */
function contentOf(
  schema: z.ZodType,
  examples?: ZodOpenApiMediaTypeObject['examples'],
): Record<string, ZodOpenApiMediaTypeObject> {
  const type = mediaTypeOf(schema);
  return { [type === ANY_TYPE ? BYTES : type]: { schema, ...(examples ? { examples } : {}) } };
}

function mediaTypeOf(schema: z.ZodType): string {
  return (schema.meta()?.mediaType as string | undefined) ?? 'application/json';
}

/** Replaces `anyOf: [$ref, null]`, from which some client generators make types that don’t compile, by the schema itself. */
function inlineNullableReferences(document: ApiDocument): void {
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { anyOf = [], ...rest } = node as oas31.SchemaObject;
    const [value, none] = anyOf;
    if (anyOf.length === 2 && value && '$ref' in value && none && 'type' in none && none.type === 'null') {
      const target = structuredClone(componentOf(document, value.$ref)) as oas31.SchemaObject & {
        id?: string;
      };
      delete target.id;
      delete (node as oas31.SchemaObject).anyOf;
      Object.assign(node, target, { type: [target.type, 'null'] }, rest);
    }
    for (const inner of Object.values(node)) visit(inner);
  };
  visit(document);
}

function componentOf({ components }: ApiDocument, reference: string): oas31.SchemaObject {
  return components?.schemas?.[reference.split('/').at(-1) ?? ''] as oas31.SchemaObject;
}

/** Moves descriptions from schemas to their parameters, and writes header names as people write them. */
function normalizeParameters({ paths = {} }: ApiDocument): void {
  for (const { get, post, patch, delete: remove } of Object.values(paths)) {
    for (const operation of [get, post, patch, remove]) {
      for (const parameter of operation?.parameters ?? []) if ('name' in parameter) normalize(parameter);
    }
  }
}

function normalize(parameter: oas31.ParameterObject): void {
  if (parameter.in === 'header') {
    parameter.name = parameter.name.replaceAll(/\b\w/g, (letter) => letter.toUpperCase());
  }
  const schema = parameter.schema as oas31.SchemaObject;
  const description = parameter.description ?? schema.description;
  if (description) parameter.description = description;
  delete schema.description;
  if (schema.type === 'array') Object.assign(parameter, { style: 'form', explode: false });
}
