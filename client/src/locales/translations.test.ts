import { describe, expect, it } from 'vitest';
import { en } from './en.ts';
import { LANGUAGES } from './languages.ts';
import type { AnyMessages } from './messages.ts';

const english: AnyMessages = en;
const keys = Object.keys(english);
const textsOf = (message: AnyMessages[string] | undefined): string[] =>
  typeof message === 'string' ? [message] : Object.values(message ?? {});
const namesIn = (texts: readonly string[]) => [
  ...new Set(texts.flatMap((text) => text.match(/\{\w+\}/g) ?? [])),
];

describe.each(Object.keys(LANGUAGES))('the words in %s', async (tag) => {
  const messages = await LANGUAGES[tag as keyof typeof LANGUAGES].load();
  const shared = keys.filter((key) => key in messages);

  it('are those of English, in the same order', () => {
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

  it('are neither empty nor surrounded by space, and their braces match', () => {
    for (const text of Object.values(messages).flatMap(textsOf)) {
      expect(text.trim()).toBe(text);
      expect(text).not.toBe('');
      expect(text.replaceAll(/\{\w+\}/g, '')).not.toMatch(/[{}]/);
    }
  });

  it('use the quotation marks and dots of a printed page', () => {
    for (const text of Object.values(messages).flatMap(textsOf)) expect(text).not.toMatch(/["']|\.\.\./);
  });
});
