import type { ApiDocument, oas31 } from './api-document.ts';
import { html, sentence, type Html } from '../html.ts';

type Schema = oas31.SchemaObject | oas31.ReferenceObject;

/** The name of the component that a schema refers to. */
export function componentOf(schema: Schema | undefined): string | undefined {
  return schema && '$ref' in schema ? schema.$ref.split('/').at(-1) : undefined;
}

/** What a reference means. */
export function resolve(document: ApiDocument, schema: Schema): oas31.SchemaObject {
  const name = componentOf(schema);
  return (name ? document.components?.schemas?.[name] : schema) as oas31.SchemaObject;
}

/** Which way an object goes: in a request what is required is said, in an answer what may be missing. */
export type Direction = 'request' | 'answer';

/** The fields of an object, those of objects within it under them. */
export function fieldList(schema: oas31.SchemaObject, direction: Direction): Html {
  const { properties = {}, required = [] } = schema;
  return html`<dl class="fields">
    ${Object.entries(properties).map(([name, property]) => field(name, property, required.includes(name), { direction }))}
  </dl>`;
}

/** One field or parameter with its type, its limits and what it means. */
export function field(
  name: string,
  schema: Schema,
  required: boolean,
  { note, place, direction = 'request' }: { note?: string; place?: string; direction?: Direction },
): Html {
  const text = note ?? ('description' in schema ? schema.description : undefined);
  const inner = innerObject(schema);
  return html`<dt>
      <code class="name">${name}</code>
      <span class="type">${typeOf(schema)}${place ? html`, ${place}` : null}</span>
      ${direction === 'request' && required ? html`<span class="required">required</span>` : null}
      ${direction === 'answer' && !required ? html`<span class="type">may be missing</span>` : null}
    </dt>
    <dd>
      ${text ? sentence(text) : null} ${limitsOf(schema)} ${inner ? fieldList(inner, direction) : null}
    </dd>`;
}

/** In words, with links to the objects that have a name. */
export function typeOf(schema: Schema): Html {
  const name = componentOf(schema);
  if (name) return html`<a href="#schema-${name}">${name}</a>`;
  const { type, items, anyOf, format, additionalProperties } = schema as oas31.SchemaObject;
  if (anyOf) return joined(anyOf.map(typeOf), ' or ');
  const types = [type ?? 'object'].flat().map((one) => {
    if (one === 'array' && items) return html`list of ${typeOf(items)}`;
    if (one === 'string' && format === 'date-time') return html`time`;
    if (one === 'string' && format) return html`${format}`;
    if (one === 'object' && typeof additionalProperties === 'object') {
      return html`map to ${typeOf(additionalProperties)}`;
    }
    return html`${one}`;
  });
  return joined(types, ' or ');
}

function limitsOf(schema: Schema): Html | null {
  if ('$ref' in schema) return null;
  const limits = [
    ...choicesOf(schema),
    range(schema.minimum, schema.maximum, ''),
    range(schema.minLength, schema.maxLength, 'characters'),
    range(schema.minItems, schema.maxItems, 'entries'),
    schema.default === undefined ? null : html`Default: <code>${JSON.stringify(schema.default)}</code>.`,
  ].filter((limit) => limit !== null);
  return limits.length > 0 ? html`<span class="limits">${joined(limits, ' ')}</span>` : null;
}

function choicesOf({ enum: own, items }: oas31.SchemaObject): Html[] {
  const ofItems = items && 'enum' in items ? items.enum : undefined;
  const values = ((own ?? ofItems ?? []) as (string | null)[]).filter((value) => value !== null);
  if (values.length === 0) return [];
  return [
    html`One of
    ${joined(
      values.map((value) => html`<code>${value}</code>`),
      ', ',
    )}.`,
  ];
}

function range(least: number | undefined, most: number | undefined, unit: string): Html | null {
  const what = unit ? ` ${unit}` : '';
  if (least !== undefined && most !== undefined) return html`${count(least)} to ${count(most)}${what}.`;
  if (most !== undefined) return html`At most ${count(most)}${what}.`;
  // That there is something goes without saying.
  return least !== undefined && unit === '' ? html`At least ${least}.` : null;
}

function count(number: number): string {
  return number.toLocaleString('en');
}

/** The object without a name of its own that a field holds, be it in a list. */
function innerObject(schema: Schema): oas31.SchemaObject | null {
  if ('$ref' in schema) return null;
  const { properties, items, anyOf } = schema;
  if (properties) return schema;
  for (const inner of [items, ...(anyOf ?? [])]) {
    const found = inner ? innerObject(inner) : null;
    if (found) return found;
  }
  return null;
}

function joined(parts: readonly Html[], separator: string): Html {
  return html`${parts.map((part, index) => (index === 0 ? part : html`${separator}${part}`))}`;
}
