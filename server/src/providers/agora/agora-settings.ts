import { z } from 'zod';
import { baseAddress, badAddresses, dependent, given, incomplete } from '../setting-checks.ts';

/** The settings of an Agora project. */
export interface AgoraSettings {
  readonly appId: string;
  /** Signs tokens. */
  readonly certificate: string;
  /** The customer of the REST API; null if meetings cannot be ended. */
  readonly customer: { readonly id: string; readonly secret: string } | null;
  /** The secrets of Notifications, the current one first; empty if no webhooks are accepted. */
  readonly webhookSecrets: readonly string[];
  /** The REST API, without a trailing slash. */
  readonly url: string;
}

const HEX = /^[0-9a-f]{32}$/i;
const identifier = (name: string) =>
  z.string().regex(HEX, `${name} must be 32 hexadecimal digits`).optional();

/** The variables of Agora. */
export const AGORA_VARIABLES = {
  AGORA_APP_ID: identifier('AGORA_APP_ID'),
  AGORA_APP_CERTIFICATE: identifier('AGORA_APP_CERTIFICATE'),
  AGORA_CUSTOMER_ID: z.string().optional(),
  AGORA_CUSTOMER_SECRET: z.string().optional(),
  AGORA_WEBHOOK_SECRET: z.string().optional(),
  AGORA_WEBHOOK_SECRET_PREVIOUS: z.string().optional(),
  AGORA_API_URL: z.string().default('https://api.agora.io'),
};

export type AgoraVariables = z.infer<z.ZodObject<typeof AGORA_VARIABLES>>;

/** Returns the settings of variables without problems; null if Agora is not set up. */
export function agoraSettings(env: AgoraVariables): AgoraSettings | null {
  const { AGORA_APP_ID: appId, AGORA_APP_CERTIFICATE: certificate } = env;
  if (appId === undefined || certificate === undefined) return null;
  const { AGORA_CUSTOMER_ID: id, AGORA_CUSTOMER_SECRET: secret } = env;
  return {
    appId,
    certificate,
    customer: id === undefined || secret === undefined ? null : { id, secret },
    webhookSecrets: given(env.AGORA_WEBHOOK_SECRET, env.AGORA_WEBHOOK_SECRET_PREVIOUS),
    url: baseAddress('AGORA_API_URL', env.AGORA_API_URL, false),
  };
}

/**
 * Returns a sentence for each invalid variable.
 * @param production whether only https is allowed
 */
export function agoraProblems(env: AgoraVariables, production: boolean): readonly string[] {
  return [
    ...incomplete(env, ['AGORA_APP_ID', 'AGORA_APP_CERTIFICATE']),
    ...incomplete(env, ['AGORA_CUSTOMER_ID', 'AGORA_CUSTOMER_SECRET']),
    ...dependent(env, 'AGORA_APP_ID', 'AGORA_CUSTOMER_ID', 'AGORA_WEBHOOK_SECRET'),
    ...dependent(env, 'AGORA_WEBHOOK_SECRET', 'AGORA_WEBHOOK_SECRET_PREVIOUS'),
    ...badAddresses(env, production, 'AGORA_API_URL'),
  ];
}
