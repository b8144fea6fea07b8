import type { Language } from './messages.ts';

interface LanguageEntry {
  /** The language's name in that language. */
  readonly name: string;
  readonly direction: 'ltr' | 'rtl';
}

/** Every supported language. */
export const LANGUAGES: Readonly<Record<Language, LanguageEntry>> = {
  en: { name: 'English', direction: 'ltr' },
  es: { name: 'Español', direction: 'ltr' },
  de: { name: 'Deutsch', direction: 'ltr' },
  fr: { name: 'Français', direction: 'ltr' },
  pt: { name: 'Português', direction: 'ltr' },
  ar: { name: 'العربية', direction: 'rtl' },
};

const isLanguage = (tag: string): tag is Language => Object.hasOwn(LANGUAGES, tag);

/** A supported language, and the locale (BCP 47, perhaps with a region) that formats dates and numbers. */
export interface LanguageSetting {
  readonly language: Language;
  readonly locale: string;
  readonly hasRegion: boolean;
}

/** Returns the setting for `tag`; null if the language is not supported or `tag` is malformed. */
export function languageSetting(tag: string): LanguageSetting | null {
  let locale: Intl.Locale;
  try {
    locale = new Intl.Locale(tag);
  } catch {
    return null;
  }
  const { language, baseName, region } = locale;
  return isLanguage(language) ? { language, locale: baseName, hasRegion: region !== undefined } : null;
}

/**
 * Returns the first supported tag in order of preference, or English if none is supported. A language without a region
 * takes the region of a later tag of the same language.
 */
export function bestTag(tags: readonly (string | null)[]): string {
  const known = tags.flatMap((tag) => (tag === null ? [] : (languageSetting(tag) ?? [])));
  const [first] = known;
  if (!first) return 'en';
  if (first.hasRegion) return first.locale;
  return (
    known.find(({ language, hasRegion }) => language === first.language && hasRegion)?.locale ?? first.locale
  );
}
