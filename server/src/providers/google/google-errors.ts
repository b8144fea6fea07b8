import { z } from 'zod';
import { ProviderError, type ProviderErrorKind } from '../provider-error.ts';

/** What the operator can do about an error, by the code that Google gives it. */
const REMEDIES: Readonly<Record<string, string>> = {
  invalid_grant:
    'Create a new refresh token, with the consent screen published (tokens of an app in testing end after seven days); for a ' +
    'service account, check GOOGLE_SUBJECT, that its key still exists, and the clock of the server.',
  unauthorized_client:
    'In the Google Admin console, Security, API controls, Domain-wide delegation, allow the client id of the service account ' +
    'the scopes that docs/providers/GOOGLE_MEET.md lists.',
  invalid_client: 'Check GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.',
  invalid_scope: 'Update the server: Google does not know a scope that it asks for.',
  unauthorized: 'Check that the account is active, and create its credentials again.',
  accessNotConfigured: 'Enable the API in the Google Cloud project of the credentials.',
  insufficientPermissions:
    'Grant the credentials the scopes that docs/providers/GOOGLE_MEET.md lists; a refresh token has to be created again.',
  forbiddenForServiceAccounts:
    'Set up domain-wide delegation for the service account, and set GOOGLE_SUBJECT.',
  invalidConferenceType:
    'Set GOOGLE_SUBJECT to a user of the Workspace who may create Meet links; a service account itself cannot.',
  requiredAccessLevel: 'Share the calendar with the account, with the right to make changes to events.',
};

/** Returns what the operator can do about an error; undefined if nothing is known. */
export function remedyOf(code: string | null): string | undefined {
  return code === null ? undefined : REMEDIES[code];
}

/** The names of the same problem in Google's newer APIs. */
const SAME: Readonly<Record<string, string>> = {
  SERVICE_DISABLED: 'accessNotConfigured',
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: 'insufficientPermissions',
  RESOURCE_EXHAUSTED: 'rateLimitExceeded',
  RATE_LIMIT_EXCEEDED: 'rateLimitExceeded',
};
const RATE_LIMITS = ['rateLimitExceeded', 'userRateLimitExceeded'];
const LONG_LIMITS = ['quotaExceeded', 'dailyLimitExceeded', 'calendarUsageLimitsExceeded'];
const MISCONFIGURED = [
  'accessNotConfigured',
  'insufficientPermissions',
  'forbiddenForServiceAccounts',
  'requiredAccessLevel',
  'invalidConferenceType',
];

/** Google's answer to a failed request. Calendar has the reason in `errors`, newer APIs in `status` and `details`. */
const errorBody = z.object({
  error: z.object({
    message: z.string().default(''),
    status: z.string().optional(),
    errors: z.array(z.object({ reason: z.string().optional() })).default([]),
    details: z.array(z.object({ reason: z.string().optional() })).default([]),
  }),
});

/** Returns the reason of a failed request in the terms of the Calendar API, or the status of a newer API. */
export function reasonOf(body: unknown): string | null {
  const parsed = errorBody.safeParse(body);
  if (!parsed.success) return null;
  const { message, status, errors, details } = parsed.data.error;
  if (/invalid conference type/i.test(message)) return 'invalidConferenceType';
  const reason = [...details, ...errors].find((one) => one.reason !== undefined)?.reason ?? status ?? null;
  return reason === null ? null : (SAME[reason] ?? reason);
}

/** Whether a request failed because of a limit per minute, after which the Calendar API asks for a retry with back-off. */
export function isRateLimit(status: number, body: unknown): boolean {
  return status === 403 && RATE_LIMITS.includes(reasonOf(body) ?? '');
}

/** Returns the error of an answer with a status of failure. */
export function failureOf(status: number, body: unknown): ProviderError {
  const code = status === 401 ? 'unauthorized' : (reasonOf(body) ?? String(status));
  const remedy = remedyOf(code);
  const what = `Google answered with ${status} (${code})`;
  return new ProviderError(kindOf(status, code, body), remedy ? `${what}: ${remedy}` : what, { code });
}

function kindOf(status: number, code: string, body: unknown): ProviderErrorKind {
  if (status === 404 || status === 410) return 'missing';
  if (status === 401 || MISCONFIGURED.includes(code)) return 'misconfigured';
  if (RATE_LIMITS.includes(code) || LONG_LIMITS.includes(code)) return 'limited';
  // The Meet API does not tell a space that does not exist from one of another account.
  const text = errorBody.safeParse(body).data?.error.message ?? '';
  if (status === 403 && /(may|might) not exist/i.test(text)) return 'missing';
  return 'refused';
}
