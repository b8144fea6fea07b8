import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { timeZone } from '@televisit/shared/core/fields';
import { z } from 'zod';
import type { Capacity } from './cluster/admission-control.ts';
import {
  consoleProblems,
  consoleSettings,
  CONSOLE_VARIABLES,
  type ConsoleSettings,
} from './console/console-settings.ts';
import { mailAddress, smtpServer, type MailSettings } from './mail/mail-settings.ts';
import {
  notifyProblems,
  notifySettings,
  NOTIFY_VARIABLES,
  type NotifySettings,
} from './notify/notify-settings.ts';
import {
  providerProblems,
  providerSettings,
  PROVIDER_VARIABLES,
  type ProviderSettings,
} from './providers/provider-settings.ts';
import { s3Problems, s3Settings, S3_VARIABLES, type S3Settings } from './recording/storage/s3-settings.ts';
import {
  translationProblems,
  translationSettings,
  TRANSLATION_VARIABLES,
} from './speech/translation-settings.ts';
import type { TranslationSettings } from './speech/translation.ts';
import {
  speechProblems,
  speechSettings,
  SPEECH_VARIABLES,
  type SpeechSettings,
} from './speech/speech-settings.ts';
import { webhookProblems, webhookSettings, type WebhookSettings } from './webhooks/webhook-settings.ts';
import { TRACING_VARIABLES, tracingSettings, type TracingSettings } from './tracing/tracing-settings.ts';

/** The settings of the environment, read once at boot. Durations are in the units of their names. */
export interface Config {
  readonly production: boolean;
  readonly port: number;
  /** Without a trailing slash; null in development for the address on which the server listens. */
  readonly clientBaseUrl: string | null;
  /** Null in development for a random secret that is kept in `dataDir`. */
  readonly internalSecret: string | null;
  /** The previous secret, still accepted during rotation. */
  readonly internalSecretPrevious: string | null;
  readonly videoJwtSecret: string | null;
  readonly videoJwtSecretPrevious: string | null;
  /** Null for SQLite in `dataDir`. */
  readonly mongoUri: string | null;
  /** The Redis of the bus between processes; null for a single process. */
  readonly redisUrl: string | null;
  /** How long before its start a session opens, and how long after its planned end it closes, in minutes. */
  readonly joinWindow: { readonly opensMinutes: number; readonly closesMinutes: number };
  /** The number of days after their end at which sessions are deleted; null for never. */
  readonly retentionDays: number | null;
  readonly recording: {
    /** Null in development for a random secret that is kept in `dataDir`, and in production for no recordings. */
    readonly key: string | null;
    /** The previous key, with which older files can still be read. */
    readonly previousKey: string | null;
    /** The folder of the encrypted files. */
    readonly dir: string;
    /** The object store of the encrypted files; null for `dir`. */
    readonly s3: S3Settings | null;
    /** How long recordings are kept after they stopped, in days; null for as long as their session. */
    readonly retentionDays: number | null;
  };
  /** What turns the speech of visits into text. */
  readonly speech: SpeechSettings;
  /** The service that translates captions; null if there is none. */
  readonly translation: TranslationSettings | null;
  /** Null if no spans are recorded. */
  readonly tracing: TracingSettings | null;
  /** Where metrics are read; without both nothing is collected. */
  readonly metrics: {
    /** The port of metrics alone; null for the main port, on which they need the token. */
    readonly port: number | null;
    readonly token: string | null;
  };
  /** The load at which new participants are refused; 0 for no limit. */
  readonly capacity: Capacity;
  /** Requests per second for each internal secret, and per minute for each address without one; 0 for no limit. */
  readonly rateLimits: { readonly secretPerSecond: number; readonly addressPerMinute: number };
  /** The proxies whose `X-Forwarded-For` is trusted: a number of hops, or networks (Express, "trust proxy"). */
  readonly trustProxy: string | number;
  /** The SFU nodes of this process; empty for an API-only server. */
  readonly sfuNodes: readonly string[];
  /** The URL at which other servers reach this one, without a trailing slash; null for its port on this machine. */
  readonly nodeUrl: string | null;
  /** The operator's name for the location of the server. */
  readonly region: string | null;
  /** The longest time for rooms to move to other servers before this one exits, in seconds. */
  readonly drainSeconds: number;
  /** How long this server is unready, and still serves, before it drains and closes, in seconds. */
  readonly shutdownDelaySeconds: number;
  /** How long the store may be away before this server counts as unready, in seconds; 0 for any time. */
  readonly readyStoreGraceSeconds: number;
  readonly dataDir: string;
  /** Empty in development for all IPv4 addresses of the machine. */
  readonly listenIps: readonly string[];
  /** The IP addresses and host names at which clients reach the media; empty for `listenIps`. */
  readonly announcedAddresses: readonly string[];
  /** The first worker's UDP and TCP port; each further worker uses the next one. 0 for any free ports. */
  readonly rtcPort: number;
  /** The number of mediasoup workers of this process, distributed over its nodes; each node has at least one. */
  readonly workers: number;
  readonly opusDtx: boolean;
  readonly turn: { readonly urls: readonly string[]; readonly secret: string } | null;
  /** The page to which people return after a session, and the other hosts that a session's own return address may have. */
  readonly returnRules: { readonly url: string | null; readonly hosts: readonly string[] };
  /** The origins of pages that may embed the join page (RFC 6454); empty for none. */
  readonly embedOrigins: readonly string[];
  /** How long before the start participants are reminded, in minutes, the longest first. */
  readonly reminderMinutes: readonly number[];
  /** Null if the server sends no mail. */
  readonly mail: MailSettings | null;
  /** The IANA time zone of mail to participants whose seat has none. */
  readonly mailTimeZone: string;
  readonly notify: NotifySettings;
  readonly webhooks: WebhookSettings;
  readonly providers: ProviderSettings;
  /** Null if there is no operator console. */
  readonly console: ConsoleSettings | null;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/** The environment is invalid; `problems` has a sentence for each invalid variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is invalid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const MIN_SECRET_LENGTH = 32;
const EXAMPLE_SECRET = /change[-_ ]?me|change[-_ ]?this|example|placeholder|your[-_ ]|^(.)\1*$|^<.*>$/i;
const REQUIRED_SECRETS = ['INTERNAL_SECRET', 'VIDEO_JWT_SECRET'] as const;
const OPTIONAL_SECRETS = [
  'INTERNAL_SECRET_PREVIOUS',
  'VIDEO_JWT_SECRET_PREVIOUS',
  'TURN_SECRET',
  'METRICS_TOKEN',
  'RECORDING_KEY',
  'RECORDING_KEY_PREVIOUS',
] as const;
/** The variables for which empty means something else than unset. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(['QUIET_HOURS', 'REMINDER_MINUTES', 'SFU_NODES']);
const WILDCARD_ADDRESSES = ['0.0.0.0', '::'];
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([\w-]{0,61}[a-z0-9])?(\.[a-z0-9_]([\w-]{0,61}[a-z0-9])?)*$/i;
/** RFC 7065, 3.1. */
const TURN_URL = /^turns?:(\[[\da-f:.]+\]|[^\s:[\]/?@]+)(:\d{1,5})?(\?transport=(udp|tcp))?$/i;
const TURN_PORT = 3478;

const wholeNumber = (name: string, fallback: number, highest: number) =>
  z.coerce
    .number({ error: `${name} must be a number` })
    .int(`${name} must be a whole number`)
    .min(0, `${name} must be 0 to ${highest}`)
    .max(highest, `${name} must be 0 to ${highest}`)
    .default(fallback);
const port = (name: string, fallback: number) => wholeNumber(name, fallback, 65535);
const webAddress = (name: string) =>
  z.url({ protocol: /^https?$/, error: `${name} must be an http or https address` });
const namesOf = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((value) =>
      value
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    );
const list = namesOf('');

const schema = z.object({
  NODE_ENV: z.string().default('development'),
  PORT: port('PORT', 3000),
  CLIENT_BASE_URL: webAddress('CLIENT_BASE_URL')
    .refine((url) => !/[?#]/.test(url), 'CLIENT_BASE_URL must not have a query or a fragment')
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  INTERNAL_SECRET: z.string().optional(),
  INTERNAL_SECRET_PREVIOUS: z.string().optional(),
  VIDEO_JWT_SECRET: z.string().optional(),
  VIDEO_JWT_SECRET_PREVIOUS: z.string().optional(),
  SFU_NODES: namesOf('sfu-1').refine(
    (nodes) => nodes.every((node) => /^[\w.-]{1,64}$/.test(node)) && new Set(nodes).size === nodes.length,
    {
      message: 'SFU_NODES must be different names of letters, digits, ".", "_" and "-", separated by commas',
    },
  ),
  NODE_URL: webAddress('NODE_URL')
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  REGION: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'REGION must be a name of letters, digits, ".", "_" and "-"')
    .optional(),
  DRAIN_SECONDS: wholeNumber('DRAIN_SECONDS', 25, 86_400),
  SHUTDOWN_DELAY_SECONDS: wholeNumber('SHUTDOWN_DELAY_SECONDS', 5, 3600),
  READY_STORE_GRACE_SECONDS: wholeNumber('READY_STORE_GRACE_SECONDS', 30, 86_400),
  MONGO_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\/\S+$/, 'MONGO_URI must be a mongodb:// or mongodb+srv:// address')
    .optional(),
  REDIS_URL: z
    .string()
    .refine((url) => URL.canParse(url) && /^rediss?:\/\/[^/\s]+(\/\d*)?$/.test(url), {
      message: 'REDIS_URL must be a redis:// or rediss:// address',
    })
    .optional(),
  DATA_DIR: z.string().default('data'),
  RETENTION_DAYS: z.coerce
    .number({ error: 'RETENTION_DAYS must be a number' })
    .int('RETENTION_DAYS must be a whole number')
    .min(1, 'RETENTION_DAYS must be at least 1; leave it empty to keep sessions forever')
    .max(36_500, 'RETENTION_DAYS must be at most 36500')
    .optional(),
  RECORDING_KEY: z.string().optional(),
  RECORDING_KEY_PREVIOUS: z.string().optional(),
  RECORDINGS_DIR: z.string().optional(),
  ...S3_VARIABLES,
  RECORDING_RETENTION_DAYS: z.coerce
    .number({ error: 'RECORDING_RETENTION_DAYS must be a number' })
    .int('RECORDING_RETENTION_DAYS must be a whole number')
    .min(
      1,
      'RECORDING_RETENTION_DAYS must be at least 1; leave it empty to keep recordings as long as their sessions',
    )
    .max(36_500, 'RECORDING_RETENTION_DAYS must be at most 36500')
    .optional(),
  ...TRANSLATION_VARIABLES,
  ...SPEECH_VARIABLES,
  JOIN_OPENS_MINUTES: wholeNumber('JOIN_OPENS_MINUTES', 15, 10_080),
  JOIN_CLOSES_MINUTES: wholeNumber('JOIN_CLOSES_MINUTES', 30, 10_080),
  ...TRACING_VARIABLES,
  METRICS_PORT: z.coerce
    .number({ error: 'METRICS_PORT must be a number' })
    .int('METRICS_PORT must be a whole number')
    .min(1, 'METRICS_PORT must be 1 to 65535')
    .max(65535, 'METRICS_PORT must be 1 to 65535')
    .optional(),
  METRICS_TOKEN: z
    .string()
    .regex(/^[\w~+/.=-]+$/, 'METRICS_TOKEN must be letters, digits and any of - . _ ~ + / = (RFC 6750)')
    .optional(),
  API_RATE_LIMIT: wholeNumber('API_RATE_LIMIT', 1000, 1_000_000),
  ADDRESS_RATE_LIMIT: wholeNumber('ADDRESS_RATE_LIMIT', 1200, 1_000_000),
  MAX_PARTICIPANTS: wholeNumber('MAX_PARTICIPANTS', 0, 1_000_000),
  MAX_CPU_PERCENT: wholeNumber('MAX_CPU_PERCENT', 90, 100),
  MAX_MEMORY_PERCENT: wholeNumber('MAX_MEMORY_PERCENT', 90, 100),
  TRUST_PROXY: z
    .string()
    .default('loopback')
    .transform((value) => (/^\d{1,2}$/.test(value) ? Number(value) : value))
    .refine(
      (value) => typeof value === 'number' || value.split(',').every((part) => isNetwork(part.trim())),
      {
        message:
          'TRUST_PROXY must be a number of proxies, or networks separated by commas (loopback, uniquelocal, 10.0.0.0/8)',
      },
    ),
  LISTEN_IP: list.refine((ips) => ips.every((ip) => isIP(ip) !== 0) && areDifferent(ips), {
    message: 'LISTEN_IP must be different IP addresses, separated by commas, such as 0.0.0.0 or 0.0.0.0,::',
  }),
  ANNOUNCED_ADDRESS: list.refine((hosts) => hosts.every(isAnnounceable) && areDifferent(hosts), {
    message:
      'ANNOUNCED_ADDRESS must be different IP addresses or host names at which clients reach this server, separated by ' +
      'commas, such as 203.0.113.7 or media.example.org, without a port and not 0.0.0.0 or ::',
  }),
  RTC_PORT: port('RTC_PORT', 40000),
  WORKERS: z.coerce
    .number({ error: 'WORKERS must be a number' })
    .int('WORKERS must be a whole number')
    .min(1, 'WORKERS must be at least 1')
    .max(128, 'WORKERS must be at most 128')
    .default(() => availableParallelism()),
  OPUS_DTX: z.enum(['0', '1', 'true', 'false'], { error: 'OPUS_DTX must be 0 or 1' }).default('0'),
  TURN_URLS: list.refine((urls) => urls.every((url) => TURN_URL.test(url)), {
    message:
      'TURN_URLS must be turn: or turns: addresses (RFC 7065), separated by commas, such as ' +
      'turn:turn.example.org:3478?transport=udp; IPv6 addresses are in brackets: turn:[2001:db8::1]:3478',
  }),
  TURN_SECRET: z.string().optional(),
  RETURN_URL: webAddress('RETURN_URL').optional(),
  RETURN_ALLOW_HOSTS: list
    .refine((hosts) => hosts.every((host) => hostOf(host) !== null), {
      message:
        'RETURN_ALLOW_HOSTS must be host names separated by commas, such as portal.example.org or localhost:5173, ' +
        'without https:// and without a path',
    })
    .transform((hosts) => hosts.map((host) => hostOf(host) ?? host)),
  EMBED_ALLOW_ORIGINS: list
    .refine((origins) => origins.every((origin) => originOf(origin) !== null), {
      message:
        'EMBED_ALLOW_ORIGINS must be origins separated by commas, such as https://portal.example.org, without a path',
    })
    .transform((origins) => [...new Set(origins.map((origin) => originOf(origin) ?? origin))]),
  REMINDER_MINUTES: z
    .string()
    .default('1440,60')
    .transform((text) => text.split(',').flatMap((item) => (item.trim() === '' ? [] : Number(item))))
    .refine(areReminders, {
      message:
        'REMINDER_MINUTES must be at most 5 different whole numbers from 1 to 43200, separated by commas, such as 1440,60',
    })
    .transform((minutes) => minutes.sort((left, right) => right - left)),
  SMTP_URL: z
    .string()
    .transform((text) => smtpServer(text))
    .refine((server) => server !== null, {
      message:
        'SMTP_URL must be an address such as smtp://user:password@mail.example.org:587 or smtps://mail.example.org, ' +
        'with special characters of user and password percent-encoded and nothing after the port but ?tls=optional',
    })
    .optional(),
  MAIL_FROM: z
    .string()
    .transform((text) => mailAddress(text))
    .refine((from) => from !== null, {
      message: 'MAIL_FROM must be an address such as no-reply@example.org or Clinic <no-reply@example.org>',
    })
    .optional(),
  MAIL_TIME_ZONE: z
    .string()
    .default('UTC')
    .refine((name) => timeZone.safeParse(name).success, {
      message: 'MAIL_TIME_ZONE must be a time zone such as Europe/Berlin',
    }),
  ...NOTIFY_VARIABLES,
  WEBHOOK_URL: z.string().optional(),
  WEBHOOK_SECRET: z.string().optional(),
  WEBHOOK_SECRET_PREVIOUS: z.string().optional(),
  WEBHOOK_ALLOW_HOSTS: list,
  MEETING_WEBHOOK_SECRET: z.string().optional(),
  MEETING_WEBHOOK_SECRET_PREVIOUS: z.string().optional(),
  ...PROVIDER_VARIABLES,
  ...CONSOLE_VARIABLES,
  LOG_LEVEL: z
    .enum(LOG_LEVELS, { error: `LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}` })
    .default('info'),
});

type Environment = z.infer<typeof schema>;

/** Returns the settings of an environment. @throws {ConfigError} with all problems */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  // An empty variable counts as unset, as in a copied .env.example.
  const given = Object.fromEntries(
    Object.entries(environment).filter(
      ([name, value]) => value !== undefined && (value.trim() !== '' || MAY_BE_EMPTY.has(name)),
    ),
  );
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(({ message }) => `${message}.`));
  const env = parsed.data;
  const production = env.NODE_ENV === 'production';
  const problems = [
    ...crossChecks(env),
    ...notifyProblems(env, production),
    ...s3Problems(env, production),
    ...translationProblems(env, production),
    ...speechProblems(env, production),
    ...consoleProblems(env, production),
    ...(production ? productionChecks(env) : []),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze({
    production,
    port: env.PORT,
    clientBaseUrl: env.CLIENT_BASE_URL ?? null,
    internalSecret: env.INTERNAL_SECRET ?? null,
    internalSecretPrevious: env.INTERNAL_SECRET_PREVIOUS ?? null,
    videoJwtSecret: env.VIDEO_JWT_SECRET ?? null,
    videoJwtSecretPrevious: env.VIDEO_JWT_SECRET_PREVIOUS ?? null,
    mongoUri: env.MONGO_URI ?? null,
    redisUrl: env.REDIS_URL ?? null,
    joinWindow: { opensMinutes: env.JOIN_OPENS_MINUTES, closesMinutes: env.JOIN_CLOSES_MINUTES },
    retentionDays: env.RETENTION_DAYS ?? null,
    recording: {
      key: env.RECORDING_KEY ?? null,
      previousKey: env.RECORDING_KEY_PREVIOUS ?? null,
      dir: env.RECORDINGS_DIR ?? join(env.DATA_DIR, 'recordings'),
      s3: s3Settings(env),
      retentionDays: env.RECORDING_RETENTION_DAYS ?? null,
    },
    translation: translationSettings(env),
    speech: speechSettings(env),
    tracing: tracingSettings(env),
    metrics: { port: env.METRICS_PORT ?? null, token: env.METRICS_TOKEN ?? null },
    rateLimits: { secretPerSecond: env.API_RATE_LIMIT, addressPerMinute: env.ADDRESS_RATE_LIMIT },
    capacity: {
      participants: env.MAX_PARTICIPANTS,
      cpuPercent: env.MAX_CPU_PERCENT,
      memoryPercent: env.MAX_MEMORY_PERCENT,
    },
    trustProxy: env.TRUST_PROXY,
    sfuNodes: env.SFU_NODES,
    nodeUrl: env.NODE_URL ?? null,
    region: env.REGION ?? null,
    drainSeconds: env.DRAIN_SECONDS,
    shutdownDelaySeconds: env.SHUTDOWN_DELAY_SECONDS,
    readyStoreGraceSeconds: env.READY_STORE_GRACE_SECONDS,
    dataDir: env.DATA_DIR,
    listenIps: listenIpsOf(env, production),
    announcedAddresses: env.ANNOUNCED_ADDRESS,
    rtcPort: env.RTC_PORT,
    workers: env.WORKERS,
    opusDtx: env.OPUS_DTX === '1' || env.OPUS_DTX === 'true',
    turn:
      env.TURN_SECRET && turnUrls(env).length > 0 ? { urls: turnUrls(env), secret: env.TURN_SECRET } : null,
    returnRules: { url: env.RETURN_URL ?? null, hosts: env.RETURN_ALLOW_HOSTS },
    embedOrigins: env.EMBED_ALLOW_ORIGINS,
    reminderMinutes: env.REMINDER_MINUTES,
    mailTimeZone: env.MAIL_TIME_ZONE,
    mail: env.SMTP_URL && env.MAIL_FROM ? { server: env.SMTP_URL, from: env.MAIL_FROM } : null,
    notify: notifySettings(env, production),
    webhooks: webhookSettings(env),
    providers: providerSettings(env, production),
    console: consoleSettings(env),
    logLevel: env.LOG_LEVEL,
  });
}

/** Returns a host in the form of `URL.host`; null if the text is not exactly one host. */
function hostOf(text: string): string | null {
  if (/[/?#@\s*]/.test(text) || !URL.canParse(`https://${text}`)) return null;
  return new URL(`https://${text}`).host;
}

/** Returns whether clients can be told to send media to this host. */
function isAnnounceable(host: string): boolean {
  if (WILDCARD_ADDRESSES.includes(host)) return false;
  // A name of digits and dots is a mistyped IPv4 address.
  return isIP(host) !== 0 || (HOST_NAME.test(host) && !/^[\d.]+$/.test(host));
}

function areDifferent(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}

/** Returns the addresses to listen on: those of LISTEN_IP, or the wildcards for the announced addresses. */
function listenIpsOf(env: Environment, production: boolean): readonly string[] {
  if (env.LISTEN_IP.length > 0) return env.LISTEN_IP;
  if (env.ANNOUNCED_ADDRESS.length === 0 && !production) return [];
  const ipv6 = env.ANNOUNCED_ADDRESS.filter((host) => isIP(host) === 6);
  return [
    ...(ipv6.length < env.ANNOUNCED_ADDRESS.length ? ['0.0.0.0'] : []),
    ...(ipv6.length > 0 ? ['::'] : []),
  ];
}

/** Returns the addresses of TURN servers: those of TURN_URLS, or of a TURN server beside this one. */
function turnUrls({ TURN_URLS: urls, ANNOUNCED_ADDRESS: hosts }: Environment): readonly string[] {
  if (urls.length > 0) return urls;
  return hosts.flatMap((host) => {
    const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${TURN_PORT}`;
    return [`turn:${authority}?transport=udp`, `turn:${authority}?transport=tcp`];
  });
}

/** Returns an http or https origin in its normal form; null if the text is not exactly one, with or without a slash at the end. */
function originOf(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { origin, protocol } = new URL(text);
  const isWeb = protocol === 'https:' || protocol === 'http:';
  return isWeb && new URL(text).href === `${origin}/` ? origin : null;
}

function areReminders(minutes: readonly number[]): boolean {
  const valid = minutes.every((one) => Number.isInteger(one) && one >= 1 && one <= 43_200);
  return valid && minutes.length <= 5 && new Set(minutes).size === minutes.length;
}

/** Returns whether the text is a network in the form of Express's "trust proxy". */
function isNetwork(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(length ?? 0) <= (family === 4 ? 32 : 128);
}

function crossChecks(env: Environment): string[] {
  const problems = [...webhookProblems(env), ...providerProblems(env, env.NODE_ENV === 'production')];
  if (env.TURN_URLS.length > 0 && env.TURN_SECRET === undefined) {
    problems.push('TURN_URLS and TURN_SECRET go together: set both, or neither.');
  }
  // A server without media names no TURN servers to anybody.
  if (env.SFU_NODES.length > 0 && env.TURN_SECRET !== undefined && turnUrls(env).length === 0) {
    problems.push('TURN_SECRET needs TURN_URLS, or ANNOUNCED_ADDRESS for a TURN server at the same address.');
  }
  if ((env.SMTP_URL !== undefined) !== (env.MAIL_FROM !== undefined)) {
    problems.push('SMTP_URL and MAIL_FROM go together: set both, or neither.');
  }
  if (env.REDIS_URL && !env.MONGO_URI) {
    problems.push('REDIS_URL needs MONGO_URI: several servers share both; a single server needs neither.');
  }
  if (env.METRICS_PORT !== undefined && env.METRICS_PORT === env.PORT) {
    problems.push(
      'METRICS_PORT must differ from PORT: leave it empty and set METRICS_TOKEN to serve both on one port.',
    );
  }
  const wildcard = env.LISTEN_IP.find((ip) => WILDCARD_ADDRESSES.includes(ip));
  if (wildcard !== undefined && env.ANNOUNCED_ADDRESS.length === 0) {
    problems.push(
      `LISTEN_IP ${wildcard} needs ANNOUNCED_ADDRESS: clients can’t connect to a wildcard address.`,
    );
  }
  return problems;
}

function productionChecks(env: Environment): string[] {
  const problems: string[] = [];
  if (!env.CLIENT_BASE_URL)
    problems.push('CLIENT_BASE_URL is missing: join links need the address that participants open.');
  if (env.SFU_NODES.length > 0 && env.LISTEN_IP.length === 0 && env.ANNOUNCED_ADDRESS.length === 0) {
    problems.push(
      'ANNOUNCED_ADDRESS is missing: it is the public address at which clients reach this server’s media.',
    );
  }
  if (env.REDIS_URL && env.SFU_NODES.length > 0 && !env.NODE_URL) {
    problems.push('NODE_URL is missing: the other servers of REDIS_URL need the address of this one.');
  }
  const insecure = env.EMBED_ALLOW_ORIGINS.filter((origin) => !origin.startsWith('https:'));
  if (insecure.length > 0) {
    problems.push(
      `EMBED_ALLOW_ORIGINS has ${insecure.join(' and ')}: a page over http can’t embed camera and microphone; use https.`,
    );
  }
  for (const name of REQUIRED_SECRETS) {
    const weakness = weaknessOf(env[name]);
    if (weakness) problems.push(`${name} ${weakness}; "openssl rand -base64 48" creates one.`);
  }
  for (const name of OPTIONAL_SECRETS) {
    const weakness = env[name] && weaknessOf(env[name]);
    if (weakness) problems.push(`${name} ${weakness}; "openssl rand -base64 48" creates one.`);
  }
  if (EXAMPLE_SECRET.test(env.RECORDINGS_S3_SECRET_ACCESS_KEY ?? '')) {
    problems.push('RECORDINGS_S3_SECRET_ACCESS_KEY is an example value.');
  }
  const internal = [env.INTERNAL_SECRET, env.INTERNAL_SECRET_PREVIOUS].filter(Boolean);
  if ([env.VIDEO_JWT_SECRET, env.VIDEO_JWT_SECRET_PREVIOUS].some((secret) => internal.includes(secret))) {
    problems.push(
      'VIDEO_JWT_SECRET and VIDEO_JWT_SECRET_PREVIOUS must differ from INTERNAL_SECRET and INTERNAL_SECRET_PREVIOUS.',
    );
  }
  return problems;
}

function weaknessOf(secret: string | undefined): string | null {
  if (!secret) return 'is missing';
  if (EXAMPLE_SECRET.test(secret)) return 'is an example value';
  if (secret.length < MIN_SECRET_LENGTH) return `is shorter than ${MIN_SECRET_LENGTH} characters`;
  return null;
}
