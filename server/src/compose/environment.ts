import { fileURLToPath } from 'node:url';
import { pino, type DestinationStream, type Logger } from 'pino';
import type { Config } from '../config.ts';
import { systemClock, type Clock } from '../core/clock.ts';
import type { Tracer } from '../core/tracer.ts';
import { currentRequestId } from '../core/request-context.ts';
import { randomIds, type Ids } from '../domain/ids.ts';
import { CONSUMERS_PER_ROUTER } from '../media/router-pool.ts';
import type { MeetingProvider } from '../providers/meeting-provider.ts';
import type { LiveSpeech } from '../speech/live-speech.ts';
import { OUTBOX_TIMES, type OutboxTimes } from '../webhooks/outbox.ts';

export interface Secrets {
  readonly internal: readonly string[];
  readonly tokens: readonly [string, ...string[]];
  /** The master keys of recordings, the current one first; empty if the server does not record. */
  readonly recordings: readonly string[];
}

/** The settings that only tests change. */
export interface Overrides {
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** How long the media of a dropped connection is kept, in milliseconds. */
  readonly graceMs?: number;
  readonly httpTimeouts?: HttpTimeouts;
  readonly clientDir?: string;
  /** How long a mail is reserved for the process that sends it, in milliseconds. */
  readonly mailLeaseMs?: number;
  /** How long a text or push message is reserved for the process that sends it, in milliseconds. */
  readonly notificationLeaseMs?: number;
  readonly webhookTimes?: Partial<OutboxTimes>;
  /** The number of consumers on one router at which a room takes another worker. */
  readonly consumersPerRouter?: number;
  /** Meeting providers beside those of the configuration. */
  readonly meetingProviders?: readonly MeetingProvider[];
  /** The engine of captions instead of that of the configuration. */
  readonly liveSpeech?: LiveSpeech;
}

/** The longest time for a client to send its headers, and its whole request, in milliseconds. */
export interface HttpTimeouts {
  readonly headersMs: number;
  readonly requestMs: number;
}

/** The input of every stage. */
export interface Environment {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly tracer: Tracer;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly graceMs: number;
  readonly httpTimeouts: HttpTimeouts;
  readonly clientDir: string;
  readonly mailLeaseMs: number | undefined;
  readonly notificationLeaseMs: number | undefined;
  readonly webhookTimes: OutboxTimes;
  readonly consumersPerRouter: number;
  readonly meetingProviders: readonly MeetingProvider[];
  readonly liveSpeech: LiveSpeech | null;
  /** Closes what the stages started, the last first. */
  readonly resources: AsyncDisposableStack;
}

const GRACE_MS = 30_000;
const HTTP_TIMEOUTS: HttpTimeouts = { headersMs: 10_000, requestMs: 30_000 };
const CLIENT_DIR = fileURLToPath(new URL('../../../client/dist', import.meta.url));

/** Returns the overrides completed with the settings of production. */
export function productionSettings({
  clock = systemClock,
  ids = randomIds,
  graceMs = GRACE_MS,
  httpTimeouts = HTTP_TIMEOUTS,
  clientDir = CLIENT_DIR,
  mailLeaseMs,
  notificationLeaseMs,
  webhookTimes,
  consumersPerRouter = CONSUMERS_PER_ROUTER,
  meetingProviders = [],
  liveSpeech,
}: Overrides): Omit<Environment, 'config' | 'secrets' | 'logger' | 'tracer' | 'resources'> {
  return {
    clock,
    ids,
    graceMs,
    httpTimeouts,
    clientDir,
    mailLeaseMs,
    notificationLeaseMs,
    webhookTimes: { ...OUTBOX_TIMES, ...webhookTimes },
    consumersPerRouter,
    meetingProviders,
    liveSpeech: liveSpeech ?? null,
  };
}

/**
 * Returns a logger that writes JSON lines, each with the id of the request that it belongs to, by default to stdout. Tokens and
 * secrets in known fields are redacted.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const mixin = () => {
    const requestId = currentRequestId();
    return requestId === undefined ? {} : { requestId };
  };
  const paths = [
    'token',
    '*.token',
    'authorization',
    '*.authorization',
    '*["x-internal-secret"]',
    'auth',
    '*.auth',
  ];
  return pino({ level, mixin, redact: { paths, censor: '[hidden]' } }, destination);
}
