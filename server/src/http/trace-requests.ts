import { OPERATIONS } from '@televisit/shared/operations';
import type { RequestHandler, Response } from 'express';
import { TRACEPARENT_HEADER, withTraceparent } from '../core/request-context.ts';
import type { RecentTraces } from '../core/recent-traces.ts';
import type { Tracer } from '../core/tracer.ts';
import type { InternalSecretCheck } from './auth.ts';
import type { OperationLocals } from './operation.ts';

/** Operations that probes ask for all the time. */
const UNTRACED: ReadonlySet<string> = new Set(['getHealth']);
/** The operation by which a page loads its visit, before it connects. */
const LOADS = 'getVisit';
/** The id of a session in a path; nothing else of an address is recorded. */
const SESSION_ID = /\/(sess_\w{1,64})(?=\/|$)/;

/**
 * Records every request for an operation of the API. Backends may continue a trace of their own; browsers may not, because
 * they could have everything recorded.
 */
export function traceRequests(
  tracer: Tracer,
  check: InternalSecretCheck,
  recentTraces: RecentTraces,
): RequestHandler {
  return (request, response: Response<unknown, OperationLocals>, next) => {
    const isBackend = check(request.get('x-internal-secret')) !== null;
    const parent = isBackend ? (request.get(TRACEPARENT_HEADER) ?? null) : null;
    const span = tracer.start('HTTP', { kind: 'server', parent });
    const path = request.path;
    response.once('close', () => {
      const { operation } = response.locals;
      // Files and probes are no steps of a visit: their spans are not ended, and not recorded.
      if (operation === undefined || UNTRACED.has(operation)) return;
      span.rename(`HTTP ${operation}`);
      span.set({
        'http.request.method': request.method,
        'http.route': OPERATIONS[operation].path,
        'http.response.status_code': response.statusCode,
        'televisit.session.id': SESSION_ID.exec(path)?.[1],
      });
      if (!response.writableFinished) span.fail('aborted');
      else if (response.statusCode >= 500) span.fail(String(response.statusCode));
      span.end();
      const [, token] = /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '') ?? [];
      const isLoaded = operation === LOADS && response.statusCode === 200;
      if (isLoaded && token !== undefined && span.traceparent !== undefined) {
        recentTraces.remember(token, span.traceparent);
      }
    });
    withTraceparent(span.traceparent, next);
  };
}
