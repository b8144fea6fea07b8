import type { oas31 } from 'zod-openapi';

/** Headers of answers, components of the document. */
export const HEADERS = {
  'X-Request-Id': {
    description: 'Names this request; the server’s log can be searched for it.',
    schema: { type: 'string' },
    required: true,
  },
  'Retry-After': {
    description: 'Seconds after which trying again makes sense (RFC 9110, 10.2.3).',
    schema: { type: 'integer', minimum: 0 },
  },
  'Content-Disposition': {
    description: 'Always an attachment, with the file’s name (RFC 6266).',
    schema: { type: 'string' },
    required: true,
  },
  'Idempotent-Replayed': {
    description: '`true` where the same Idempotency-Key was given this answer before.',
    schema: { type: 'string', enum: ['true'] },
  },
} as const satisfies oas31.HeadersObject;

/** References to some of them. */
export function headersNamed(...names: (keyof typeof HEADERS)[]): oas31.HeadersObject {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
