import { en } from './call/en.ts';
import { defineMessages } from './index.ts';

/** The messages of the call. They load with it. */
export const callMessages = defineMessages(en, {
  es: async () => (await import('./call/es.ts')).es,
  de: async () => (await import('./call/de.ts')).de,
  fr: async () => (await import('./call/fr.ts')).fr,
  pt: async () => (await import('./call/pt.ts')).pt,
  ar: async () => (await import('./call/ar.ts')).ar,
});

/** Translates the messages of the call and the shared ones. */
export const { t } = callMessages;
