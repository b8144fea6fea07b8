import type { Merged } from '@televisit/shared/core/contract';
import type { Feature } from '@televisit/shared/features/index';
import { OPERATIONS, type OperationId } from '@televisit/shared/operations';
import { CONSOLE_PAGE, CONSOLE_PATH } from '@televisit/shared/console.vocabulary';
import express, { type Express, type Router } from 'express';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { ClientAddresses, TrustedProxies } from '../access/client-address.ts';
import type { RateLimits } from '../access/rate-limits.ts';
import type { Health } from '../health/health.ts';
import type { MeetingInbox } from '../providers/meeting-inbox.ts';
import type { Providers } from '../providers/providers.ts';
import type { RecentTraces } from '../core/recent-traces.ts';
import type { Tracer } from '../core/tracer.ts';
import type { Ids } from '../domain/ids.ts';
import type { PersonalData } from '../domain/personal-data.ts';
import { apiDocumentJson } from './api-document.ts';
import { internalOnly, limitAddress, limitStatic, type InternalSecretCheck } from './auth.ts';
import { calendarHandlers, type CalendarHandlersOptions } from './calendar.ts';
import { clientRoutes, htmlPage } from './client-files.ts';
import { consoleRoutes, type ConsoleRoutesOptions } from './console/console-routes.ts';
import { docsRoutes } from './docs-page.ts';
import {
  incomingWebhookHandlers,
  signedBody,
  type IncomingWebhookHandlersOptions,
} from './incoming-webhooks.ts';
import { healthRoutes } from './health.ts';
import { invitationRoutes, type InvitationOptions } from './invitation.ts';
import { jitsiRoutes, type JitsiRoutesOptions } from './jitsi.ts';
import { messagesRoutes, type MessagesOptions } from './messages.ts';
import {
  meetingHandlers,
  providerHandlers,
  providerWebhookRoutes,
  type MeetingHandlersOptions,
} from './meetings.ts';
import { nodeHandlers, type NodeHandlersOptions } from './nodes.ts';
import { notificationHandlers, pushHandlers, type NotificationHandlersOptions } from './notifications.ts';
import {
  operationRoutes,
  type AnyFeatureOperations,
  type GuardedOperations,
  type OperationHandlers,
} from './operation.ts';
import { participantHandlers } from './participants.ts';
import { metricsRoutes, observeRequests, type MetricsText, type RequestObserver } from './metrics-page.ts';
import { notFound, problems, requestId, requireUtf8Address } from './problem.ts';
import { reportHandlers, type ReportHandlersOptions } from './reports.ts';
import { securityHeaders } from './security-headers.ts';
import { speechFileRoutes } from './speech-files.ts';
import { sessionHandlers, type SessionHandlersOptions } from './sessions.ts';
import { smsReportHandlers, twilioReportRoutes, type SmsReportOptions } from './sms-reports.ts';
import { traceRequests } from './trace-requests.ts';
import { visitHandlers, type VisitHandlersOptions } from './visits.ts';
import { webhookDeliveryHandlers } from './webhook-deliveries.ts';
import { webhookEndpointHandlers, type WebhookEndpointHandlersOptions } from './webhook-endpoints.ts';

/** The dependencies of all operations' handlers, and the settings of the server itself. */
export interface AppOptions
  extends
    SessionHandlersOptions,
    VisitHandlersOptions,
    CalendarHandlersOptions,
    InvitationOptions,
    NodeHandlersOptions,
    ReportHandlersOptions,
    WebhookEndpointHandlersOptions,
    MeetingHandlersOptions,
    IncomingWebhookHandlersOptions,
    NotificationHandlersOptions,
    MessagesOptions,
    SmsReportOptions {
  readonly providers: Providers;
  readonly meetingInbox: MeetingInbox;
  readonly jitsi: JitsiRoutesOptions | null;
  /** The secrets that may sign reports of an SMS gateway; empty if none are accepted. */
  readonly gatewaySecrets: readonly string[];
  readonly personalData: PersonalData;
  readonly featureOperations: readonly AnyFeatureOperations[];
  readonly health: Health;
  /** Called for each request; null if nothing is measured. */
  readonly onRequest: RequestObserver | null;
  /** The figures for `GET /metrics`, with the check of their token; null if they are not served here. */
  readonly metrics: { readonly text: MetricsText; readonly check: InternalSecretCheck } | null;
  readonly internalSecret: InternalSecretCheck;
  readonly limits: RateLimits;
  readonly addresses: ClientAddresses;
  /** Whether people reach the server by https. */
  readonly secure: boolean;
  /** The parts of the operator console; null if there is none. */
  readonly console: ConsoleParts | null;
  /** The origins whose pages may embed the join page. */
  readonly embedOrigins: readonly string[];
  /** The origins to which the pages of meeting providers connect. */
  readonly providerOrigins: readonly string[];
  /** The folder of the built web client. */
  readonly clientDir: string;
  /** What browsers need to turn speech into text: the path of each file by its name, null if there is none. */
  readonly speechFiles: ReadonlyMap<string, string | null>;
  /** The path of the public address, such as `/visits`; empty at the root. */
  readonly basePath: string;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly tracer: Tracer;
  /** Remembers the spans in which pages are loaded. */
  readonly recentTraces: RecentTraces;
}

/** What the operator console needs beyond the dependencies of other operations. */
export type ConsoleParts = Pick<
  ConsoleRoutesOptions,
  'logins' | 'loginLinks' | 'useLink' | 'oidc' | 'views' | 'store' | 'recordingsOf' | 'feed'
>;

/** The operations that belong to no feature. */
type CoreOperationId = Exclude<OperationId, keyof Merged<Feature, 'operations'>>;

/** Path prefixes of the backend's API, which require the internal secret. */
const API_ROOTS = [
  '/api/v1',
  '/sessions',
  '/users',
  '/analytics',
  '/webhook-endpoints',
  '/webhook-deliveries',
  '/nodes',
  '/providers',
];

/** Returns whether a proxy is one of TRUST_PROXY: a number of hops, or networks. */
export function trustedProxies(setting: string | number): TrustedProxies {
  return express().set('trust proxy', setting).get('trust proxy fn') as TrustedProxies;
}

/** Creates the Express app with all routes. */
export function createApp(options: AppOptions): Express {
  const { limits, addresses, clientDir, basePath, registry } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  if (options.onRequest) app.use(observeRequests(options.onRequest));
  app.use(
    requestId(options.ids),
    ...(options.tracer.enabled
      ? [traceRequests(options.tracer, options.internalSecret, options.recentTraces)]
      : []),
    ...securityHeaders(options.secure, options.embedOrigins, options.providerOrigins),
    requireUtf8Address,
  );

  const { internal, visits, incoming, smsReports, server, getUserCalendar } = handlersOf(options);
  const ofFeatures = featureGroups(options.featureOperations);
  const limited = [limitAddress(limits, addresses)];
  const signed = (secrets: readonly string[], whenOff: 'meeting_events_off' | 'sms_reports_off') =>
    signedBody(secrets, whenOff, options.clock, limits, addresses);
  app.use(
    operationRoutes(
      [visits, ...limited],
      ...ofFeatures.join_token.map(([handlers, ...before]) => [handlers, ...limited, ...before] as const),
    ),
  );
  const { getHealth, ...documents } = server;
  const withAndWithoutPrefix = (routes: Router) => app.use('/api/v1', routes).use(routes);
  withAndWithoutPrefix(healthRoutes(options.health));
  withAndWithoutPrefix(
    operationRoutes(
      [{ getHealth }],
      [documents, ...limited],
      [{ getUserCalendar }, ...limited],
      ...ofFeatures.signed_link.map(([handlers]) => [handlers, ...limited] as const),
      [incoming, ...limited, ...signed(options.meetingSecrets, 'meeting_events_off')],
      [smsReports, ...limited, ...signed(options.gatewaySecrets, 'sms_reports_off')],
    ),
  );
  if (options.jitsi) withAndWithoutPrefix(jitsiRoutes(options.jitsi, options.clock, ...limited));
  withAndWithoutPrefix(providerWebhookRoutes(options, ...limited));
  app.use(twilioReportRoutes(options, limits, addresses, ...limited));
  if (options.console) {
    const page = htmlPage(join(clientDir, CONSOLE_PAGE), basePath);
    app.use(consoleRoutes({ ...options, ...options.console, page }));
  }
  app.use([CONSOLE_PATH, `/${CONSOLE_PAGE}`], notFound);
  app.use(API_ROOTS, internalOnly(options.internalSecret, limits, addresses));
  withAndWithoutPrefix(operationRoutes([internal], ...ofFeatures.internal));
  if (options.metrics) {
    const { text, check } = options.metrics;
    app.use(metricsRoutes(text, check, (request) => limits.guess(addresses.of(request))));
  }
  app.use(API_ROOTS, notFound);
  app.use(limitStatic(limits, addresses));
  app.use(['/webhooks', '/api'], notFound);
  app.use(docsRoutes(basePath), invitationRoutes(options, ...limited), messagesRoutes(options, ...limited));
  app.use(speechFileRoutes(options.speechFiles));
  const loadsProviderSdk = options.providerOrigins.length > 0;
  app.use(clientRoutes({ clientDir, basePath, nodes: () => registry.nodes(), loadsProviderSdk, limited }));
  app.use(notFound);
  app.use(problems(options.logger));
  return app;
}

/** Creates the handlers of all operations, grouped by the middleware that they need. */
function handlersOf(options: AppOptions) {
  const { getUserCalendar, ...calendar } = calendarHandlers(options);
  const groups = {
    internal: {
      ...sessionHandlers(options),
      ...participantHandlers(options),
      ...reportHandlers(options),
      ...userHandlers(options.personalData),
      ...webhookEndpointHandlers(options),
      ...webhookDeliveryHandlers(options),
      ...nodeHandlers(options),
      ...providerHandlers(options),
      ...notificationHandlers(options),
      ...calendar,
    },
    visits: { ...visitHandlers(options), ...meetingHandlers(options), ...pushHandlers(options) },
    incoming: incomingWebhookHandlers(options),
    smsReports: smsReportHandlers(options),
    server: serverHandlers(options),
    getUserCalendar,
  };
  // Fails to compile if an operation of the contract has no handler.
  ({
    ...groups.internal,
    ...groups.visits,
    ...groups.incoming,
    ...groups.smsReports,
    ...groups.server,
    getUserCalendar,
  }) satisfies OperationHandlers<CoreOperationId>;
  return groups;
}

/** Groups the operations of features by who may call them, each with the middleware of its own. */
function featureGroups(features: readonly AnyFeatureOperations[]) {
  const groups: Record<'internal' | 'join_token' | 'signed_link', GuardedOperations[]> = {
    internal: [],
    join_token: [],
    signed_link: [],
  };
  for (const { handlers, before } of features) {
    for (const id of Object.keys(handlers) as OperationId[]) {
      const { access } = OPERATIONS[id];
      if (!(access in groups)) throw new Error(`${id} has no route.`);
      groups[access as keyof typeof groups].push([{ [id]: handlers[id] }, ...(before?.[id] ?? [])]);
    }
  }
  return groups;
}

/** Handles `/users/{userId}/data`: export and erasure of personal data. */
function userHandlers(personalData: PersonalData): OperationHandlers<'exportUser' | 'eraseUser'> {
  return {
    exportUser: async ({ params, by }) => ({
      status: 200,
      body: await personalData.export(params.userId, by),
    }),
    eraseUser: async ({ params, by }) => ({
      status: 200,
      body: await personalData.erase(params.userId, by),
    }),
  };
}

function serverHandlers({
  basePath,
  embedOrigins,
}: AppOptions): OperationHandlers<'getHealth' | 'getOpenApi' | 'getEmbedding'> {
  const type = 'application/json; charset=utf-8';
  return {
    getHealth: () => Promise.resolve({ status: 200, body: { status: 'ok' } }),
    getOpenApi: () => Promise.resolve({ status: 200, content: apiDocumentJson(basePath), type }),
    getEmbedding: () => Promise.resolve({ status: 200, body: { origins: [...embedOrigins] } }),
  };
}
