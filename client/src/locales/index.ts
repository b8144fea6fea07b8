import { createInstance, type TOptions } from 'i18next';
import { en } from './en.ts';
import { LANGUAGES, languageSetting, type LanguageSetting } from './languages.ts';
import type { AnyMessages, BaseMessages, Language, Translate } from './messages.ts';

export { bestTag, LANGUAGES } from './languages.ts';
export type { Language, MessageKey, Messages } from './messages.ts';

const NAMESPACE = 'translation';
const PLURAL_SEPARATOR = '#';
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;

const ENGLISH: LanguageSetting = { language: 'en', locale: 'en', hasRegion: false };
const listeners = new Set<() => void>();
let current = ENGLISH;
let wanted = ENGLISH;

const i18n = createInstance();
void i18n.init({
  lng: 'en',
  fallbackLng: 'en',
  resources: {},
  initAsync: false,
  keySeparator: false,
  nsSeparator: false,
  pluralSeparator: PLURAL_SEPARATOR,
  // Preact escapes all text.
  interpolation: { prefix: '{', suffix: '}', escapeValue: false },
});

/** How to load translations, one file per language. */
type Loaders = Readonly<Record<Exclude<Language, 'en'>, () => Promise<AnyMessages>>>;

/** The loaders in use, with the languages that are loaded. */
const catalogs = new Map<Loaders, Set<Language>>();

/**
 * Adds messages of the core. English is available at once; `setLanguage` and `loadMessages` load the other languages.
 * Keys are unique across the page.
 */
export function defineMessages<English extends AnyMessages>(
  english: English,
  translations: Loaders,
): {
  readonly english: English;
  readonly translations: Loaders;
  readonly t: Translate<English & BaseMessages>;
} {
  add('en', english);
  catalogs.set(translations, new Set<Language>(['en']));
  return { english, translations, t: translate };
}

/** Adds the texts of a feature, which load in all languages with it. Keys are unique across the page. */
export function defineTexts<English extends AnyMessages>(
  texts: Readonly<Record<Language, AnyMessages>> & { readonly en: English },
): {
  readonly texts: Readonly<Record<Language, AnyMessages>>;
  readonly t: Translate<English & BaseMessages>;
} {
  for (const [tag, messages] of Object.entries(texts)) add(tag as Language, messages);
  return { texts, t: translate };
}

/** The messages that every part of the page shares. */
export const base = defineMessages(en, {
  es: async () => (await import('./es.ts')).es,
  de: async () => (await import('./de.ts')).de,
  fr: async () => (await import('./fr.ts')).fr,
  pt: async () => (await import('./pt.ts')).pt,
  ar: async () => (await import('./ar.ts')).ar,
});

/** Translates the shared messages. */
export const { t } = base;

/** Returns the language of the texts (BCP 47). */
export function language(): Language {
  return current.language;
}

/** Returns the locale for dates and numbers (BCP 47): the current language, with the person's region if known. */
export function locale(): string {
  return current.locale;
}

/** Returns the writing direction of the current language. */
export function direction(): 'ltr' | 'rtl' {
  return LANGUAGES[current.language].direction;
}

/**
 * Switches to the language of `tag` as soon as its messages are loaded, or to English if the language is not supported.
 * The last call wins. Rejects, and changes nothing, if the messages can't be loaded.
 */
export async function setLanguage(tag: string): Promise<void> {
  const next = languageSetting(tag) ?? ENGLISH;
  wanted = next;
  await load(next.language);
  if (wanted !== next || next.locale === current.locale) return;
  current = next;
  for (const listener of [...listeners]) listener();
}

/** Loads what catalogs that were added lately lack in the current language. Until then their texts are English. */
export function loadMessages(): Promise<void> {
  return load(current.language);
}

/** Calls `listener` after every change of the language, until the returned function is called. */
export function onLanguageChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

async function load(language: Language): Promise<void> {
  // The call may add its catalog in the meantime.
  for (;;) {
    const missing = [...catalogs].filter(([, loaded]) => !loaded.has(language));
    if (language === 'en' || missing.length === 0) return;
    await Promise.all(
      missing.map(async ([loaders, loaded]) => {
        add(language, await loaders[language]());
        loaded.add(language);
      }),
    );
  }
}

/** i18next keeps each plural form under a key of its own. */
function add(language: Language, messages: AnyMessages): void {
  const flat = Object.entries(messages).flatMap(([key, message]) =>
    typeof message === 'string'
      ? [[key, message]]
      : Object.entries(message).map(([form, text]) => [key + PLURAL_SEPARATOR + form, text]),
  );
  i18n.addResourceBundle(language, NAMESPACE, Object.fromEntries(flat));
}

function translate(key: string, values: Readonly<Record<string, string | number>> = {}): string {
  const replace: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) replace[name] = formatted(value);
  const { count } = values;
  const options: TOptions = {
    lng: current.language,
    replace,
    nest: false,
    ...(typeof count === 'number' && { count }),
  };
  return i18n.t(key, options);
}

/** Formats a value for a sentence; a text in the other writing direction is isolated from its neighbours (UAX 9). */
function formatted(value: string | number): string {
  if (typeof value === 'number') return new Intl.NumberFormat(current.locale).format(value);
  return direction() === 'rtl' || RIGHT_TO_LEFT.test(value) ? `\u2068${value}\u2069` : value;
}
