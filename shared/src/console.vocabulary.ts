/**
 * The names of the operator console that its page needs at run time, without zod. The schemas are in `console.ts`.
 */

/** The path of the console's page, below the path of the public address. Its API is at `/console/api`. */
export const CONSOLE_PATH = '/console';
export const CONSOLE_API_PATH = `${CONSOLE_PATH}/api`;

/** What an operator may do; each role includes the ones before it. No operation needs `admin` so far. */
export const CONSOLE_ROLES = ['viewer', 'operator', 'admin'] as const;
export type ConsoleRole = (typeof CONSOLE_ROLES)[number];

/** Returns whether an operator with the role `has` may do what needs the role `needed`. */
export function includesRole(has: ConsoleRole, needed: ConsoleRole): boolean {
  return CONSOLE_ROLES.indexOf(has) >= CONSOLE_ROLES.indexOf(needed);
}

/**
 * The header that every request other than GET carries. Its value is the `csrfToken` of `GET /session`; for a login, which has
 * no session yet, it is `login`. Pages of other origins cannot set it.
 */
export const CSRF_HEADER = 'X-Console-Token';
export const CSRF_LOGIN = 'login';

/**
 * Marks a request that the page makes by itself, because the event stream reported a change: it does not count as activity of the
 * operator, whose login would never become idle on a busy server. Its value is `1`.
 */
export const BACKGROUND_HEADER = 'X-Console-Background';

/** The file of the client's build that is served at `/console` and all addresses below it but `/console/api`. */
export const CONSOLE_PAGE = 'console.html';

/** The path of the page to which a one-time link leads, with the code in its fragment: `/console/login#<code>`. */
export const LOGIN_PATH = `${CONSOLE_PATH}/login`;
/** The parameter of `/console/login` with an error code if a login with the identity provider failed. */
export const LOGIN_ERROR_PARAMETER = 'error';

/** The ways to log in: with the identity provider (OpenID Connect), or with a one-time link of `npm run console:link`. */
export const LOGIN_METHODS = ['oidc', 'link'] as const;
export type LoginMethod = (typeof LOGIN_METHODS)[number];

/** The error codes that the page of the console has words for; others are unexpected. */
export const CONSOLE_ERROR_CODES = [
  'console_login',
  'console_link',
  'console_csrf',
  'console_role',
  'console_no_role',
  'console_oidc_off',
  'console_oidc_failed',
  'console_oidc_away',
  'console_streams',
] as const;
export type ConsoleErrorCode = (typeof CONSOLE_ERROR_CODES)[number];

/** Where a person who wanted to join was refused: at the page's first request, its signaling connection, or its message "join". */
export const JOIN_FAILURE_STAGES = ['page', 'connection', 'join'] as const;
export type JoinFailureStage = (typeof JOIN_FAILURE_STAGES)[number];

/** What the event stream reports: the `event` field of server-sent events. */
export const CONSOLE_EVENT_TYPES = ['hello', 'nodes', 'sessions', 'session', 'failures', 'bye'] as const;
export type ConsoleEventType = (typeof CONSOLE_EVENT_TYPES)[number];

/** How long a point of a quality series covers, in seconds, and the most points of a person that are kept. */
export const QUALITY_SECONDS = 30;
export const MAX_QUALITY_POINTS = 480;
