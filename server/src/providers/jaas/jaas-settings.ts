import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import {
  baseAddress,
  badAddresses,
  badPrivateKeys,
  dependent,
  given,
  incomplete,
  privateKey,
} from '../setting-checks.ts';

/** The settings of JaaS, the Jitsi service of 8x8. */
export interface JaasSettings {
  /** `vpaas-magic-cookie-…` */
  readonly appId: string;
  /** The `kid` of tokens: the AppID and the id of the key in the console. */
  readonly keyId: string;
  readonly key: KeyObject;
  /** The secrets of the webhook endpoint in the console, the current one first; empty if no webhooks are accepted. */
  readonly webhookSecrets: readonly string[];
  /** Without a trailing slash. */
  readonly url: string;
}

const APP_ID = /^vpaas-magic-cookie-[0-9a-f]{32}$/;

/** The variables of JaaS. */
export const JAAS_VARIABLES = {
  JAAS_APP_ID: z
    .string()
    .regex(APP_ID, 'JAAS_APP_ID must be an AppID such as vpaas-magic-cookie- and 32 hexadecimal digits')
    .optional(),
  JAAS_KEY_ID: z.string().optional(),
  JAAS_PRIVATE_KEY: z.string().optional(),
  JAAS_WEBHOOK_SECRET: z.string().optional(),
  JAAS_WEBHOOK_SECRET_PREVIOUS: z.string().optional(),
  JAAS_URL: z.string().default('https://8x8.vc'),
};

export type JaasVariables = z.infer<z.ZodObject<typeof JAAS_VARIABLES>>;

/** Returns the settings of variables without problems; null if JaaS is not set up. */
export function jaasSettings(env: JaasVariables): JaasSettings | null {
  const { JAAS_APP_ID: appId, JAAS_KEY_ID: keyId, JAAS_PRIVATE_KEY: key } = env;
  if (appId === undefined || keyId === undefined || key === undefined) return null;
  return {
    appId,
    // The console shows the whole `kid`.
    keyId: keyId.startsWith(`${appId}/`) ? keyId : `${appId}/${keyId}`,
    key: privateKey(key),
    webhookSecrets: given(env.JAAS_WEBHOOK_SECRET, env.JAAS_WEBHOOK_SECRET_PREVIOUS),
    url: baseAddress('JAAS_URL', env.JAAS_URL, false),
  };
}

/**
 * Returns a sentence for each invalid variable.
 * @param production whether only https is allowed
 */
export function jaasProblems(env: JaasVariables, production: boolean): readonly string[] {
  const problems = [
    ...incomplete(env, ['JAAS_APP_ID', 'JAAS_KEY_ID', 'JAAS_PRIVATE_KEY']),
    ...dependent(env, 'JAAS_APP_ID', 'JAAS_WEBHOOK_SECRET'),
    ...dependent(env, 'JAAS_WEBHOOK_SECRET', 'JAAS_WEBHOOK_SECRET_PREVIOUS'),
    ...badPrivateKeys(env, 'JAAS_PRIVATE_KEY'),
    ...badAddresses(env, production, 'JAAS_URL'),
  ];
  const { JAAS_APP_ID: appId, JAAS_KEY_ID: keyId } = env;
  if (keyId?.includes('/') && appId !== undefined && !keyId.startsWith(`${appId}/`)) {
    problems.push('JAAS_KEY_ID must be a key of JAAS_APP_ID: the part before the slash is another AppID.');
  }
  return problems;
}
