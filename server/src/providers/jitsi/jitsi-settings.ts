import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import {
  baseAddress,
  badAddresses,
  badPrivateKeys,
  dependent,
  given,
  privateKey,
  weakSecrets,
} from '../setting-checks.ts';

/** What a Jitsi server trusts: a secret that it shares with this one, or the public half of a key of this one. */
export type JitsiSigner =
  | { readonly algorithm: 'HS256'; readonly secret: string }
  | { readonly algorithm: 'RS256'; readonly key: KeyObject; readonly keyId: string };

/** The settings of a self-hosted Jitsi server. */
export interface JitsiSettings {
  /** Without a trailing slash. */
  readonly url: string;
  /** The issuer of tokens: `app_id` of Prosody. */
  readonly appId: string;
  readonly signer: JitsiSigner;
  /** The subject of tokens: the main virtual host of Prosody. */
  readonly subject: string;
  readonly audience: string;
  /** Whether links carry the token in the fragment, which reaches no log of a server, or in the query. */
  readonly tokenIn: 'fragment' | 'query';
  /** The tokens that requests of the Jitsi server carry, the current one first; empty if none are accepted. */
  readonly eventsTokens: readonly string[];
  /** Whether Prosody asks this server before it opens a room. */
  readonly reservations: boolean;
  /** The address of `mod_muc_end_meeting`; null if it is not installed. */
  readonly endMeetingUrl: string | null;
  /** The domain of rooms. */
  readonly mucDomain: string;
}

const FLAG = ['true', 'false'] as const;
const DOMAIN = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i;
const domain = (name: string) =>
  z.string().regex(DOMAIN, `${name} must be a domain such as meet.example.org, without https://`);

/** The variables of a self-hosted Jitsi server. */
export const JITSI_VARIABLES = {
  JITSI_URL: z.string().optional(),
  JITSI_APP_ID: z.string().optional(),
  JITSI_APP_SECRET: z.string().optional(),
  JITSI_PRIVATE_KEY: z.string().optional(),
  JITSI_KEY_ID: z.string().optional(),
  JITSI_SUB: domain('JITSI_SUB').optional(),
  JITSI_AUDIENCE: z.string().default('jitsi'),
  JITSI_TOKEN_IN: z
    .enum(['fragment', 'query'], { error: 'JITSI_TOKEN_IN must be fragment or query' })
    .default('fragment'),
  JITSI_EVENTS_TOKEN: z.string().optional(),
  JITSI_EVENTS_TOKEN_PREVIOUS: z.string().optional(),
  JITSI_RESERVATIONS: z.enum(FLAG, { error: 'JITSI_RESERVATIONS must be true or false' }).default('false'),
  JITSI_END_MEETING_URL: z.string().optional(),
  JITSI_MUC_DOMAIN: domain('JITSI_MUC_DOMAIN').optional(),
};

export type JitsiVariables = z.infer<z.ZodObject<typeof JITSI_VARIABLES>>;

/** Returns the settings of variables without problems; null if Jitsi is not set up. */
export function jitsiSettings(env: JitsiVariables): JitsiSettings | null {
  const { JITSI_URL, JITSI_APP_ID } = env;
  const signer = signerOf(env);
  if (JITSI_URL === undefined || JITSI_APP_ID === undefined || signer === null) return null;
  const url = baseAddress('JITSI_URL', JITSI_URL, false);
  const subject = env.JITSI_SUB ?? new URL(url).hostname;
  return {
    url,
    appId: JITSI_APP_ID,
    signer,
    subject,
    audience: env.JITSI_AUDIENCE,
    tokenIn: env.JITSI_TOKEN_IN,
    eventsTokens: given(env.JITSI_EVENTS_TOKEN, env.JITSI_EVENTS_TOKEN_PREVIOUS),
    reservations: env.JITSI_RESERVATIONS === 'true',
    endMeetingUrl: env.JITSI_END_MEETING_URL ?? null,
    mucDomain: env.JITSI_MUC_DOMAIN ?? `conference.${subject}`,
  };
}

/**
 * Returns a sentence for each invalid variable.
 * @param production whether only https is allowed
 */
export function jitsiProblems(env: JitsiVariables, production: boolean): readonly string[] {
  const problems = [
    ...dependent(env, 'JITSI_URL', 'JITSI_APP_ID', 'JITSI_APP_SECRET', 'JITSI_PRIVATE_KEY', 'JITSI_KEY_ID'),
    ...dependent(
      env,
      'JITSI_URL',
      'JITSI_SUB',
      'JITSI_EVENTS_TOKEN',
      'JITSI_END_MEETING_URL',
      'JITSI_MUC_DOMAIN',
    ),
    ...dependent(env, 'JITSI_EVENTS_TOKEN', 'JITSI_EVENTS_TOKEN_PREVIOUS'),
    ...dependent(env, 'JITSI_KEY_ID', 'JITSI_PRIVATE_KEY'),
    ...dependent(env, 'JITSI_PRIVATE_KEY', 'JITSI_KEY_ID', 'JITSI_END_MEETING_URL'),
    ...badAddresses(env, production, 'JITSI_URL', 'JITSI_END_MEETING_URL'),
    ...badPrivateKeys(env, 'JITSI_PRIVATE_KEY'),
    ...weakSecrets(env, 'JITSI_APP_SECRET', 'JITSI_EVENTS_TOKEN', 'JITSI_EVENTS_TOKEN_PREVIOUS'),
    ...addressProblems(env),
  ];
  if (env.JITSI_RESERVATIONS === 'true' && env.JITSI_EVENTS_TOKEN === undefined) {
    problems.push(
      'JITSI_RESERVATIONS needs JITSI_EVENTS_TOKEN, by which requests of the Jitsi server are known.',
    );
  }
  if (env.JITSI_URL === undefined) return problems;
  if (env.JITSI_APP_ID === undefined) problems.push('JITSI_URL needs JITSI_APP_ID, the app_id of Prosody.');
  if ((env.JITSI_APP_SECRET === undefined) === (env.JITSI_PRIVATE_KEY === undefined)) {
    problems.push('JITSI_URL needs either JITSI_APP_SECRET, or JITSI_PRIVATE_KEY with JITSI_KEY_ID.');
  }
  return problems;
}

function addressProblems({ JITSI_URL: url }: JitsiVariables): readonly string[] {
  if (url === undefined || !URL.canParse(url)) return [];
  const { hostname, pathname } = new URL(url);
  // Tenants would be part of the names of rooms.
  if (pathname !== '/') return ['JITSI_URL must be the address of the Jitsi server without a path.'];
  return hostname === 'meet.jit.si'
    ? [
        'JITSI_URL must be your own Jitsi server: meet.jit.si takes no tokens of others; see JAAS_APP_ID for a service.',
      ]
    : [];
}

function signerOf({ JITSI_APP_SECRET, JITSI_PRIVATE_KEY, JITSI_KEY_ID }: JitsiVariables): JitsiSigner | null {
  if (JITSI_PRIVATE_KEY !== undefined && JITSI_KEY_ID !== undefined) {
    return { algorithm: 'RS256', key: privateKey(JITSI_PRIVATE_KEY), keyId: JITSI_KEY_ID };
  }
  return JITSI_APP_SECRET === undefined ? null : { algorithm: 'HS256', secret: JITSI_APP_SECRET };
}
