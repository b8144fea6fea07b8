import { defineMessages } from '../locales/index.ts';
import { en } from './locales/en.ts';

/** The messages of the console. */
export const consoleMessages = defineMessages(en, {
  es: async () => (await import('./locales/es.ts')).es,
  de: async () => (await import('./locales/de.ts')).de,
  fr: async () => (await import('./locales/fr.ts')).fr,
  pt: async () => (await import('./locales/pt.ts')).pt,
  ar: async () => (await import('./locales/ar.ts')).ar,
});

/** Translates the messages of the console and the shared ones. */
export const { t } = consoleMessages;

type Meaning = Extract<keyof typeof en, `console.meaning.${string}`>;

/** Returns what the code of a refusal means; null if the console has no words for it. */
export function meaningOf(code: string): string | null {
  const key = `console.meaning.${code}`;
  return Object.hasOwn(en, key) ? t(key as Meaning) : null;
}
