import { PROVIDER_IDS, type ProviderId } from '@televisit/shared/vocabulary';
import { z } from 'zod';
import { agoraProblems, agoraSettings, AGORA_VARIABLES, type AgoraSettings } from './agora/agora-settings.ts';
import {
  googleProblems,
  googleSettings,
  GOOGLE_VARIABLES,
  type GoogleSettings,
} from './google/google-settings.ts';
import { jaasProblems, jaasSettings, JAAS_VARIABLES, type JaasSettings } from './jaas/jaas-settings.ts';
import { jitsiProblems, jitsiSettings, JITSI_VARIABLES, type JitsiSettings } from './jitsi/jitsi-settings.ts';
import { zoomProblems, zoomSettings, ZOOM_VARIABLES, type ZoomSettings } from './zoom/zoom-settings.ts';

/** How much of people reaches a provider. */
export const SHARED_NAMES = ['none', 'names', 'all'] as const;
export type SharedNames = (typeof SHARED_NAMES)[number];

/** The settings of meeting providers. */
export interface ProviderSettings {
  /** The providers of sessions that name none, in the order of fallback. */
  readonly order: readonly ProviderId[];
  /** `names`: display names; `all`: also e-mail addresses. */
  readonly share: SharedNames;
  /** The providers with settings; null for the others. */
  readonly jitsi: JitsiSettings | null;
  readonly jaas: JaasSettings | null;
  readonly zoom: ZoomSettings | null;
  readonly google: GoogleSettings | null;
  readonly agora: AgoraSettings | null;
}

/** The variables of meeting providers. */
export const PROVIDER_VARIABLES = {
  MEETING_PROVIDERS: z
    .string()
    .default('sfu')
    .transform((text) => text.split(',').map((item) => item.trim() as ProviderId))
    .refine(
      (names) => names.every((name) => PROVIDER_IDS.includes(name)) && new Set(names).size === names.length,
      {
        message: `MEETING_PROVIDERS must be different names from ${PROVIDER_IDS.join(', ')}, separated by commas`,
      },
    ),
  PROVIDER_SHARE_NAMES: z
    .enum(SHARED_NAMES, { error: `PROVIDER_SHARE_NAMES must be one of ${SHARED_NAMES.join(', ')}` })
    .default('none'),
  ...JITSI_VARIABLES,
  ...JAAS_VARIABLES,
  ...ZOOM_VARIABLES,
  ...GOOGLE_VARIABLES,
  ...AGORA_VARIABLES,
};

export type ProviderVariables = z.infer<z.ZodObject<typeof PROVIDER_VARIABLES>>;

/** Returns the settings of variables without problems. */
export function providerSettings(env: ProviderVariables, production: boolean): ProviderSettings {
  return {
    order: env.MEETING_PROVIDERS,
    share: env.PROVIDER_SHARE_NAMES,
    jitsi: jitsiSettings(env),
    jaas: jaasSettings(env),
    zoom: zoomSettings(env),
    google: googleSettings(env, production),
    agora: agoraSettings(env),
  };
}

/** A variable of each provider without which it is not set up. */
const FIRST_VARIABLE = {
  jitsi: 'JITSI_URL',
  jaas: 'JAAS_APP_ID',
  zoom: 'ZOOM_ACCOUNT_ID',
  'google-meet': 'GOOGLE_SERVICE_ACCOUNT or GOOGLE_REFRESH_TOKEN',
  agora: 'AGORA_APP_ID',
} as const;

/**
 * Returns a sentence for each invalid variable.
 * @param production whether only https is allowed
 */
export function providerProblems(env: ProviderVariables, production: boolean): string[] {
  const problems = [
    ...jitsiProblems(env, production),
    ...jaasProblems(env, production),
    ...zoomProblems(env, production),
    ...googleProblems(env, production),
    ...agoraProblems(env, production),
  ];
  // Problems of a provider's own variables say what is missing.
  if (problems.length > 0) return problems;
  const settings = providerSettings(env, production);
  return env.MEETING_PROVIDERS.flatMap((id) => {
    if (id === 'sfu' || settings[id === 'google-meet' ? 'google' : id] !== null) return [];
    return `MEETING_PROVIDERS names ${id}, which is not set up: ${FIRST_VARIABLE[id]} is missing.`;
  });
}
