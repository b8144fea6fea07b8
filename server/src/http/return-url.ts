import type { Session } from '../domain/session.ts';
import { refuseField } from './problem.ts';

/** The addresses that the join page may send people to after a visit. */
export interface ReturnRules {
  /** The default; null for none. */
  readonly url: string | null;
  /** Allowed hosts of a session's own address, with the port unless it is the default one. */
  readonly hosts: readonly string[];
}

/** Returns where the join page sends people after a visit. Ignores the session's address if its host is no longer allowed. */
export function returnUrlOf({ returnUrl }: Session, rules: ReturnRules): string | null {
  return returnUrl !== null && isAllowed(returnUrl, rules) ? returnUrl : rules.url;
}

/**
 * Rejects hosts that the operator has not allowed, so that the join page is no open redirect.
 * @throws {TelevisitError} `validation_failed`
 */
export function requireReturnUrl(url: string | null | undefined, rules: ReturnRules): void {
  if (url == null || isAllowed(url, rules)) return;
  refuseField(
    'returnUrl',
    'must be on the host of RETURN_URL or on one of RETURN_ALLOW_HOSTS, which the server’s operator sets',
  );
}

function isAllowed(url: string, { url: defaultUrl, hosts }: ReturnRules): boolean {
  const { host } = new URL(url);
  return hosts.includes(host) || (defaultUrl !== null && new URL(defaultUrl).host === host);
}
