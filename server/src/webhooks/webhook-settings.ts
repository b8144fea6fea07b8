import { AddressGuard, parseAllowedHost, type AllowedHost } from './address-guard.ts';
import { secretObjection } from './signature.ts';

/** The webhook settings of the environment. */
export interface WebhookSettings {
  /** The endpoint of `WEBHOOK_URL`; the first secret is the current one. */
  readonly endpoint: { readonly url: string; readonly secrets: readonly string[] } | null;
  /** Hosts that may be reached over http and at private addresses. */
  readonly allowedHosts: readonly AllowedHost[];
  /** The secrets that may sign incoming meeting events; empty if none are accepted. */
  readonly meetingSecrets: readonly string[];
}

/** The raw variables, with `WEBHOOK_ALLOW_HOSTS` split at commas. */
export interface WebhookVariables {
  readonly WEBHOOK_URL?: string | undefined;
  readonly WEBHOOK_SECRET?: string | undefined;
  readonly WEBHOOK_SECRET_PREVIOUS?: string | undefined;
  readonly WEBHOOK_ALLOW_HOSTS: readonly string[];
  readonly MEETING_WEBHOOK_SECRET?: string | undefined;
  readonly MEETING_WEBHOOK_SECRET_PREVIOUS?: string | undefined;
}

const SECRETS = [
  'WEBHOOK_SECRET',
  'WEBHOOK_SECRET_PREVIOUS',
  'MEETING_WEBHOOK_SECRET',
  'MEETING_WEBHOOK_SECRET_PREVIOUS',
] as const;
const HOW_TO_MAKE = '"echo whsec_$(openssl rand -base64 32)" creates one';

/** Returns the settings of variables without problems. */
export function webhookSettings(env: WebhookVariables): WebhookSettings {
  const given = (...secrets: (string | undefined)[]) => secrets.filter((secret) => secret !== undefined);
  return {
    endpoint:
      env.WEBHOOK_URL === undefined
        ? null
        : { url: env.WEBHOOK_URL, secrets: given(env.WEBHOOK_SECRET, env.WEBHOOK_SECRET_PREVIOUS) },
    allowedHosts: allowedHosts(env),
    meetingSecrets: given(env.MEETING_WEBHOOK_SECRET, env.MEETING_WEBHOOK_SECRET_PREVIOUS),
  };
}

/** Returns a sentence for each invalid variable. */
export function webhookProblems(env: WebhookVariables): string[] {
  const problems: string[] = [];
  const { WEBHOOK_URL: url, WEBHOOK_ALLOW_HOSTS: hosts } = env;
  if ((url === undefined) !== (env.WEBHOOK_SECRET === undefined)) {
    problems.push(`WEBHOOK_URL and WEBHOOK_SECRET go together: set both, or neither; ${HOW_TO_MAKE}.`);
  }
  if (hosts.some((host) => parseAllowedHost(host) === null)) {
    problems.push(
      'WEBHOOK_ALLOW_HOSTS must be host names or addresses separated by commas, such as receiver.internal or ' +
        'localhost:4000, without https:// and without a path.',
    );
  }
  const objection = url === undefined ? null : new AddressGuard(allowedHosts(env)).objection(url);
  if (objection !== null) problems.push(`WEBHOOK_URL ${objection}.`);
  for (const name of SECRETS) {
    const secret = env[name];
    const problem = secret === undefined ? null : secretObjection(secret);
    if (problem !== null) problems.push(`${name} ${problem}; ${HOW_TO_MAKE}.`);
  }
  for (const name of ['WEBHOOK_SECRET', 'MEETING_WEBHOOK_SECRET'] as const) {
    if (env[`${name}_PREVIOUS`] !== undefined && env[name] === undefined) {
      problems.push(`${name}_PREVIOUS needs ${name}.`);
    }
  }
  const outgoing = [env.WEBHOOK_SECRET, env.WEBHOOK_SECRET_PREVIOUS].filter((secret) => secret !== undefined);
  if (
    [env.MEETING_WEBHOOK_SECRET, env.MEETING_WEBHOOK_SECRET_PREVIOUS].some((one) =>
      outgoing.includes(one ?? ''),
    )
  ) {
    problems.push(
      'MEETING_WEBHOOK_SECRET must differ from WEBHOOK_SECRET: otherwise a receiver of events could send them back as meeting events.',
    );
  }
  return problems;
}

function allowedHosts({ WEBHOOK_ALLOW_HOSTS }: WebhookVariables): readonly AllowedHost[] {
  return WEBHOOK_ALLOW_HOSTS.flatMap((host) => parseAllowedHost(host) ?? []);
}
