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

/** Whether the console has a message of its own with this key. */
export function isMessage(key: string): key is keyof typeof en {
  return Object.hasOwn(en, key);
}
