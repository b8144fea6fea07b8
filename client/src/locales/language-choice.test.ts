import { afterEach, describe, expect, it } from 'vitest';
import { language, locale, onLanguageChange, setLanguage } from './index.ts';
import { LanguageChoice } from './language-choice.ts';

afterEach(() => setLanguage('en'));

class Memory {
  readonly #kept = new Map<string, string>();
  getItem(key: string): string | null {
    return this.#kept.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.#kept.set(key, value);
  }
}

const blocked = {
  getItem: () => {
    throw new Error('storage is blocked');
  },
  setItem: () => {
    throw new Error('storage is blocked');
  },
};

const browser = () => ['fr-CH', 'de-CH', 'en'];

describe('LanguageChoice', () => {
  it('prefers the visit’s language to the browser’s', () => {
    const choice = new LanguageChoice(new Memory(), browser);
    expect(choice.tagFor(null)).toBe('fr-CH');
    expect(choice.tagFor('es')).toBe('es');
  });

  it('adds the person’s region to the visit’s language', () => {
    expect(new LanguageChoice(null, browser).tagFor('de')).toBe('de-CH');
  });

  it('prefers the person’s choice to all others', async () => {
    const choice = new LanguageChoice(new Memory(), browser);
    await choice.choose('de');
    expect([language(), locale()]).toEqual(['de', 'de-CH']);
    expect(choice.tagFor('es')).toBe('de-CH');
  });

  it('remembers the choice for the next visit', async () => {
    const memory = new Memory();
    await new LanguageChoice(memory, browser).choose('ar');
    expect(new LanguageChoice(memory, browser).tagFor('es')).toBe('ar');
  });

  it('returns the new choice while listeners are notified', async () => {
    const choice = new LanguageChoice(new Memory(), browser);
    const seen: string[] = [];
    const stop = onLanguageChange(() => seen.push(choice.tagFor('es')));
    await choice.choose('pt');
    stop();
    expect(seen).toEqual(['pt']);
  });

  it('keeps the choice for the lifetime of the page if storage is blocked', async () => {
    const choice = new LanguageChoice(blocked, browser);
    await choice.choose('ar');
    expect([language(), choice.tagFor('es')]).toEqual(['ar', 'ar']);
  });

  it('ignores a stored text that is not a language', () => {
    const memory = new Memory();
    memory.setItem('televisit:language', '<script>');
    expect(new LanguageChoice(memory, browser).tagFor(null)).toBe('fr-CH');
  });
});
