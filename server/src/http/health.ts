import { Router, type RequestHandler } from 'express';
import type { Health, HealthReport } from '../health/health.ts';
import { resource } from './operation.ts';

/** The probes of orchestrators and load balancers: 200, or 503 if the report says `failed`. They need no secret. */
export function healthRoutes(health: Pick<Health, 'liveness' | 'readiness' | 'startup'>): Router {
  const router = Router({ caseSensitive: true });
  const probe = (path: string, read: () => HealthReport) => resource(router, path, { get: [answer(read)] });
  probe('/livez', () => health.liveness());
  probe('/readyz', () => health.readiness());
  probe('/startupz', () => health.startup());
  return router;
}

function answer(read: () => HealthReport): RequestHandler {
  return (_request, response) => {
    const { status, checks } = read();
    response.setHeader('Cache-Control', 'no-store');
    response.status(status === 'failed' ? 503 : 200).json({
      status,
      checks: Object.fromEntries(
        checks.map(({ name, state, detail }) => [name, { state, ...(detail === null ? {} : { detail }) }]),
      ),
    });
  };
}
