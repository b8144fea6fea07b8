import { CONSOLE_ROLES, type ConsoleRole } from '@televisit/shared/console.vocabulary';
import { z } from 'zod';

/** The settings of the operator console. */
export interface ConsoleSettings {
  /** How long a login without requests lasts, in minutes. */
  readonly idleMinutes: number;
  /** Whether the pages of single sessions show names, user ids and titles. */
  readonly showNames: boolean;
  /** Null if nobody logs in with an identity provider. */
  readonly oidc: OidcSettings | null;
}

/** An identity provider (OpenID Connect Core 1.0). */
export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Null for a public client. */
  readonly clientSecret: string | null;
  readonly scope: string;
  /** The claim with the operator's groups or roles, as a dotted path. */
  readonly roleClaim: string;
  /** Which value of the claim gives which role. */
  readonly roles: ReadonlyMap<string, ConsoleRole>;
}

const flag = (name: string) => z.enum(['0', '1', 'false', 'true'], { error: `${name} must be 0 or 1` });
const isOn = (value: string | undefined) => value === '1' || value === 'true';

export const CONSOLE_VARIABLES = {
  CONSOLE: flag('CONSOLE').optional(),
  CONSOLE_SHOW_NAMES: flag('CONSOLE_SHOW_NAMES').optional(),
  CONSOLE_IDLE_MINUTES: z.coerce
    .number({ error: 'CONSOLE_IDLE_MINUTES must be a number' })
    .int('CONSOLE_IDLE_MINUTES must be a whole number')
    .min(1, 'CONSOLE_IDLE_MINUTES must be 1 to 720')
    .max(720, 'CONSOLE_IDLE_MINUTES must be 1 to 720')
    .default(30),
  CONSOLE_OIDC_ISSUER: z
    .url({ protocol: /^https?$/, error: 'CONSOLE_OIDC_ISSUER must be an http or https address' })
    .refine((url) => !/[?#]/.test(url), 'CONSOLE_OIDC_ISSUER must not have a query or a fragment')
    .optional(),
  CONSOLE_OIDC_CLIENT_ID: z.string().max(500).optional(),
  CONSOLE_OIDC_CLIENT_SECRET: z.string().max(2000).optional(),
  CONSOLE_OIDC_SCOPE: z
    .string()
    .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, {
      error: 'CONSOLE_OIDC_SCOPE must be scopes separated by spaces, such as openid profile email groups',
    })
    .refine((scope) => scope.split(' ').includes('openid'), 'CONSOLE_OIDC_SCOPE must contain openid')
    .optional(),
  CONSOLE_OIDC_ROLE_CLAIM: z.string().min(1).max(200).optional(),
  CONSOLE_OIDC_ROLES: z
    .string()
    .refine((text) => rolesOf(text) !== null, {
      error:
        'CONSOLE_OIDC_ROLES must be values of the claim with the role of each, separated by commas, such as ' +
        'televisit-admins=admin,support=viewer; the roles are viewer, operator and admin',
    })
    .optional(),
};

export type ConsoleVariables = z.infer<z.ZodObject<typeof CONSOLE_VARIABLES>>;

const DEFAULT_SCOPE = 'openid profile email';
const DEFAULT_CLAIM = 'groups';
const DEFAULT_ROLES = CONSOLE_ROLES.map((role) => `${role}=${role}`).join(',');

/** Returns the settings of variables without problems; null if the console is off. */
export function consoleSettings(env: ConsoleVariables): ConsoleSettings | null {
  const { CONSOLE_OIDC_ISSUER: issuer, CONSOLE_OIDC_CLIENT_ID: clientId } = env;
  const hasProvider = issuer !== undefined && clientId !== undefined;
  if (!(env.CONSOLE === undefined ? hasProvider : isOn(env.CONSOLE))) return null;
  return {
    idleMinutes: env.CONSOLE_IDLE_MINUTES,
    showNames: isOn(env.CONSOLE_SHOW_NAMES),
    oidc: hasProvider
      ? {
          issuer,
          clientId,
          clientSecret: env.CONSOLE_OIDC_CLIENT_SECRET ?? null,
          scope: env.CONSOLE_OIDC_SCOPE ?? DEFAULT_SCOPE,
          roleClaim: env.CONSOLE_OIDC_ROLE_CLAIM ?? DEFAULT_CLAIM,
          roles: rolesOf(env.CONSOLE_OIDC_ROLES ?? DEFAULT_ROLES) ?? new Map<string, ConsoleRole>(),
        }
      : null,
  };
}

/** Returns a sentence for each setting that lacks another one. */
export function consoleProblems(env: ConsoleVariables, production: boolean): string[] {
  const { CONSOLE_OIDC_ISSUER: issuer, CONSOLE_OIDC_CLIENT_ID: clientId } = env;
  const problems: string[] = [];
  if ((issuer === undefined) !== (clientId === undefined)) {
    problems.push('CONSOLE_OIDC_ISSUER and CONSOLE_OIDC_CLIENT_ID go together: set both, or neither.');
  }
  if (issuer === undefined && clientId === undefined) {
    const others = [
      'CONSOLE_OIDC_CLIENT_SECRET',
      'CONSOLE_OIDC_SCOPE',
      'CONSOLE_OIDC_ROLE_CLAIM',
      'CONSOLE_OIDC_ROLES',
    ] as const;
    for (const name of others)
      if (env[name] !== undefined) problems.push(`${name} needs CONSOLE_OIDC_ISSUER.`);
  }
  if (production && issuer?.startsWith('http:')) {
    problems.push('CONSOLE_OIDC_ISSUER must be an https address: the login must not be readable on its way.');
  }
  return problems;
}

/** Returns a map of values to roles; null if the text is malformed. A value may contain `=`. */
function rolesOf(text: string): ReadonlyMap<string, ConsoleRole> | null {
  const roles = new Map<string, ConsoleRole>();
  for (const part of text.split(',')) {
    const [, value, role] = /^\s*(\S(?:.*\S)?)\s*=\s*(viewer|operator|admin)\s*$/.exec(part) ?? [];
    if (value === undefined || roles.has(value)) return null;
    roles.set(value, role as ConsoleRole);
  }
  return roles;
}
