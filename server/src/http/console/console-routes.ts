import { CONSOLE_OPERATIONS, type ConsoleOperation } from '@televisit/shared/console-operations';
import { CONSOLE_API_PATH, CONSOLE_PATH } from '@televisit/shared/console.vocabulary';
import { Router, type RequestHandler } from 'express';
import type { ConsoleFeed } from '../../console/console-feed.ts';
import { bodyOf, resource, respond, type AnyHandler } from '../operation.ts';
import { notFound } from '../problem.ts';
import { requireTrustedTypes } from '../security-headers.ts';
import { guard, type ConsoleAuthOptions } from './console-auth.ts';
import { eventRoutes } from './console-events.ts';
import type { ConsoleHandlersOptions } from './console-call.ts';
import { consoleHandlers } from './console-handlers.ts';
import { oidcRoutes, type OidcRoutesOptions } from './console-oidc.ts';

export interface ConsoleRoutesOptions extends ConsoleAuthOptions, ConsoleHandlersOptions, OidcRoutesOptions {
  readonly feed: ConsoleFeed;
  /** Serves the page. */
  readonly page: RequestHandler;
}

/** What the page of the console may load and connect to. No other page may embed it. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Creates the routes of the operator console: its API, and its page at all other addresses below. */
export function consoleRoutes(options: ConsoleRoutesOptions): Router {
  const router = Router({ caseSensitive: true });
  router.use(CONSOLE_PATH, strictHeaders);
  router.use(apiRoutes(options), oidcRoutes(options), eventRoutes(options));
  router.use(CONSOLE_API_PATH, notFound);
  router.get([CONSOLE_PATH, `${CONSOLE_PATH}/*rest`], requireTrustedTypes, options.page);
  router.use(CONSOLE_PATH, notFound);
  return router;
}

/** Creates the routes of the operations in the contract. */
function apiRoutes(options: ConsoleRoutesOptions): Router {
  const router = Router({ caseSensitive: true });
  const handlers = consoleHandlers(options) as unknown as Readonly<Record<string, AnyHandler>>;
  const byPath = new Map<string, Partial<Record<ConsoleOperation['method'], RequestHandler[]>>>();
  for (const [id, contract] of Object.entries<ConsoleOperation>(CONSOLE_OPERATIONS)) {
    const path = `${CONSOLE_API_PATH}${contract.path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
    const methods = byPath.get(path) ?? {};
    byPath.set(path, methods);
    methods[contract.method] = [
      ...guard(options, contract),
      ...bodyOf(contract),
      respond(contract, handlers[id] as AnyHandler, ({ locals }) => locals),
    ];
  }
  for (const [path, methods] of byPath) resource(router, path, methods);
  return router;
}

const strictHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader('Content-Security-Policy', PAGE_POLICY);
  response.setHeader('X-Frame-Options', 'DENY');
  response.setHeader('Cache-Control', 'no-store');
  next();
};
