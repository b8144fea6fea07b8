import express, { Router, type Express } from 'express';
import type { Logger } from 'pino';
import type { Ids } from '../domain/ids.ts';
import { internalOnly } from './internal-only.ts';
import { pageRoutes } from './page.ts';
import { notFound, problems, requestId } from './problem.ts';
import { resource } from './resource.ts';
import { securityHeaders } from './security-headers.ts';
import { sessionRoutes, type SessionRoutesOptions } from './sessions.ts';
import { visitRoutes, type VisitRoutesOptions } from './visits.ts';

export interface AppOptions extends SessionRoutesOptions, VisitRoutesOptions {
  readonly isInternal: (secret: string | undefined) => boolean;
  /** Whether people reach the server by https. */
  readonly secure: boolean;
  /** The folder of the built web client. */
  readonly clientDir: string;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** Everything that is answered over HTTP. */
export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(requestId(options.ids), ...securityHeaders(options.secure));
  resource(app, '/healthz', { get: [(_request, response) => void response.json({ status: 'ok' })] });
  app.use('/api/v1/visits', visitRoutes(options));
  app.use(['/api/v1', '/sessions'], internalOnly(options.isInternal));
  const sessions = sessionRoutes(options);
  app.use(['/api/v1/sessions', '/sessions'], sessions);
  app.use('/api', Router().use(notFound));
  app.use(pageRoutes(options.clientDir));
  app.use(notFound);
  app.use(problems(options.logger));
  return app;
}
