import type { ApiDocument, oas31 } from '@televisit/server/http/api-document';
import fc from 'fast-check';

type Schema = oas31.SchemaObject;

const WORD_LIST = [
  'patient',
  'patient',
  'doctor',
  'de',
  'pt-BR',
  'a',
  'x1',
  'Zoë',
  '患者',
  'a b',
  'a@b.example',
  '0.5',
] as const;
const WORDS = fc.constantFrom(...WORD_LIST);

/** Values that match a schema of the document, most of them small. */
export function valuesOf(
  document: ApiDocument,
  schema: Schema | oas31.ReferenceObject,
): fc.Arbitrary<unknown> {
  if ('$ref' in schema) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return valuesOf(document, document.components?.schemas?.[name] ?? {});
  }
  if (schema.enum) return fc.constantFrom(...(schema.enum as unknown[]));
  const types = [schema.type ?? 'object'].flat();
  return fc.oneof(...types.map((type) => valuesOfType(document, type, schema)));
}

function valuesOfType(document: ApiDocument, type: string, schema: Schema): fc.Arbitrary<unknown> {
  const { minimum = 0, maximum = 1000, maxItems = 5 } = schema;
  if (type === 'null') return fc.constant(null);
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer') return fc.integer({ min: minimum, max: maximum });
  if (type === 'number') return fc.double({ min: minimum, max: maximum, noNaN: true });
  if (type === 'string') return texts(schema);
  if (type === 'array') {
    return fc.array(valuesOf(document, schema.items ?? {}), {
      minLength: 1,
      maxLength: Math.min(maxItems, 3),
    });
  }
  return objects(document, schema);
}

function texts({ format, pattern, minLength = 0, maxLength = 40 }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time') {
    const range = { min: new Date('2001-01-01'), max: new Date('2099-01-01'), noInvalidDate: true };
    return fc.date(range).map((date) => date.toISOString());
  }
  if (format === 'uri') return fc.constantFrom('https://portal.test/visits?a=b', 'https://elsewhere.test/');
  if (format === 'email') return fc.nat().map((number) => `person-${number}@example.org`);
  const fits = new RegExp(pattern ?? '', 'u');
  // Words and random texts would never match a number or a key.
  if (!WORD_LIST.some((word) => fits.test(word))) {
    return fc.stringMatching(fits);
  }
  const any = fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 12) });
  return fc
    .oneof({ weight: 3, arbitrary: WORDS }, { weight: 1, arbitrary: any })
    .filter((text) => fits.test(text) && text.length <= maxLength);
}

function objects(document: ApiDocument, schema: Schema): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties, propertyNames } = schema;
  if (Object.keys(properties).length === 0) {
    if (typeof additionalProperties !== 'object') return fc.constant({});
    const names = texts((propertyNames ?? {}) as Schema);
    return fc.dictionary(names, valuesOf(document, additionalProperties), { maxKeys: 4 });
  }
  const choices = ((schema.oneOf ?? [{}]) as Schema[]).map((choice) => choice.required ?? []);
  const ofChoices = new Set(choices.flat());
  return fc.oneof(
    ...choices.map((choice) => {
      const mine = Object.entries(properties).filter(
        ([name]) => !ofChoices.has(name) || choice.includes(name),
      );
      const values = mine.map(([name, property]) => [name, valuesOf(document, property)] as const);
      const always = [...required, ...choice];
      return fc.record(Object.fromEntries(values), { requiredKeys: always, noNullPrototype: true });
    }),
  );
}
