import { TelevisitError } from '@televisit/shared/errors';
import type { Session } from '../domain/session.ts';

/** Where pages may lead after a visit. */
export interface ReturnRules {
  /** Where they lead by default; null for nowhere. */
  readonly url: string | null;
  /** Hosts, with the port where it is not the usual one, that a session's own address may have. */
  readonly hosts: readonly string[];
}

/** Where a session's page leads after the visit. An address of a host that is no longer allowed counts as none. */
export function returnAddress({ returnUrl }: Session, rules: ReturnRules): string | null {
  return returnUrl !== null && isAllowed(returnUrl, rules) ? returnUrl : rules.url;
}

/** Nobody may use our page to send people to a place that its operator does not know. @throws TelevisitError `validation_failed` */
export function requireReturnAddress(url: string | null | undefined, rules: ReturnRules): void {
  if (url == null || isAllowed(url, rules)) return;
  const message =
    'must be on the host of RETURN_URL or on one of RETURN_ALLOW_HOSTS, which the server’s operator sets';
  throw new TelevisitError('validation_failed', {
    detail: `returnUrl: ${message}`,
    issues: [{ path: 'returnUrl', message }],
  });
}

function isAllowed(url: string, { url: usual, hosts }: ReturnRules): boolean {
  const { host } = new URL(url);
  return hosts.includes(host) || (usual !== null && new URL(usual).host === host);
}
