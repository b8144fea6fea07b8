import { describe, expect, it } from 'vitest';
import { FEATURES } from '../ui/features/index.ts';
import { callMessages } from './call.ts';
import { base, LANGUAGES, type FeatureMessages, type Language } from './index.ts';
import type { AnyMessages } from './messages.ts';

const features = await Promise.all(
  FEATURES.map(async ({ name, load }) => ({ name, messages: (await load()).messages })),
);
const catalogs: readonly { name: string; messages: FeatureMessages }[] = [
  { name: 'shared', messages: base },
  { name: 'call', messages: callMessages },
  ...features,
];
const languages = Object.keys(LANGUAGES) as Language[];

const textsOf = (message: AnyMessages[string] | undefined): string[] =>
  typeof message === 'string' ? [message] : Object.values(message ?? {});
const allTexts = (messages: AnyMessages) => Object.values(messages).flatMap((message) => textsOf(message));
const namesIn = (texts: readonly string[]) => [
  ...new Set(texts.flatMap((text) => text.match(/\{\w+\}/g) ?? [])),
];

it('every key belongs to one catalog', () => {
  const keys = catalogs.flatMap(({ messages }) => Object.keys(messages.english));
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
});

describe.each(catalogs.flatMap((catalog) => languages.map((tag) => ({ ...catalog, tag }))))(
  'the $name messages in $tag',
  async ({ messages: { english, translations }, tag }) => {
    const messages: AnyMessages = tag === 'en' ? english : await translations[tag]();
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
