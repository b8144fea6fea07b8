import {
  CONSOLE_API_PATH,
  CONSOLE_PATH,
  LOGIN_ERROR_PARAMETER,
  LOGIN_PATH,
} from '@televisit/shared/console.vocabulary';
import { TelevisitError } from '@televisit/shared/errors';
import { Router, type RequestHandler, type Response } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { LinkSignatures } from '../../access/link-signature.ts';
import type { OidcLogin } from '../../console/oidc-login.ts';
import type { Clock } from '../../core/clock.ts';
import { resource } from '../operation.ts';
import {
  cookieOf,
  loginCookie,
  oidcCookie,
  setCookie,
  setLogin,
  type ConsoleAuthOptions,
} from './console-auth.ts';

export interface OidcRoutesOptions extends ConsoleAuthOptions {
  readonly oidc: OidcLogin | null;
  readonly signatures: LinkSignatures;
  /** The path of the public address; empty at the root. */
  readonly basePath: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a login may take at the identity provider, in milliseconds. */
const LOGIN_MS = 10 * 60_000;
const START = `${CONSOLE_API_PATH}/login/oidc`;
const CALLBACK = `${START}/callback`;
/** A page of the console to return to, without anything that leads to another host. */
const RETURN_TO = /^\/console(?:\/[\w~-][\w.~-]*)*\/?(?:\?[\w.~%&=-]*)?$/;

/** What the browser keeps while its user is at the identity provider. */
const underWay = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string().regex(RETURN_TO),
  expiresAt: z.number(),
});

/** Creates the routes of the login with an identity provider. They redirect the browser, also if a login fails. */
export function oidcRoutes(options: OidcRoutesOptions): Router {
  const router = Router({ caseSensitive: true });
  const limitedBy =
    (limit: 'login' | 'address'): RequestHandler =>
    async (request, _response, next) => {
      await options.limits[limit](options.addresses.of(request));
      next();
    };
  resource(router, START, { get: [limitedBy('login'), redirecting(options, begin)] });
  resource(router, CALLBACK, { get: [limitedBy('address'), redirecting(options, finish)] });
  return router;
}

type Step = (
  options: OidcRoutesOptions & { readonly oidc: OidcLogin },
  request: Parameters<RequestHandler>[0],
  response: Response,
) => Promise<string>;

/** Redirects to the address that `step` returns, or to the login page with the code of its error. */
function redirecting(options: OidcRoutesOptions, step: Step): RequestHandler {
  return async (request, response) => {
    const { oidc, basePath, logger } = options;
    if (!oidc) throw new TelevisitError('console_oidc_off');
    let address;
    try {
      address = await step({ ...options, oidc }, request, response);
    } catch (error) {
      if (!(error instanceof TelevisitError)) throw error;
      const { name, message } = (error.cause ?? error) as Error;
      logger.warn({ code: error.code, cause: `${name}: ${message}` }, 'failed to log in an operator');
      address = `${basePath}${LOGIN_PATH}?${LOGIN_ERROR_PARAMETER}=${error.code}`;
    }
    response.setHeader('Cache-Control', 'no-store');
    response.redirect(303, address);
  };
}

const begin: Step = async ({ oidc, secure, signatures, clientBaseUrl, clock }, request, response) => {
  const { url, transaction } = await oidc.begin(clientBaseUrl() + CALLBACK);
  const { returnTo } = request.query;
  const isOwnPage = typeof returnTo === 'string' && RETURN_TO.test(returnTo);
  const kept = {
    ...transaction,
    returnTo: isOwnPage ? returnTo : CONSOLE_PATH,
    expiresAt: clock.now() + LOGIN_MS,
  };
  const text = Buffer.from(JSON.stringify(kept)).toString('base64url');
  const value = `${text}.${signatures.sign('console-oidc', text)}`;
  // The redirect of the provider is one of another site.
  response.append('Set-Cookie', setCookie(oidcCookie(secure), value, LOGIN_MS / 1000, 'Lax'));
  return url;
};

const finish: Step = async (options, request, response) => {
  const { oidc, secure, signatures, clientBaseUrl, basePath, logins, clock, logger } = options;
  const [text = '', signature] = (cookieOf(request, oidcCookie(secure)) ?? '').split('.');
  response.append('Set-Cookie', setCookie(oidcCookie(secure), '', 0, 'Lax'));
  if (!signatures.verify(signature, 'console-oidc', text)) throw new TelevisitError('console_oidc_failed');
  const kept = underWay.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  if (kept.expiresAt <= clock.now()) throw new TelevisitError('console_oidc_failed');
  const returned = new URL(clientBaseUrl() + CALLBACK);
  returned.search = new URL(request.originalUrl, 'http://localhost').search;
  const operator = await oidc.finish(returned, kept);
  const { id, login } = await logins.open(operator, cookieOf(request, loginCookie(secure)));
  logger.info({ operator: login.subject, role: login.role }, 'operator logged in');
  response.append('Set-Cookie', setLogin(secure, id));
  return basePath + kept.returnTo;
};
