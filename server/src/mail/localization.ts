import { createInstance, type TOptions } from 'i18next';
import { en, type MessageKey, type Messages, es, de, fr, pt, ar } from './texts.ts';

export const MESSAGES = { en, es, de, fr, pt, ar } as const satisfies Record<string, Messages>;
export type MailLanguage = keyof typeof MESSAGES;

type NamesIn<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
type NamesOf<K extends MessageKey> = NamesIn<(typeof en)[K]>;
type Translate = <K extends MessageKey>(
  key: K,
  ...values: NamesOf<K> extends never ? [] : [Readonly<Record<NamesOf<K>, string>>]
) => string;

/** A language with the locale (BCP 47) for its dates and numbers. */
export interface Localization {
  readonly language: MailLanguage;
  readonly locale: string;
  readonly direction: 'ltr' | 'rtl';
  /** Returns the message of a key, with its `{names}` replaced by values. */
  readonly t: Translate;
}

const i18n = createInstance();
void i18n.init({
  fallbackLng: 'en',
  resources: Object.fromEntries(
    Object.entries(MESSAGES).map(([language, messages]) => [language, { translation: messages }]),
  ),
  initAsync: false,
  keySeparator: false,
  nsSeparator: false,
  // HTML is escaped when it is rendered.
  interpolation: { prefix: '{', suffix: '}', escapeValue: false },
});

/** Returns the first of the languages (BCP 47 tags) that has messages, or English. */
export function localizationFor(...tags: readonly (string | null)[]): Localization {
  for (const tag of tags) {
    const locale = tag === null ? null : parseLocale(tag);
    if (locale && isSupported(locale.language)) return localization(locale.language, locale.baseName);
  }
  return localization('en', 'en');
}

function localization(language: MailLanguage, locale: string): Localization {
  return {
    language,
    locale,
    direction: language === 'ar' ? 'rtl' : 'ltr',
    t: (key, ...[values]) => translate(key, { lng: language, replace: { ...values }, nest: false }),
  };
}

/** Keeps i18next from computing a type over every key. */
function translate(key: string, options: TOptions): string {
  return i18n.t(key, options);
}

function isSupported(language: string): language is MailLanguage {
  return Object.hasOwn(MESSAGES, language);
}

function parseLocale(tag: string): Intl.Locale | null {
  try {
    return new Intl.Locale(tag);
  } catch {
    return null;
  }
}
