import { createServer, type Server } from 'node:http';
import { TelevisitError } from '@televisit/shared/errors';
import express, { Router, type Request, type RequestHandler, type Response } from 'express';
import type { Logger } from 'pino';
import type { Ids } from '../domain/ids.ts';
import type { InternalSecretCheck } from './auth.ts';
import { resource, type OperationLocals } from './operation.ts';
import { notFound, problems, requestId } from './problem.ts';

/** The figures of this process in a text format. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/** Called once for each request. @param operation an operationId, or `other` */
export type RequestObserver = (operation: string, status: number, seconds: number) => void;

/** Measures all requests that follow. */
export function observeRequests(observe: RequestObserver): RequestHandler {
  return (_request, response: Response<unknown, OperationLocals>, next) => {
    const from = performance.now();
    response.once('finish', () => {
      const { operation = 'other' } = response.locals;
      observe(operation, response.statusCode, (performance.now() - from) / 1000);
    });
    next();
  };
}

/**
 * Serves `GET /metrics` to clients with the token as bearer token (RFC 6750).
 * @param check null if the port alone protects it
 * @param guess counts a wrong token
 */
export function metricsRoutes(
  metrics: MetricsText,
  check: InternalSecretCheck | null,
  guess: (request: Request) => Promise<void> = () => Promise.resolve(),
): Router {
  const router = Router({ caseSensitive: true });
  const answer: RequestHandler = async (request, response) => {
    const token = /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '')?.[1];
    if (check?.(token) === null) {
      await guess(request);
      throw new TelevisitError('metrics_token');
    }
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Content-Type', metrics.contentType);
    response.end(await metrics.text());
  };
  resource(router, '/metrics', { get: [answer] });
  return router;
}

export interface MetricsServerOptions {
  readonly metrics: MetricsText;
  /** Null if the port alone protects it. */
  readonly check: InternalSecretCheck | null;
  readonly port: number;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** Serves `GET /metrics` on a port of its own. @throws if the port is not available */
export async function serveMetrics({
  metrics,
  check,
  port,
  ids,
  logger,
}: MetricsServerOptions): Promise<{ close(): Promise<void> }> {
  const app = express().disable('x-powered-by').disable('etag');
  app.use(requestId(ids), metricsRoutes(metrics, check), notFound, problems(logger));
  const server: Server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, resolve);
  });
  return {
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
