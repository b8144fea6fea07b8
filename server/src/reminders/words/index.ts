import { ar } from './ar.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import type { MailWords } from './mail-words.ts';
import { pt } from './pt.ts';

export type { MailWords };

export const WORDS = { en, es, de, fr, pt, ar } as const satisfies Record<string, MailWords>;
export type MailLanguage = keyof typeof WORDS;

/** How a person is written to: the words, and the locale (BCP 47) whose habits of dates and numbers fit. */
export interface Speech {
  readonly language: MailLanguage;
  readonly locale: string;
  readonly words: MailWords;
}

/** The first of the tags that we have words for; English where there is none. */
export function speechOf(...tags: readonly (string | null)[]): Speech {
  for (const tag of tags) {
    const locale = tag === null ? null : localeOf(tag);
    if (locale && isKnown(locale.language)) {
      return { language: locale.language, locale: locale.baseName, words: WORDS[locale.language] };
    }
  }
  return { language: 'en', locale: 'en', words: en };
}

/** Puts values in the place of `{names}`. */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

const isKnown = (language: string): language is MailLanguage => Object.hasOwn(WORDS, language);

function localeOf(tag: string): Intl.Locale | null {
  try {
    return new Intl.Locale(tag);
  } catch {
    return null;
  }
}
