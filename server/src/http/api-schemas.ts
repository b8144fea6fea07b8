import { ANY_TYPE } from '@televisit/shared/features/chat';
import { z } from 'zod';
import type { oas31, ZodOpenApiOverride } from 'zod-openapi';

/** The pattern of a date-time in UTC. */
const UTC = 'Z$';

/** Simplifies generated JSON Schemas for readers. */
export const overrideSchema: ZodOpenApiOverride = ({ jsonSchema, zodSchema }) => {
  const schema = jsonSchema as oas31.SchemaObject;
  // The media type belongs to the response, not to the schema.
  const meta = schema as { mediaType?: unknown; maxBytes?: unknown };
  const { mediaType } = meta;
  delete meta.mediaType;
  delete meta.maxBytes;
  if (mediaType === ANY_TYPE) Object.assign(schema, { type: 'string', format: 'binary' });
  if (schema.format === 'date-time') asInstant(schema);
  if (schema.format === 'email' || schema.format === 'date') delete schema.pattern;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  const { def } = zodSchema._zod;
  if (def.type === 'pipe' && def.out instanceof z.ZodArray) asCommaList(schema, def.out.element);
  if (def.type === 'nullable') asTypeOrNull(schema);
  if (def.type === 'record' && Object.keys(schema.propertyNames ?? {}).join() === 'type') {
    delete schema.propertyNames;
  }
};

/** Replaces the pattern of a date-time: only the time zone is not implied by the format. */
function asInstant(schema: oas31.SchemaObject): void {
  const utc = schema.pattern === UTC || schema.pattern?.endsWith('(?:Z))$') === true;
  delete schema.pattern;
  if (utc) schema.pattern = UTC;
  schema.examples = [utc ? '2031-01-31T08:00:00.000Z' : '2031-01-31T09:00:00+01:00'];
}

/** Describes comma-separated values as an array; the parameter has `explode: false`. */
function asCommaList(schema: oas31.SchemaObject, element: unknown): void {
  schema.type = 'array';
  schema.minItems = 1;
  schema.items = { type: 'string', ...(element instanceof z.ZodEnum ? { enum: element.options } : {}) };
}

/** Writes `type: [string, null]` instead of two alternative schemas. */
function asTypeOrNull(schema: oas31.SchemaObject): void {
  const [value] = schema.anyOf ?? [];
  if (!value || '$ref' in value || !('type' in value) || typeof value.type !== 'string') return;
  const { description = value.description } = schema;
  delete schema.anyOf;
  Object.assign(schema, value, { type: [value.type, 'null'] }, description ? { description } : {});
  if (value.enum) schema.enum = [...(value.enum as unknown[]), null];
}
