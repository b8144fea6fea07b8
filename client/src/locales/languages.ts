import { en } from './en.ts';
import type { AnyMessages, Language } from './messages.ts';

interface LanguageEntry {
  /** Its name in itself. */
  readonly name: string;
  readonly direction: 'ltr' | 'rtl';
  readonly load: () => Promise<AnyMessages>;
}

/** Every language of the page. English is always there; each other one is a file of its own, loaded when it is needed. */
export const LANGUAGES: Readonly<Record<Language, LanguageEntry>> = {
  en: { name: 'English', direction: 'ltr', load: () => Promise.resolve(en) },
  es: { name: 'Español', direction: 'ltr', load: async () => (await import('./es.ts')).es },
  de: { name: 'Deutsch', direction: 'ltr', load: async () => (await import('./de.ts')).de },
  fr: { name: 'Français', direction: 'ltr', load: async () => (await import('./fr.ts')).fr },
  pt: { name: 'Português', direction: 'ltr', load: async () => (await import('./pt.ts')).pt },
  ar: { name: 'العربية', direction: 'rtl', load: async () => (await import('./ar.ts')).ar },
};

const isLanguage = (tag: string): tag is Language => Object.hasOwn(LANGUAGES, tag);

/** A language of the page, and the locale (BCP 47, perhaps with a region) whose habits of dates and numbers fit. */
export interface Speech {
  readonly language: Language;
  readonly locale: string;
  readonly hasRegion: boolean;
}

/** How the page speaks to somebody who asks for `tag`; null where it can't or where this is no tag. */
export function speechOf(tag: string): Speech | null {
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
 * The best of the tags, which stand in the order in which they count; English where the page speaks none of them. A
 * language without a region takes the region of a later tag of the same language.
 */
export function bestTag(tags: readonly (string | null)[]): string {
  const known = tags.flatMap((tag) => (tag === null ? [] : (speechOf(tag) ?? [])));
  const [first] = known;
  if (!first) return 'en';
  if (first.hasRegion) return first.locale;
  return (
    known.find(({ language, hasRegion }) => language === first.language && hasRegion)?.locale ?? first.locale
  );
}
