import { z } from 'zod';
import { ProviderError, type ProviderErrorKind } from '../provider-error.ts';
import type { ProviderResponse } from '../provider-http.ts';

/** The error codes of the Zoom API that the adapter handles; https://developers.zoom.us/docs/api/ lists them per method. */
export const ZOOM_CODES = {
  token: '124',
  plan: '200',
  validation: '300',
  noUser: '1001',
  emailTaken: '1005',
  userExists: '1009',
  foreignUser: '1010',
  noSeats: ['2033', '2034', '3412'],
  refused: '3000',
  noMeeting: '3001',
  running: '3002',
  mayNotHost: '3161',
  scopes: '4711',
  tooOld: '12702',
} as const;

const errorBody = z.object({
  code: z.union([z.number(), z.string()]).transform(String),
  message: z.string().default(''),
  errors: z.array(z.object({ field: z.string().optional() })).default([]),
});
type ErrorBody = z.infer<typeof errorBody>;

const MISCONFIGURED: Readonly<Record<string, string>> = {
  [ZOOM_CODES.token]: 'Zoom refuses the token',
  [ZOOM_CODES.plan]: 'the Zoom plan or the role of the app does not permit this',
  [ZOOM_CODES.noUser]: 'the Zoom account has no such user',
  [ZOOM_CODES.emailTaken]: 'the e-mail address of the host belongs to another Zoom account',
  [ZOOM_CODES.foreignUser]: 'the Zoom user belongs to another account',
  [ZOOM_CODES.mayNotHost]: 'the Zoom user may not host meetings',
  ...Object.fromEntries(ZOOM_CODES.noSeats.map((code) => [code, 'the Zoom account has no licence left'])),
};

/** Returns the code of an error answer, which is sometimes XML although JSON was asked for; null if there is none. */
export function codeOf(body: unknown): string | null {
  return bodyOf(body)?.code ?? null;
}

/** Returns the scopes that a message with code 4711 names. */
export function missingScopes(message: string): readonly string[] {
  return message.match(/[a-z_]+(?::[a-z_]+){2,3}/g) ?? [];
}

/**
 * Returns the error for an answer other than 2xx. Zoom's messages may name people, so only codes, scopes and the names of
 * fields are taken from them.
 */
export function zoomError({ status, body }: Pick<ProviderResponse, 'status' | 'body'>): ProviderError {
  const error = bodyOf(body);
  const code = error?.code ?? String(status);
  const fail = (kind: ProviderErrorKind, message: string) => new ProviderError(kind, message, { code });
  if (code === ZOOM_CODES.scopes) {
    const scopes = missingScopes(error?.message ?? '');
    return fail('misconfigured', `the Zoom app lacks scopes: ${scopes.join(', ') || 'see its page'}`);
  }
  if (status === 401) return fail('misconfigured', 'Zoom refuses the token');
  const reason = MISCONFIGURED[code];
  if (reason !== undefined) return fail('misconfigured', reason);
  if (code === ZOOM_CODES.noMeeting || status === 404) return fail('missing', 'Zoom has no such meeting');
  const fields = (error?.errors ?? []).flatMap(({ field }) => field ?? []);
  const which = fields.length > 0 ? ` because of ${fields.join(', ')}` : '';
  return fail('refused', `Zoom refuses the request with ${status}${which}`);
}

/** Whether an error is of Zoom's API and has one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): error is ProviderError {
  return error instanceof ProviderError && error.code !== null && codes.includes(error.code);
}

/**
 * Returns the milliseconds until a daily limit ends, which is at midnight UTC; null if an answer is about another limit. A
 * host's limit of 100 meetings a day comes without `Retry-After`.
 */
export function dailyLimitMs({ headers, body }: ProviderResponse, now: number): number | null {
  const message = bodyOf(body)?.message ?? '';
  const isDaily =
    headers.get('x-ratelimit-type')?.toLowerCase() === 'daily-limit' || /daily|one day/i.test(message);
  return isDaily ? Math.ceil((now + 1) / DAY_MS) * DAY_MS - now : null;
}

const DAY_MS = 86_400_000;

function bodyOf(body: unknown): ErrorBody | null {
  if (typeof body !== 'string') return errorBody.safeParse(body).data ?? null;
  const code = /<code>\s*(\d+)\s*<\/code>/i.exec(body)?.[1];
  if (code === undefined) return null;
  const message = /<message>([^<]*)<\/message>/i.exec(body)?.[1] ?? '';
  return { code, message, errors: [] };
}
