import { createInstance, type TOptions } from 'i18next';
import { en } from './en.ts';
import { LANGUAGES, speechOf, type Speech } from './languages.ts';
import type { AnyMessages, Language, MessageKey, NamesOf, ValuesOf } from './messages.ts';

export { bestTag, LANGUAGES } from './languages.ts';
export type { Language, MessageKey } from './messages.ts';

const WORDS = 'translation';
const PLURAL_SEPARATOR = '#';
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;

const ENGLISH: Speech = { language: 'en', locale: 'en', hasRegion: false };
const listeners = new Set<() => void>();
let current = ENGLISH;
let wanted = ENGLISH;

const i18n = createInstance();
void i18n.init({
  lng: 'en',
  fallbackLng: 'en',
  resources: { en: { [WORDS]: flat(en) } },
  initAsync: false,
  keySeparator: false,
  nsSeparator: false,
  pluralSeparator: PLURAL_SEPARATOR,
  // Preact escapes what it shows.
  interpolation: { prefix: '{', suffix: '}', escapeValue: false },
});

/** The language of the words (BCP 47). */
export function language(): Language {
  return current.language;
}

/** The locale for dates and numbers (BCP 47): the language of the words, with the person's region where it is known. */
export function locale(): string {
  return current.locale;
}

/** Whether the words run from left to right or from right to left. */
export function direction(): 'ltr' | 'rtl' {
  return LANGUAGES[current.language].direction;
}

/**
 * Speaks another language from the moment when its words are loaded; English where the page does not know it. The last
 * call wins. Rejects, and changes nothing, when the words can't be loaded.
 */
export async function setLanguage(tag: string): Promise<void> {
  const next = speechOf(tag) ?? ENGLISH;
  wanted = next;
  if (!i18n.hasResourceBundle(next.language, WORDS)) {
    i18n.addResourceBundle(next.language, WORDS, flat(await LANGUAGES[next.language].load()));
  }
  if (wanted !== next || next.locale === current.locale) return;
  current = next;
  for (const listener of [...listeners]) listener();
}

/** Calls back after every change of the language; the returned function stops that. */
export function onLanguageChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** The words for a key, with its `{names}` filled in; the compiler knows which names a message has. */
export function t<K extends MessageKey>(
  key: K,
  ...values: NamesOf<K> extends never ? [] : [ValuesOf<K>]
): string {
  const given: Readonly<Record<string, string | number>> = values[0] ?? {};
  const replace: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) replace[name] = shown(value);
  const { count } = given;
  return translated(key, {
    lng: current.language,
    replace,
    nest: false,
    ...(typeof count === 'number' && { count }),
  });
}

/** i18next's own types would compute over every key again. */
function translated(key: string, options: TOptions): string {
  return i18n.t(key, options);
}

/** A value as it stands in a sentence; a name that runs the other way is kept apart from its neighbours (UAX 9). */
function shown(value: string | number): string {
  if (typeof value === 'number') return new Intl.NumberFormat(current.locale).format(value);
  return direction() === 'rtl' || RIGHT_TO_LEFT.test(value) ? `\u2068${value}\u2069` : value;
}

/** The messages as i18next keeps them: each plural form under a key of its own. */
function flat(messages: AnyMessages): Record<string, string> {
  return Object.fromEntries(
    Object.entries(messages).flatMap(([key, message]) =>
      typeof message === 'string'
        ? [[key, message]]
        : Object.entries(message).map(([form, text]) => [key + PLURAL_SEPARATOR + form, text]),
    ),
  );
}
