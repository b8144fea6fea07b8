import { problem, type Problem } from '@televisit/shared/api';
import { ERRORS, type ErrorCode } from '@televisit/shared/errors';
import { ANY_TYPE } from '@televisit/shared/features/chat';
import { type Access, type OperationContract } from '@televisit/shared/operations';
import type { oas31, ZodOpenApiExampleObject, ZodOpenApiResponseObject } from 'zod-openapi';

/** Response headers, as components of the document. */
export const HEADERS = {
  'X-Request-Id': {
    description: 'Identifies the request; the server’s log has the same id.',
    schema: { type: 'string' },
    required: true,
  },
  'Retry-After': {
    description: 'The number of seconds to wait before the next attempt (RFC 9110, 10.2.3).',
    schema: { type: 'integer', minimum: 0 },
  },
  'Content-Disposition': {
    description: 'Always an attachment, with the file’s name (RFC 6266).',
    schema: { type: 'string' },
    required: true,
  },
  Link: {
    description:
      'The next page (RFC 8288), such as `<?limit=50&cursor=…>; rel="next"`; absent on the last page.',
    schema: { type: 'string' },
  },
  'Idempotent-Replayed': {
    description: '`true` if the session was created by an earlier request with the same Idempotency-Key.',
    schema: { type: 'string', enum: ['true'] },
  },
} as const satisfies oas31.HeadersObject;

/** Returns references to headers. */
export function headersNamed(...names: (keyof typeof HEADERS)[]): oas31.HeadersObject {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** The errors of every operation with an access. */
const OF_ACCESS: Readonly<Record<Access, readonly ErrorCode[]>> = {
  internal: ['unauthorized', 'too_many_requests', 'validation_failed', 'store_unavailable'],
  join_token: [
    'token_missing',
    'token_malformed',
    'token_algorithm',
    'token_signature',
    'token_expired',
    'token_not_yet_valid',
    'token_issuer',
    'token_audience',
    'token_wrong_session',
    'token_revoked',
    'too_many_requests',
    'validation_failed',
    'store_unavailable',
  ],
  signed_link: ['link_signature', 'too_many_requests', 'validation_failed', 'store_unavailable'],
  webhook_signature: [
    'webhook_signature',
    'webhook_expired',
    'too_many_requests',
    'validation_failed',
    'store_unavailable',
  ],
  none: [],
};
const OF_BODY: readonly ErrorCode[] = ['bad_json', 'body_too_large', 'unsupported_media_type'];

/** Returns the error codes of an operation by HTTP status. */
export function problemsOf({ access, body, errors }: OperationContract): Map<number, ErrorCode[]> {
  const codes = new Set([
    'bad_address',
    ...OF_ACCESS[access],
    ...(body && body.meta()?.mediaType !== ANY_TYPE ? OF_BODY : []),
    ...errors,
    'internal_error',
  ] as const);
  return Map.groupBy(
    [...codes].sort((left, right) => ERRORS[left].status - ERRORS[right].status),
    (code) => ERRORS[code].status,
  );
}

/** Creates the error responses; operations with the same codes share one component. */
export class ProblemResponses {
  readonly #made = new Map<string, ZodOpenApiResponseObject>();
  readonly #examples = new Map<ErrorCode, ZodOpenApiExampleObject>();

  /** Returns the response for codes of one status. */
  of(codes: readonly ErrorCode[]): ZodOpenApiResponseObject {
    const id = nameOf(codes);
    const made = this.#made.get(id) ?? { id, ...this.#make(codes) };
    this.#made.set(id, made);
    return made;
  }

  #make(codes: readonly ErrorCode[]): ZodOpenApiResponseObject {
    const waits = codes.some((code) => code === 'too_many_requests' || ERRORS[code].status === 503);
    return {
      description: codes
        .map((code) => `\`${code}\`: ${ERRORS[code].title}. ${ERRORS[code].remedy}`)
        .join('\n\n'),
      headers: headersNamed('X-Request-Id', ...(waits ? ['Retry-After' as const] : [])),
      content: {
        'application/problem+json': {
          schema: { $ref: '#/components/schemas/Problem' },
          examples: Object.fromEntries(codes.map((code) => [code, this.#example(code)])),
        },
      },
    };
  }

  #example(code: ErrorCode): ZodOpenApiExampleObject {
    const made = this.#examples.get(code) ?? {
      id: code,
      summary: ERRORS[code].title,
      value: exampleOf(code),
    };
    this.#examples.set(code, made);
    return made;
  }
}

/** The schemas that error responses refer to. */
export const PROBLEM_SCHEMAS = { Problem: problem };

function exampleOf(code: ErrorCode): Problem {
  const { status, title, remedy } = ERRORS[code];
  const issue = { path: 'doctorId', message: 'is missing' };
  return {
    type: `urn:televisit:error:${code}`,
    title,
    status,
    code,
    detail: code === 'validation_failed' ? `${issue.path}: ${issue.message}` : title,
    remedy,
    instance: 'urn:uuid:0f4d8e3c-9f6a-4c51-8a57-6f9d1c2b3a40',
    ...(code === 'validation_failed' ? { errors: [issue] } : {}),
    ...(code === 'not_open_yet' ? { opensAt: '2031-01-31T07:45:00.000Z' } : {}),
    ...(code === 'session_over' ? { closedAt: '2031-01-31T08:42:10.000Z' } : {}),
  };
}

function nameOf(codes: readonly ErrorCode[]): string {
  if (codes.every((code) => code.startsWith('token_'))) return 'TokenRefused';
  return codes.map(pascalCase).join('Or');
}

function pascalCase(code: string): string {
  return code.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
