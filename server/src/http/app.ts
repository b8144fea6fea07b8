import express, { Router, type Express } from 'express';
import type { Logger } from 'pino';
import type { RateLimits } from '../access/rate-limits.ts';
import type { Ids } from '../domain/ids.ts';
import type { PersonalData } from '../domain/personal-data.ts';
import { announcementHandlers, type AnnouncementHandlersOptions } from './announcements.ts';
import { chatHandlers, type ChatHandlersOptions } from './chat.ts';
import { calendarHandlers, type CalendarHandlersOptions } from './calendar.ts';
import { docsRoutes } from './docs-page.ts';
import { internalOnly, limitAddress, type InternalSecretCheck } from './callers.ts';
import {
  incomingWebhookHandlers,
  signedBody,
  type IncomingWebhookHandlersOptions,
} from './incoming-webhooks.ts';
import { getHealth, getOpenApi } from './openapi.ts';
import { invitationRoutes, type InvitationOptions } from './invitation.ts';
import { limitFiles } from './join-token.ts';
import { operationRoutes, type OperationHandlers } from './operation.ts';
import { pageRoutes } from './page.ts';
import { nodeHandlers, type NodeHandlersOptions } from './nodes.ts';
import { peopleHandlers } from './people.ts';
import { notFound, problems, requestId } from './problem.ts';
import { reportHandlers, type ReportHandlersOptions } from './reports.ts';
import { securityHeaders } from './security-headers.ts';
import { sessionHandlers, type SessionHandlersOptions } from './sessions.ts';
import { limitUploads } from './upload-limits.ts';
import { userHandlers } from './users.ts';
import { visitFileHandlers } from './visit-files.ts';
import { visitHandlers, type VisitHandlersOptions } from './visits.ts';
import { webhookDeliveryHandlers } from './webhook-deliveries.ts';
import { webhookEndpointHandlers, type WebhookEndpointHandlersOptions } from './webhook-endpoints.ts';

export interface AppOptions
  extends
    SessionHandlersOptions,
    AnnouncementHandlersOptions,
    VisitHandlersOptions,
    CalendarHandlersOptions,
    ChatHandlersOptions,
    InvitationOptions,
    NodeHandlersOptions,
    ReportHandlersOptions,
    WebhookEndpointHandlersOptions,
    IncomingWebhookHandlersOptions {
  readonly personalData: PersonalData;
  readonly internalSecret: InternalSecretCheck;
  readonly limits: RateLimits;
  /** Which proxies in front of us are believed about a caller's address (Express, "trust proxy"). */
  readonly trustProxy: string | number;
  /** Whether people reach the server by https. */
  readonly secure: boolean;
  /** The folder of the built web client. */
  readonly clientDir: string;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** Where the API of the backend lives; what begins so needs the internal secret. */
const API_ROOTS = [
  '/api/v1',
  '/sessions',
  '/users',
  '/analytics',
  '/webhook-endpoints',
  '/webhook-deliveries',
  '/nodes',
];

/** Everything that is answered over HTTP. */
export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', options.trustProxy);
  app.use(requestId(options.ids), ...securityHeaders(options.secure));

  const { getUserCalendar, ...calendar } = calendarHandlers(options);
  const internal = {
    ...sessionHandlers(options),
    ...peopleHandlers(options),
    ...announcementHandlers(options),
    ...reportHandlers(options),
    ...chatHandlers(options),
    ...userHandlers(options.personalData),
    ...webhookEndpointHandlers(options),
    ...webhookDeliveryHandlers(options),
    ...nodeHandlers(options),
    ...calendar,
  };
  const visits = visitHandlers(options);
  const files = visitFileHandlers(options);
  const incoming = incomingWebhookHandlers(options);
  // An operation of the contract that nobody answers does not compile.
  ({
    ...internal,
    ...visits,
    ...files,
    ...incoming,
    getUserCalendar,
    getHealth,
    getOpenApi,
  }) satisfies OperationHandlers;
  const everywhere = (routes: Router) => app.use('/api/v1', routes).use(routes);
  const limited = [limitAddress(options.limits)];
  // Whoever is not in the visit, or sends too many, is refused before a large body is read.
  const { uploadVisitFile, getVisitFile } = files;
  const filesOfPeople = [...limited, limitFiles(options.tokens, options.limits)];
  const uploads = [...filesOfPeople, limitUploads(options.tokens, options.chats)];
  app.use(
    operationRoutes(
      [{ getHealth }],
      [visits, ...limited],
      [{ getVisitFile }, ...filesOfPeople],
      [{ uploadVisitFile }, ...uploads],
    ),
  );
  everywhere(
    operationRoutes(
      [{ getOpenApi }],
      [{ getUserCalendar }, ...limited],
      [incoming, ...limited, ...signedBody(options, options.limits)],
    ),
  );
  app.use(API_ROOTS, internalOnly(options.internalSecret, options.limits));
  everywhere(operationRoutes([internal]));
  app.use([...API_ROOTS, '/webhooks', '/api'], Router().use(notFound));
  app.use(docsRoutes(options.clientBaseUrl));
  app.use(invitationRoutes(options, ...limited), pageRoutes(options.clientDir));
  app.use(notFound);
  app.use(problems(options.logger));
  return app;
}
