import { z } from 'zod';
import { baseAddress } from '../providers/setting-checks.ts';
import { AddressGuard, parseAllowedHost, type AllowedHost } from '../webhooks/address-guard.ts';
import { secretObjection } from '../webhooks/signature.ts';
import type { GatewaySettings } from './gateway.ts';
import { quietHours, type QuietHours } from './quiet-hours.ts';
import type { TwilioSettings } from './twilio.ts';
import { publicKeyOf } from './vapid.ts';
import type { WebPushSettings } from './web-push.ts';

/** The settings of text and push messages. */
export interface NotifySettings {
  /** Null if the server sends no text messages. */
  readonly sms: TwilioSettings | GatewaySettings | null;
  /** Null if the server sends no push messages. */
  readonly push: WebPushSettings | null;
  /** Null if messages are sent at any hour. */
  readonly quietHours: QuietHours | null;
}

const TWILIO = [
  'TWILIO_ACCOUNT_SID',
  'TWILIO_AUTH_TOKEN',
  'TWILIO_AUTH_TOKEN_PREVIOUS',
  'TWILIO_FROM',
  'TWILIO_MESSAGING_SERVICE_SID',
] as const;
const GATEWAY = ['SMS_GATEWAY_URL', 'SMS_GATEWAY_SECRET', 'SMS_GATEWAY_SECRET_PREVIOUS'] as const;
const VAPID = ['VAPID_PUBLIC_KEY', 'VAPID_PRIVATE_KEY', 'VAPID_SUBJECT'] as const;
const TWILIO_API = 'https://api.twilio.com';
const HOW_TO_MAKE = '"echo whsec_$(openssl rand -base64 32)" creates one';
const HOW_TO_MAKE_KEYS = '"npm run vapid-keys" creates a pair';

/** The variables of text and push messages; an empty QUIET_HOURS is not the same as none. */
export const NOTIFY_VARIABLES = {
  SMS_PROVIDER: z.enum(['twilio', 'http'], { error: 'SMS_PROVIDER must be twilio or http' }).optional(),
  TWILIO_ACCOUNT_SID: z
    .string()
    .regex(/^AC[0-9a-fA-F]{32}$/, 'TWILIO_ACCOUNT_SID must be AC and 32 hexadecimal digits')
    .optional(),
  TWILIO_AUTH_TOKEN: z.string().optional(),
  TWILIO_AUTH_TOKEN_PREVIOUS: z.string().optional(),
  TWILIO_FROM: z
    .string()
    .regex(
      /^(\+[1-9]\d{6,14}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$/,
      'TWILIO_FROM must be a number such as +15005550006, or a sender name of at most 11 letters and digits',
    )
    .optional(),
  TWILIO_MESSAGING_SERVICE_SID: z
    .string()
    .regex(/^MG[0-9a-fA-F]{32}$/, 'TWILIO_MESSAGING_SERVICE_SID must be MG and 32 hexadecimal digits')
    .optional(),
  TWILIO_API_URL: z.string().default(TWILIO_API),
  SMS_GATEWAY_URL: z.string().optional(),
  SMS_GATEWAY_SECRET: z.string().optional(),
  SMS_GATEWAY_SECRET_PREVIOUS: z.string().optional(),
  VAPID_PUBLIC_KEY: z.string().optional(),
  VAPID_PRIVATE_KEY: z.string().optional(),
  VAPID_SUBJECT: z
    .string()
    .regex(
      /^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/,
      'VAPID_SUBJECT must be an address such as mailto:it@example.org or https://example.org, by which push services reach the operator',
    )
    .optional(),
  PUSH_ALLOW_HOSTS: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((item) => item.trim() || []))
    .refine((hosts) => hosts.every((host) => parseAllowedHost(host) !== null), {
      message:
        'PUSH_ALLOW_HOSTS must be host names separated by commas, such as push.example.org, without https:// and without a path',
    }),
  QUIET_HOURS: z
    .string()
    .default('21:00-08:00')
    .transform((text) => ({ isOff: text.trim() === '', hours: quietHours(text) }))
    .refine(({ isOff, hours }) => isOff || hours !== null, {
      message: 'QUIET_HOURS must be two different times such as 21:00-08:00, or empty for none',
    })
    .transform(({ hours }) => hours),
};

export type NotifyVariables = z.infer<z.ZodObject<typeof NOTIFY_VARIABLES>> & {
  /** The hosts that an SMS gateway may have beside public ones. */
  readonly WEBHOOK_ALLOW_HOSTS: readonly string[];
};

/** Returns the settings of variables without problems. */
export function notifySettings(env: NotifyVariables, production: boolean): NotifySettings {
  return { sms: smsSettings(env, production), push: pushSettings(env), quietHours: env.QUIET_HOURS };
}

function smsSettings(env: NotifyVariables, production: boolean): NotifySettings['sms'] {
  const { SMS_PROVIDER: provider } = env;
  if (provider === 'twilio') {
    const { TWILIO_ACCOUNT_SID: accountSid = '', TWILIO_MESSAGING_SERVICE_SID: service } = env;
    return {
      provider,
      accountSid,
      authTokens: withPrevious(env.TWILIO_AUTH_TOKEN, env.TWILIO_AUTH_TOKEN_PREVIOUS),
      sender: service === undefined ? { From: env.TWILIO_FROM ?? '' } : { MessagingServiceSid: service },
      apiUrl: baseAddress('TWILIO_API_URL', env.TWILIO_API_URL, production),
    };
  }
  if (provider === 'http') {
    const secrets = withPrevious(env.SMS_GATEWAY_SECRET, env.SMS_GATEWAY_SECRET_PREVIOUS);
    return { provider, url: env.SMS_GATEWAY_URL ?? '', secrets };
  }
  return null;
}

function pushSettings(env: NotifyVariables): WebPushSettings | null {
  const { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: subject } = env;
  if (publicKey === undefined || privateKey === undefined || subject === undefined) return null;
  return { publicKey, privateKey, subject, allowedHosts: parsed(env.PUSH_ALLOW_HOSTS) };
}

function withPrevious(current = '', previous: string | undefined): readonly [string, ...string[]] {
  return previous === undefined ? [current] : [current, previous];
}

function parsed(hosts: readonly string[]): readonly AllowedHost[] {
  return hosts.flatMap((host) => parseAllowedHost(host) ?? []);
}

/** Returns a sentence for each invalid or half-configured setting. */
export function notifyProblems(env: NotifyVariables, production: boolean): string[] {
  return [...unused(env), ...twilioProblems(env, production), ...gatewayProblems(env), ...vapidProblems(env)];
}

/** A setting of a provider that is not chosen is a mistake: messages would not be sent as the operator expects. */
function unused(env: NotifyVariables): string[] {
  const given = (names: readonly (keyof NotifyVariables)[]) =>
    names.filter((name) => env[name] !== undefined);
  return [
    ...(env.SMS_PROVIDER === 'twilio'
      ? []
      : given(TWILIO).map((name) => `${name} needs SMS_PROVIDER=twilio.`)),
    ...(env.SMS_PROVIDER === 'http' ? [] : given(GATEWAY).map((name) => `${name} needs SMS_PROVIDER=http.`)),
  ];
}

function twilioProblems(env: NotifyVariables, production: boolean): string[] {
  if (env.SMS_PROVIDER !== 'twilio') return [];
  const problems: string[] = [];
  for (const name of ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN'] as const) {
    if (env[name] === undefined) problems.push(`SMS_PROVIDER=twilio needs ${name}.`);
  }
  if ((env.TWILIO_FROM === undefined) === (env.TWILIO_MESSAGING_SERVICE_SID === undefined)) {
    problems.push('SMS_PROVIDER=twilio needs either TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID.');
  }
  try {
    baseAddress('TWILIO_API_URL', env.TWILIO_API_URL, production);
  } catch (error) {
    problems.push(`${(error as Error).message}.`);
  }
  return problems;
}

function gatewayProblems(env: NotifyVariables): string[] {
  if (env.SMS_PROVIDER !== 'http') return [];
  const problems: string[] = [];
  for (const name of ['SMS_GATEWAY_URL', 'SMS_GATEWAY_SECRET'] as const) {
    if (env[name] === undefined) problems.push(`SMS_PROVIDER=http needs ${name}.`);
  }
  const { SMS_GATEWAY_URL: url } = env;
  const objection =
    url === undefined ? null : new AddressGuard(parsed(env.WEBHOOK_ALLOW_HOSTS)).objection(url);
  if (objection !== null) problems.push(`SMS_GATEWAY_URL ${objection}.`);
  for (const name of ['SMS_GATEWAY_SECRET', 'SMS_GATEWAY_SECRET_PREVIOUS'] as const) {
    const secret = env[name];
    const problem = secret === undefined ? null : secretObjection(secret);
    if (problem !== null) problems.push(`${name} ${problem}; ${HOW_TO_MAKE}.`);
  }
  return problems;
}

function vapidProblems(env: NotifyVariables): string[] {
  const given = VAPID.filter((name) => env[name] !== undefined);
  if (given.length === 0) return [];
  if (given.length < VAPID.length) {
    return [`${VAPID.join(', ')} go together: set all, or none; ${HOW_TO_MAKE_KEYS}.`];
  }
  const publicKey = publicKeyOf(env.VAPID_PRIVATE_KEY ?? '');
  if (publicKey === null)
    return [`VAPID_PRIVATE_KEY must be a private key of P-256 in base64url; ${HOW_TO_MAKE_KEYS}.`];
  return publicKey === env.VAPID_PUBLIC_KEY
    ? []
    : [`VAPID_PUBLIC_KEY must be the public key of VAPID_PRIVATE_KEY; ${HOW_TO_MAKE_KEYS}.`];
}
