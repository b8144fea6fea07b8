import { z } from 'zod';
import { isOnOwnNetwork } from '../core/own-network.ts';
import type { TranslationSettings } from './translation.ts';

export const TRANSLATION_VARIABLES = {
  TRANSLATE_URL: z
    .string()
    .refine(isPlainAddress, {
      message: 'TRANSLATE_URL must be an http or https address without user, query or fragment',
    })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  TRANSLATE_API_KEY: z.string().optional(),
};

export type TranslationVariables = z.infer<z.ZodObject<typeof TRANSLATION_VARIABLES>>;

/** Returns the settings of variables without problems; null if captions are not translated. */
export function translationSettings(env: TranslationVariables): TranslationSettings | null {
  const url = env.TRANSLATE_URL;
  return url === undefined ? null : { url, apiKey: env.TRANSLATE_API_KEY ?? null };
}

/** Returns a sentence for each setting that lacks another one, or would send what people say in the open. */
export function translationProblems(env: TranslationVariables, production: boolean): string[] {
  const url = env.TRANSLATE_URL;
  if (url === undefined)
    return env.TRANSLATE_API_KEY === undefined ? [] : ['TRANSLATE_API_KEY needs TRANSLATE_URL.'];
  if (!production || !url.startsWith('http:') || isOnOwnNetwork(new URL(url).hostname)) return [];
  return ['TRANSLATE_URL must be an https address, unless the service is on your own network.'];
}

function isPlainAddress(text: string): boolean {
  if (!URL.canParse(text) || /[?#]/.test(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}
