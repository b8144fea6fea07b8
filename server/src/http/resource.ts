import { TelevisitError } from '@televisit/shared/errors';
import type { RequestHandler, Router } from 'express';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** One address with its methods; any other method is answered 405 with `Allow` (RFC 9110, 15.5.6). */
export function resource(
  router: Router,
  path: string,
  methods: Partial<Record<Method, RequestHandler[]>>,
): void {
  const route = router.route(path);
  for (const [method, handlers] of Object.entries(methods)) route[method as Method](...handlers);
  const names = Object.keys(methods).map((method) => method.toUpperCase());
  const allow = [...names, ...(names.includes('GET') ? ['HEAD'] : [])].join(', ');
  route.all((_request, response) => {
    response.setHeader('Allow', allow);
    throw new TelevisitError('method_not_allowed');
  });
}
