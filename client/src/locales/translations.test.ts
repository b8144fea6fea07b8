import { describe, expect, it } from 'vitest';
import { consoleMessages } from '../console/texts.ts';
import { callMessages } from './call.ts';
import { base, LANGUAGES, type Language } from './index.ts';
import type { AnyMessages } from './messages.ts';

type Texts = Readonly<Record<Language, AnyMessages>>;

const languages = Object.keys(LANGUAGES) as Language[];
const features = import.meta.glob<Texts>('../ui/features/**/texts.ts', { import: 'texts', eager: true });
const catalogs: readonly { name: string; texts: Texts }[] = [
  { name: 'shared', texts: await loaded(base) },
  { name: 'call', texts: await loaded(callMessages) },
  { name: 'console', texts: await loaded(consoleMessages) },
  ...Object.entries(features).map(([file, texts]) => ({ name: file.split('/').at(-2)!, texts })),
];

async function loaded({
  english,
  translations,
}: typeof base | typeof callMessages | typeof consoleMessages): Promise<Texts> {
  const [es, de, fr, pt, ar] = await Promise.all(
    (['es', 'de', 'fr', 'pt', 'ar'] as const).map((tag) => translations[tag]()),
  );
  return { en: english, es: es!, de: de!, fr: fr!, pt: pt!, ar: ar! };
}

const textsOf = (message: AnyMessages[string] | undefined): string[] =>
  typeof message === 'string' ? [message] : Object.values(message ?? {});
const allTexts = (messages: AnyMessages) => Object.values(messages).flatMap((message) => textsOf(message));
const namesIn = (texts: readonly string[]) => [
  ...new Set(texts.flatMap((text) => text.match(/\{\w+\}/g) ?? [])),
];

it('every key belongs to one catalog', () => {
  const keys = catalogs.flatMap(({ texts }) => Object.keys(texts.en));
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
});

describe.each(catalogs.flatMap((catalog) => languages.map((tag) => ({ ...catalog, tag }))))(
  'the $name messages in $tag',
  ({ texts, tag }) => {
    const { en: english, [tag]: messages } = texts;
    const keys = Object.keys(english);
    const shared = keys.filter((key) => key in messages);

    it('have the keys of English in the same order', () => {
      const own = Object.keys(messages);
      expect({ missing: keys.filter((key) => !(key in messages)) }).toEqual({ missing: [] });
      expect({ stale: own.filter((key) => !(key in english)) }).toEqual({ stale: [] });
      expect(own).toEqual(keys);
    });

    it('have the names of English', () => {
      const names = (of: AnyMessages) =>
        Object.fromEntries(shared.map((key) => [key, namesIn(textsOf(of[key])).sort()]));
      expect(names(messages)).toEqual(names(english));
    });

    it('have every plural form of the language, and the count in those for many numbers', () => {
      const { pluralCategories } = new Intl.PluralRules(tag).resolvedOptions();
      for (const key of shared) {
        const message = messages[key];
        expect({ key, plural: typeof message }).toEqual({ key, plural: typeof english[key] });
        if (typeof message !== 'object') continue;
        expect({ key, forms: Object.keys(message).sort() }).toEqual({
          key,
          forms: [...pluralCategories].sort(),
        });
        for (const form of ['few', 'many', 'other'] as const) {
          if (form in message) expect(message[form]).toContain('{count}');
        }
      }
    });

    it('are neither empty nor surrounded by spaces, and their braces match', () => {
      for (const text of allTexts(messages)) {
        expect(text.trim()).toBe(text);
        expect(text).not.toBe('');
        expect(text.replaceAll(/\{\w+\}/g, '')).not.toMatch(/[{}]/);
      }
    });

    it('use typographic quotation marks and ellipses', () => {
      for (const text of allTexts(messages)) expect(text).not.toMatch(/["']|\.\.\./);
    });
  },
);
