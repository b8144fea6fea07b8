import { PROVIDER_IDS, type ProviderId } from '@televisit/shared/vocabulary';
import { z } from 'zod';

/** How much of people reaches a provider. */
export const SHARED_NAMES = ['none', 'names', 'all'] as const;
export type SharedNames = (typeof SHARED_NAMES)[number];

/** The settings of meeting providers. */
export interface ProviderSettings {
  /** The providers of sessions that name none, in the order of fallback. */
  readonly order: readonly ProviderId[];
  /** `names`: display names; `all`: also e-mail addresses. */
  readonly share: SharedNames;
}

/** The variables of meeting providers. */
export const PROVIDER_VARIABLES = {
  MEETING_PROVIDERS: z
    .string()
    .default('sfu')
    .transform((text) => text.split(',').map((item) => item.trim()))
    .refine(
      (names): names is ProviderId[] =>
        names.every((name) => (PROVIDER_IDS as readonly string[]).includes(name)) &&
        new Set(names).size === names.length,
      {
        message: `MEETING_PROVIDERS must be different names from ${PROVIDER_IDS.join(', ')}, separated by commas`,
      },
    ),
  PROVIDER_SHARE_NAMES: z
    .enum(SHARED_NAMES, { error: `PROVIDER_SHARE_NAMES must be one of ${SHARED_NAMES.join(', ')}` })
    .default('none'),
};

export type ProviderVariables = z.infer<z.ZodObject<typeof PROVIDER_VARIABLES>>;

/** Returns the settings of variables without problems. */
export function providerSettings(env: ProviderVariables): ProviderSettings {
  return { order: env.MEETING_PROVIDERS, share: env.PROVIDER_SHARE_NAMES };
}

/** Returns a sentence for each invalid combination of variables. */
export function providerProblems(_env: ProviderVariables, _production: boolean): string[] {
  return [];
}

/**
 * Returns an address of a provider's API, checked at the start.
 * @param production whether only https is allowed, so that no credential travels in the open
 */
export function baseAddress(name: string, text: string, production: boolean): string {
  const allowed = production ? /^https:$/ : /^https?:$/;
  if (!URL.canParse(text) || !allowed.test(new URL(text).protocol) || /[?#]/.test(text)) {
    throw new Error(`${name} must be an ${production ? '' : 'http or '}https address without query`);
  }
  return text.replace(/\/+$/, '');
}
