import { CONSOLE_PATH, LOGIN_ERROR_PARAMETER, LOGIN_PATH } from '@televisit/shared/console.vocabulary';

/** What the address of the page says when it is opened. */
export interface ConsoleAddress {
  /** The public address of the server, without a slash at the end. */
  readonly baseUrl: string;
  /** The code of a one-time link. */
  readonly code: string | null;
  /** Why a login with the identity provider failed: an error code. */
  readonly error: string | null;
  /** The address of the page without either, and without a view. */
  readonly cleanPath: string;
}

/** Reads the address of the console, or of a login: `…/console/login#<code>` or `…/console/login?error=<code>`. */
export function parseAddress(address: string): ConsoleAddress {
  const url = new URL(address);
  const isLogin = url.pathname.endsWith(LOGIN_PATH);
  const end = url.pathname.lastIndexOf(CONSOLE_PATH);
  const basePath = end === -1 ? '' : url.pathname.slice(0, end);
  const code = isLogin ? url.hash.slice(1) : '';
  return {
    baseUrl: url.origin + basePath,
    code: code === '' ? null : code,
    error: isLogin ? url.searchParams.get(LOGIN_ERROR_PARAMETER) : null,
    cleanPath: basePath + CONSOLE_PATH,
  };
}
