import { AddressGuard, parseAllowedHost, type AllowedHost } from './address-guard.ts';
import { secretObjection } from './signature.ts';

/** What the environment says of webhooks. */
export interface WebhookSettings {
  /** The one endpoint of the simple case; the first secret is the current one. */
  readonly endpoint: { readonly url: string; readonly secrets: readonly string[] } | null;
  /** Hosts that may be reached by http and under private addresses. */
  readonly allowedHosts: readonly AllowedHost[];
  /** With which meeting events may be signed; none where none are taken. */
  readonly meetingSecrets: readonly string[];
}

/** The variables as they are given; `WEBHOOK_ALLOW_HOSTS` split at its commas. */
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
const HOW_TO_MAKE = '"echo whsec_$(openssl rand -base64 32)" makes a good one';

/** Variables without a problem, as settings. */
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

/** A sentence for each variable at fault. */
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
    const wrong = secret === undefined ? null : secretObjection(secret);
    if (wrong !== null) problems.push(`${name} ${wrong}; ${HOW_TO_MAKE}.`);
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
      'MEETING_WEBHOOK_SECRET must differ from WEBHOOK_SECRET: whoever gets our events could send them back as orders.',
    );
  }
  return problems;
}

function allowedHosts({ WEBHOOK_ALLOW_HOSTS }: WebhookVariables): readonly AllowedHost[] {
  return WEBHOOK_ALLOW_HOSTS.flatMap((host) => parseAllowedHost(host) ?? []);
}
