import { ANY_TYPE } from '@televisit/shared/features/chat';
import { z } from 'zod';
import type { oas31, ZodOpenApiOverride } from 'zod-openapi';

/** Syntax outside of the subset of regular expressions that all languages share (JSON Schema 2020-12, core, 6.4). */
const UNPORTABLE = /\\p\{|\(\?[<!=]|\\u/i;

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
  if (schema.pattern && UNPORTABLE.test(schema.pattern)) asPrintable(schema);
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  const { def } = zodSchema._zod;
  if (def.type === 'pipe' && def.out instanceof z.ZodArray) asCommaList(schema, def.out.element);
  if (def.type === 'nullable') asTypeOrNull(schema);
  // Clients get any value instead of an alternative of scalars and lists, for which many languages have no type.
  if (
    def.type === 'union' &&
    schema.anyOf?.every(
      (one) => !('$ref' in one) && 'type' in one && one.type !== 'object' && one.type !== 'null',
    )
  ) {
    delete schema.anyOf;
    schema.description = 'A text, a number, or a list of texts.';
  }
  if (def.type === 'record' && Object.keys(schema.propertyNames ?? {}).join() === 'type') {
    delete schema.propertyNames;
  }
};

/** Removes the pattern of a date-time, which the format implies. */
function asInstant(schema: oas31.SchemaObject): void {
  const utc = schema.pattern?.endsWith('(?:Z))$') === true;
  delete schema.pattern;
  schema.examples = [utc ? '2031-01-31T08:00:00.000Z' : '2031-01-31T09:00:00+01:00'];
}

/** Replaces a pattern for printable text by the part that all languages can check; the server checks the rest. */
function asPrintable(schema: oas31.SchemaObject): void {
  const isLine = schema.pattern?.startsWith('^(?!\\s)') === true;
  delete schema.pattern;
  if (!isLine) return;
  schema.pattern = '^\\S(.*\\S)?$';
  schema.minLength ??= 1;
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
