import {
  BACKGROUND_HEADER,
  CSRF_HEADER,
  CSRF_LOGIN,
  includesRole,
} from '@televisit/shared/console.vocabulary';
import type { ConsoleOperation } from '@televisit/shared/console-operations';
import { TelevisitError } from '@televisit/shared/errors';
import type { Request, RequestHandler, Response } from 'express';
import type { ClientAddresses } from '../../access/client-address.ts';
import type { RateLimits } from '../../access/rate-limits.ts';
import { csrfTokenOf, isSame, LOGIN_MS, type ConsoleLogins } from '../../console/console-logins.ts';
import type { ConsoleLogin } from '../../domain/console-login-store.ts';
import type { Actor } from '../../domain/events.ts';

export interface ConsoleAuthOptions {
  readonly logins: ConsoleLogins;
  readonly limits: RateLimits;
  readonly addresses: ClientAddresses;
  /** The configured address of the page. */
  readonly clientBaseUrl: () => string;
  /** Whether operators reach the server by https. */
  readonly secure: boolean;
}

/** Set by `requireRole` for the handlers that follow. */
export interface ConsoleCaller {
  readonly login: ConsoleLogin;
  /** The id in the cookie. */
  readonly id: string;
  readonly by: Actor;
}

type Guarded = Pick<ConsoleOperation, 'role' | 'method'>;

/**
 * Accepts only operators with a role, and requests other than GET only from the page of the console.
 * @throws {TelevisitError} `console_login`, `console_role`, `console_csrf`, `too_many_requests`
 */
export function guard(options: ConsoleAuthOptions, { role, method }: Guarded): RequestHandler[] {
  const { limits, addresses } = options;
  const limited: RequestHandler = async (request, _response, next) => {
    await limits.address(addresses.of(request));
    next();
  };
  const isWrite = method !== 'get';
  if (role !== null) return [limited, requireRole(options, role), ...(isWrite ? [requirePage(options)] : [])];
  const limitedLogin: RequestHandler = async (request, _response, next) => {
    await limits.login(addresses.of(request));
    next();
  };
  return isWrite ? [limited, limitedLogin, requirePage(options)] : [limited];
}

/** @throws {TelevisitError} `console_login`, `console_role`, `too_many_requests` */
function requireRole(
  { logins, limits, secure }: ConsoleAuthOptions,
  role: NonNullable<ConsoleOperation['role']>,
): RequestHandler {
  return async (request, response: Response<unknown, Partial<ConsoleCaller>>, next) => {
    const id = cookieOf(request, loginCookie(secure));
    const isActivity = request.get(BACKGROUND_HEADER) === undefined && request.get('accept') !== EVENT_STREAM;
    const login = await logins.use(id, isActivity);
    if (!login || id === undefined) throw new TelevisitError('console_login');
    await limits.operator(login.loginId);
    if (!includesRole(login.role, role)) throw new TelevisitError('console_role');
    Object.assign(response.locals, { login, id, by: { type: 'operator', subject: login.subject } });
    next();
  };
}

/** The media type of server-sent events, which browsers ask for with EventSource. */
export const EVENT_STREAM = 'text/event-stream';

/** @throws {TelevisitError} `console_csrf` */
function requirePage({ clientBaseUrl }: ConsoleAuthOptions): RequestHandler {
  return (request, response: Response<unknown, Partial<ConsoleCaller>>, next) => {
    const { id } = response.locals;
    const expected = id === undefined ? CSRF_LOGIN : csrfTokenOf(id);
    if (!isSame(request.get(CSRF_HEADER) ?? '', expected) || !isOwnOrigin(request, clientBaseUrl())) {
      throw new TelevisitError('console_csrf');
    }
    next();
  };
}

/** Returns whether a request comes from a page of this server. Browsers send the origin with every request that is no GET. */
function isOwnOrigin(request: Request, clientBaseUrl: string): boolean {
  const origin = request.get('origin');
  if (origin === undefined) return false;
  if (origin === new URL(clientBaseUrl).origin) return true;
  return URL.canParse(origin) && new URL(origin).host === request.get('host');
}

/** A cookie that only this server may set, if it is reached by https (RFC 6265bis, 4.1.3.2). */
interface CookieName {
  readonly name: string;
  readonly secure: boolean;
}

export function loginCookie(secure: boolean): CookieName {
  return { name: `${secure ? '__Host-' : ''}televisit-console`, secure };
}

/** The cookie of a login that is under way at the identity provider. */
export function oidcCookie(secure: boolean): CookieName {
  return { name: `${secure ? '__Host-' : ''}televisit-console-oidc`, secure };
}

/** Returns the value of a cookie; undefined if the request has none. */
export function cookieOf(request: Request, { name }: CookieName): string | undefined {
  for (const pair of (request.get('cookie') ?? '').split(';')) {
    const [key, value] = pair.trim().split('=', 2);
    if (key === name && value) return value;
  }
  return undefined;
}

/**
 * Returns the header that sets a cookie.
 * @param sameSite `Lax` for a cookie that comes back with the redirect of another site
 */
export function setCookie(
  { name, secure }: CookieName,
  value: string,
  seconds: number,
  sameSite: 'Strict' | 'Lax' = 'Strict',
): string {
  return `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=${sameSite}${secure ? '; Secure' : ''}`;
}

/** Returns the header that gives the browser the id of its login. */
export function setLogin(secure: boolean, id: string): string {
  return setCookie(loginCookie(secure), id, LOGIN_MS / 1000);
}

/** Returns the header that deletes it. */
export function clearLogin(secure: boolean): string {
  return setCookie(loginCookie(secure), '', 0);
}
