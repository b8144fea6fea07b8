import { z } from 'zod';
import { baseAddress } from '../setting-checks.ts';
import { readServiceAccount, type ServiceAccount } from './service-account.ts';

/** How meetings are created: a Meet space alone, or an event of Google Calendar with a Meet link. */
export const MEET_MODES = ['spaces', 'calendar'] as const;
/** Who enters a space without knocking: everyone, the owner's organisation and invited people, or only invited people. */
export const MEET_ACCESS = ['open', 'trusted', 'restricted'] as const;

/** As whom the server calls Google. */
export type GoogleCredentials =
  | {
      readonly kind: 'service-account';
      readonly account: ServiceAccount;
      /** The person on whose behalf the service account acts; null if it acts for itself. */
      readonly subject: string | null;
    }
  | {
      readonly kind: 'refresh-token';
      readonly clientId: string;
      readonly clientSecret: string;
      readonly refreshToken: string;
    };

/** The addresses of Google's services, without a trailing slash. */
export interface GoogleAddresses {
  readonly token: string;
  readonly meet: string;
  readonly calendar: string;
  /** The Workspace Events API. */
  readonly events: string;
  /** The public keys (RFC 7517) of the tokens that Pub/Sub sends. */
  readonly keys: string;
}

/** What proves that a push comes from our Pub/Sub subscription. */
export interface PushSettings {
  readonly audience: string;
  /** The service account that the push subscription signs in as. */
  readonly email: string;
}

export interface GoogleSettings {
  readonly credentials: GoogleCredentials;
  readonly addresses: GoogleAddresses;
  readonly meet: {
    readonly mode: (typeof MEET_MODES)[number];
    readonly access: (typeof MEET_ACCESS)[number];
    /** The calendar of the events of mode `calendar`. */
    readonly calendarId: string;
  };
  /** Null if Google pushes no events. */
  readonly push: PushSettings | null;
  /** The subscription that the server keeps alive; null if there is none, or the operator does that. */
  readonly subscription: { readonly topic: string; readonly userId: string } | null;
  /** The calendar that shows all visits; null for none. */
  readonly calendarId: string | null;
}

/** Each address, as a variable and its default. */
const ADDRESSES = {
  token: ['GOOGLE_TOKEN_URL', 'https://oauth2.googleapis.com/token'],
  meet: ['GOOGLE_MEET_URL', 'https://meet.googleapis.com/v2'],
  calendar: ['GOOGLE_CALENDAR_URL', 'https://www.googleapis.com/calendar/v3'],
  events: ['GOOGLE_EVENTS_URL', 'https://workspaceevents.googleapis.com/v1'],
  keys: ['GOOGLE_KEYS_URL', 'https://www.googleapis.com/oauth2/v3/certs'],
} as const;

const MEET_CALENDAR = 'primary';
const OAUTH = ['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET', 'GOOGLE_REFRESH_TOKEN'] as const;

/** The variables of Google. */
export const GOOGLE_VARIABLES = {
  GOOGLE_SERVICE_ACCOUNT: z.string().optional(),
  GOOGLE_SUBJECT: z.email('GOOGLE_SUBJECT must be the e-mail address of a user of the Workspace').optional(),
  GOOGLE_CLIENT_ID: z.string().optional(),
  GOOGLE_CLIENT_SECRET: z.string().optional(),
  GOOGLE_REFRESH_TOKEN: z.string().optional(),
  GOOGLE_MEET_MODE: z
    .enum(MEET_MODES, { error: `GOOGLE_MEET_MODE must be one of ${MEET_MODES.join(', ')}` })
    .default('spaces'),
  GOOGLE_MEET_ACCESS: z
    .enum(MEET_ACCESS, { error: `GOOGLE_MEET_ACCESS must be one of ${MEET_ACCESS.join(', ')}` })
    .default('open'),
  GOOGLE_MEET_CALENDAR_ID: z.string().default(MEET_CALENDAR),
  GOOGLE_CALENDAR_ID: z.string().optional(),
  GOOGLE_PUBSUB_AUDIENCE: z.string().optional(),
  GOOGLE_PUBSUB_EMAIL: z
    .email('GOOGLE_PUBSUB_EMAIL must be the e-mail address of the service account of the push subscription')
    .optional(),
  GOOGLE_PUBSUB_TOPIC: z
    .string()
    .regex(/^projects\/[^/\s]+\/topics\/[^/\s]+$/, {
      error: 'GOOGLE_PUBSUB_TOPIC must be a topic such as projects/clinic-1234/topics/meet-events',
    })
    .optional(),
  GOOGLE_USER_ID: z
    .string()
    .regex(/^\d{1,64}$/, { error: 'GOOGLE_USER_ID must be the number of a user, not an e-mail address' })
    .optional(),
  GOOGLE_TOKEN_URL: z.string().optional(),
  GOOGLE_MEET_URL: z.string().optional(),
  GOOGLE_CALENDAR_URL: z.string().optional(),
  GOOGLE_EVENTS_URL: z.string().optional(),
  GOOGLE_KEYS_URL: z.string().optional(),
};

export type GoogleVariables = z.infer<z.ZodObject<typeof GOOGLE_VARIABLES>>;

/** Returns the settings of variables without problems; null if there are no credentials. */
export function googleSettings(env: GoogleVariables, production: boolean): GoogleSettings | null {
  const credentials = credentialsOf(env);
  if (credentials === null) return null;
  const { GOOGLE_PUBSUB_TOPIC: topic, GOOGLE_USER_ID: userId } = env;
  const { GOOGLE_PUBSUB_AUDIENCE: audience, GOOGLE_PUBSUB_EMAIL: email } = env;
  const address = (key: keyof GoogleAddresses) => addressOf(env, key, production);
  return {
    credentials,
    addresses: {
      token: address('token'),
      meet: address('meet'),
      calendar: address('calendar'),
      events: address('events'),
      keys: address('keys'),
    },
    meet: {
      mode: env.GOOGLE_MEET_MODE,
      access: env.GOOGLE_MEET_ACCESS,
      calendarId: env.GOOGLE_MEET_CALENDAR_ID,
    },
    push: audience === undefined || email === undefined ? null : { audience, email },
    subscription: topic === undefined || userId === undefined ? null : { topic, userId },
    calendarId: env.GOOGLE_CALENDAR_ID ?? null,
  };
}

/** Returns a sentence for each invalid variable. */
export function googleProblems(env: GoogleVariables, production: boolean): string[] {
  const problems = [...credentialProblems(env), ...pushProblems(env)];
  for (const key of Object.keys(ADDRESSES) as (keyof GoogleAddresses)[]) {
    try {
      addressOf(env, key, production);
    } catch (error) {
      problems.push(`${(error as Error).message}.`);
    }
  }
  const needs = (['GOOGLE_CALENDAR_ID', 'GOOGLE_PUBSUB_AUDIENCE', 'GOOGLE_PUBSUB_TOPIC'] as const).filter(
    (name) => env[name] !== undefined,
  );
  if (needs.length > 0 && env.GOOGLE_SERVICE_ACCOUNT === undefined && !hasAny(env, OAUTH)) {
    problems.push(`${needs.join(' and ')} need GOOGLE_SERVICE_ACCOUNT, or ${OAUTH.join(', ')}.`);
  }
  if (env.GOOGLE_MEET_MODE === 'calendar' && env.GOOGLE_CALENDAR_ID === env.GOOGLE_MEET_CALENDAR_ID) {
    problems.push(
      'GOOGLE_CALENDAR_ID and GOOGLE_MEET_CALENDAR_ID must differ if GOOGLE_MEET_MODE is calendar: otherwise each visit ' +
        'would be in the calendar twice.',
    );
  }
  return problems;
}

function credentialProblems(env: GoogleVariables): string[] {
  const problems: string[] = [];
  const missing = OAUTH.filter((name) => env[name] === undefined);
  if (hasAny(env, OAUTH) && missing.length > 0) {
    problems.push(`${OAUTH.join(', ')} go together: ${missing.join(' and ')} missing.`);
  }
  if (env.GOOGLE_SERVICE_ACCOUNT === undefined) {
    if (env.GOOGLE_SUBJECT !== undefined) problems.push('GOOGLE_SUBJECT needs GOOGLE_SERVICE_ACCOUNT.');
    return problems;
  }
  if (hasAny(env, OAUTH)) {
    problems.push(
      `GOOGLE_SERVICE_ACCOUNT and ${OAUTH.join(', ')} are two ways to sign in: remove one of them.`,
    );
  }
  if (env.GOOGLE_SUBJECT === undefined && env.GOOGLE_CALENDAR_ID === undefined) {
    problems.push(
      'GOOGLE_SUBJECT is missing: Google Meet needs the e-mail address of the user for whom the service account acts.',
    );
  }
  const account = readServiceAccount(env.GOOGLE_SERVICE_ACCOUNT);
  if (typeof account === 'string') problems.push(`GOOGLE_SERVICE_ACCOUNT ${account}.`);
  return problems;
}

function pushProblems(env: GoogleVariables): string[] {
  const problems: string[] = [];
  if ((env.GOOGLE_PUBSUB_AUDIENCE === undefined) !== (env.GOOGLE_PUBSUB_EMAIL === undefined)) {
    problems.push('GOOGLE_PUBSUB_AUDIENCE and GOOGLE_PUBSUB_EMAIL go together: set both, or neither.');
  }
  if ((env.GOOGLE_PUBSUB_TOPIC === undefined) !== (env.GOOGLE_USER_ID === undefined)) {
    problems.push('GOOGLE_PUBSUB_TOPIC and GOOGLE_USER_ID go together: set both, or neither.');
  }
  if (env.GOOGLE_PUBSUB_TOPIC !== undefined && env.GOOGLE_PUBSUB_AUDIENCE === undefined) {
    problems.push(
      'GOOGLE_PUBSUB_TOPIC needs GOOGLE_PUBSUB_AUDIENCE and GOOGLE_PUBSUB_EMAIL, which prove the origin of events.',
    );
  }
  return problems;
}

function credentialsOf(env: GoogleVariables): GoogleCredentials | null {
  if (env.GOOGLE_SERVICE_ACCOUNT !== undefined) {
    const account = readServiceAccount(env.GOOGLE_SERVICE_ACCOUNT);
    if (typeof account === 'string') throw new Error(`GOOGLE_SERVICE_ACCOUNT ${account}`);
    return { kind: 'service-account', account, subject: env.GOOGLE_SUBJECT ?? null };
  }
  const {
    GOOGLE_CLIENT_ID: clientId,
    GOOGLE_CLIENT_SECRET: clientSecret,
    GOOGLE_REFRESH_TOKEN: refreshToken,
  } = env;
  if (clientId === undefined || clientSecret === undefined || refreshToken === undefined) return null;
  return { kind: 'refresh-token', clientId, clientSecret, refreshToken };
}

function addressOf(env: GoogleVariables, key: keyof GoogleAddresses, production: boolean): string {
  const [name, standard] = ADDRESSES[key];
  return baseAddress(name, env[name] ?? standard, production);
}

function hasAny(env: GoogleVariables, names: readonly (keyof GoogleVariables)[]): boolean {
  return names.some((name) => env[name] !== undefined);
}
