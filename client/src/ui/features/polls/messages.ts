import { defineMessages } from '../../../locales/index.ts';
import { en } from './locales/en.ts';

export const messages = defineMessages(en, {
  es: async () => (await import('./locales/es.ts')).es,
  de: async () => (await import('./locales/de.ts')).de,
  fr: async () => (await import('./locales/fr.ts')).fr,
  pt: async () => (await import('./locales/pt.ts')).pt,
  ar: async () => (await import('./locales/ar.ts')).ar,
});

export const { t } = messages;
