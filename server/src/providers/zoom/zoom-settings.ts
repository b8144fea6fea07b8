import { z } from 'zod';
import { baseAddress } from '../setting-checks.ts';

/** How the server creates users for hosts whom the Zoom account does not have; see `POST /users`. */
export const USER_ACTIONS = ['create', 'ssoCreate', 'custCreate'] as const;
export type UserAction = (typeof USER_ACTIONS)[number];

/** The settings of the Zoom adapter. */
export interface ZoomSettings {
  readonly accountId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The secret tokens that may sign webhooks; the first one is the current one. */
  readonly webhookSecrets: readonly [string, ...string[]];
  /** The pool: ids or e-mail addresses of users who host the visits of hosts without an own user. */
  readonly hosts: readonly string[];
  /** With `/v2`, without a trailing slash; null for the address that comes with the token. */
  readonly apiUrl: string | null;
  /** Without a trailing slash. */
  readonly oauthUrl: string;
  /** Whether the server gives hosts their licence before a visit, and takes it back after. */
  readonly assignLicences: boolean;
  /** Null if users are not created. */
  readonly createUsers: UserAction | null;
  /** The domain of the addresses under which participants are registered. */
  readonly registrantDomain: string;
  /** The Meeting SDK app of clients that embed meetings; null if there is none. */
  readonly sdk: { readonly key: string; readonly secret: string } | null;
}

/** `.invalid` never resolves (RFC 6761), so nothing that Zoom might send reaches a mailbox. */
const REGISTRANT_DOMAIN = 'televisit.invalid';
const OAUTH_URL = 'https://zoom.us';
const DOMAIN = /^(?=.{1,180}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}$/i;

const hosts = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((host) => host.trim())
      .filter((host) => host !== ''),
  );

/** The variables of the Zoom adapter. */
export const ZOOM_VARIABLES = {
  ZOOM_ACCOUNT_ID: z.string().optional(),
  ZOOM_CLIENT_ID: z.string().optional(),
  ZOOM_CLIENT_SECRET: z.string().optional(),
  ZOOM_WEBHOOK_SECRET: z.string().optional(),
  ZOOM_WEBHOOK_SECRET_PREVIOUS: z.string().optional(),
  ZOOM_HOSTS: hosts,
  ZOOM_LICENSES: z
    .enum(['keep', 'assign'], { error: 'ZOOM_LICENSES must be keep or assign' })
    .default('keep'),
  ZOOM_CREATE_USERS: z
    .enum(['0', '1', ...USER_ACTIONS], {
      error: `ZOOM_CREATE_USERS must be 0, 1 or one of ${USER_ACTIONS.join(', ')}`,
    })
    .default('0'),
  ZOOM_REGISTRANT_DOMAIN: z
    .string()
    .regex(DOMAIN, { error: 'ZOOM_REGISTRANT_DOMAIN must be a domain such as visits.example.org' })
    .default(REGISTRANT_DOMAIN),
  ZOOM_SDK_KEY: z.string().optional(),
  ZOOM_SDK_SECRET: z.string().optional(),
  ZOOM_API_URL: z.string().optional(),
  ZOOM_OAUTH_URL: z.string().default(OAUTH_URL),
};

export type ZoomVariables = z.infer<z.ZodObject<typeof ZOOM_VARIABLES>>;

/** The variables that the adapter cannot do without. */
const REQUIRED = [
  'ZOOM_ACCOUNT_ID',
  'ZOOM_CLIENT_ID',
  'ZOOM_CLIENT_SECRET',
  'ZOOM_WEBHOOK_SECRET',
] as const satisfies readonly (keyof ZoomVariables)[];
/** Variables that mean nothing without the required ones. */
const DEPENDENT = [
  'ZOOM_WEBHOOK_SECRET_PREVIOUS',
  'ZOOM_SDK_KEY',
  'ZOOM_SDK_SECRET',
  'ZOOM_API_URL',
] as const;

/** Returns the settings of variables without problems; null if Zoom is not configured. */
export function zoomSettings(env: ZoomVariables): ZoomSettings | null {
  const { ZOOM_ACCOUNT_ID: accountId, ZOOM_CLIENT_ID: clientId, ZOOM_CLIENT_SECRET: clientSecret } = env;
  const secret = env.ZOOM_WEBHOOK_SECRET;
  if (!accountId || !clientId || !clientSecret || !secret) return null;
  const previous = env.ZOOM_WEBHOOK_SECRET_PREVIOUS;
  const action = env.ZOOM_CREATE_USERS;
  return {
    accountId,
    clientId,
    clientSecret,
    webhookSecrets: previous === undefined ? [secret] : [secret, previous],
    hosts: env.ZOOM_HOSTS,
    apiUrl: env.ZOOM_API_URL === undefined ? null : baseAddress('ZOOM_API_URL', env.ZOOM_API_URL, false),
    oauthUrl: baseAddress('ZOOM_OAUTH_URL', env.ZOOM_OAUTH_URL, false),
    assignLicences: env.ZOOM_LICENSES === 'assign',
    createUsers: action === '0' ? null : action === '1' ? 'create' : action,
    registrantDomain: env.ZOOM_REGISTRANT_DOMAIN,
    sdk:
      env.ZOOM_SDK_KEY !== undefined && env.ZOOM_SDK_SECRET !== undefined
        ? { key: env.ZOOM_SDK_KEY, secret: env.ZOOM_SDK_SECRET }
        : null,
  };
}

/**
 * Returns a sentence for each invalid variable.
 * @param production whether only https is allowed
 */
export function zoomProblems(
  env: ZoomVariables & { readonly PROVIDER_SHARE_NAMES?: string },
  production: boolean,
): string[] {
  const missing = REQUIRED.filter((name) => !env[name]);
  const isWanted =
    missing.length < REQUIRED.length || env.ZOOM_HOSTS.length > 0 || DEPENDENT.some((name) => env[name]);
  if (!isWanted) return [];
  const problems: string[] = [];
  if (missing.length > 0) {
    problems.push(`Zoom needs ${missing.join(', ')} as well: set ${REQUIRED.join(', ')}, or none of them.`);
  }
  if (env.ZOOM_HOSTS.length === 0 && env.PROVIDER_SHARE_NAMES !== 'all') {
    problems.push(
      'ZOOM_HOSTS must name the Zoom users who host visits, separated by commas, unless PROVIDER_SHARE_NAMES=all lets the server look hosts up by their e-mail address.',
    );
  }
  if (new Set(env.ZOOM_HOSTS.map((host) => host.toLowerCase())).size < env.ZOOM_HOSTS.length) {
    problems.push('ZOOM_HOSTS must name each user once: a user hosts one meeting at a time.');
  }
  if (env.ZOOM_CREATE_USERS !== '0' && env.PROVIDER_SHARE_NAMES !== 'all') {
    problems.push(
      'ZOOM_CREATE_USERS needs PROVIDER_SHARE_NAMES=all: users are created from e-mail addresses.',
    );
  }
  if (env.ZOOM_WEBHOOK_SECRET !== undefined && env.ZOOM_WEBHOOK_SECRET === env.ZOOM_WEBHOOK_SECRET_PREVIOUS) {
    problems.push('ZOOM_WEBHOOK_SECRET_PREVIOUS must differ from ZOOM_WEBHOOK_SECRET.');
  }
  if ((env.ZOOM_SDK_KEY === undefined) !== (env.ZOOM_SDK_SECRET === undefined)) {
    problems.push('ZOOM_SDK_KEY and ZOOM_SDK_SECRET go together: set both, or neither.');
  }
  return [...problems, ...addressProblems(env, production)];
}

function addressProblems(env: ZoomVariables, production: boolean): string[] {
  const problems: string[] = [];
  for (const name of ['ZOOM_API_URL', 'ZOOM_OAUTH_URL'] as const) {
    const text = env[name];
    if (text === undefined) continue;
    try {
      baseAddress(name, text, production);
    } catch (error) {
      problems.push(`${(error as Error).message}.`);
    }
  }
  return problems;
}
