import type { CheckResult } from '../meeting-provider.ts';
import { TRY_LATER } from '../provider-checks.ts';
import { ProviderError } from '../provider-error.ts';
import { zoomPath, type ZoomApi } from './zoom-api.ts';
import { hasCode, ZOOM_CODES } from './zoom-error.ts';
import type { ZoomSettings } from './zoom-settings.ts';
import type { ZoomToken } from './zoom-tokens.ts';
import type { ZoomUsers } from './zoom-users.ts';

/** A difference of the clocks above this is reported, in milliseconds. */
const CLOCK_MS = 60_000;
/** No meeting has this id: reading it fails with 3001, or with 4711 if the scope is missing. */
const NO_MEETING = '1';
/** Scopes of the admin kind; a server-to-server app has no others. */
const GRANULAR = /^[a-z_]+:[a-z_]+:[a-z_]+:admin$/;

/** The scopes that the app needs with these settings. */
export function neededScopes({ assignLicences, createUsers, sdk }: ZoomSettings): readonly string[] {
  return [
    'meeting:write:meeting:admin',
    'meeting:read:meeting:admin',
    'meeting:update:meeting:admin',
    'meeting:delete:meeting:admin',
    'meeting:update:status:admin',
    'meeting:read:list_meetings:admin',
    'meeting:write:registrant:admin',
    'meeting:update:registrant_status:admin',
    'meeting:read:past_meeting:admin',
    'meeting:read:list_past_participants:admin',
    'meeting:read:list_past_instances:admin',
    'report:read:list_meeting_participants:admin',
    'user:read:user:admin',
    ...(assignLicences ? ['user:update:user:admin'] : []),
    ...(createUsers ? ['user:write:user:admin'] : []),
    ...(sdk ? ['user:read:token:admin'] : []),
  ];
}

/** Checks credentials, scopes, hosts and clock by calls that change nothing. */
export async function checkZoom(
  api: ZoomApi,
  users: ZoomUsers,
  settings: ZoomSettings,
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  let token: ZoomToken;
  try {
    token = await api.token(signal);
  } catch (error) {
    return [
      failed(
        'credentials',
        error,
        'Compare ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET with the page of the app, and activate the app.',
      ),
    ];
  }
  return [
    { name: 'credentials', ok: true, detail: 'Zoom accepts the credentials.' },
    clock(token),
    await scopes(api, token, settings, signal),
    ...(await hosts(users, settings, signal)),
  ];
}

function clock({ clockDifferenceMs: difference }: ZoomToken): CheckResult {
  const name = 'clock';
  if (difference === null || Math.abs(difference) <= CLOCK_MS) {
    return { name, ok: true, detail: 'The clock agrees with that of Zoom.' };
  }
  const seconds = Math.round(Math.abs(difference) / 1000);
  return {
    name,
    ok: false,
    detail: `The clock of this server is ${seconds} s ${difference > 0 ? 'behind' : 'ahead of'} that of Zoom.`,
    remedy: 'Let the server synchronise its clock by NTP.',
  };
}

/** The token names the scopes of the app; calls that would fail with 4711 are tried too, in case it does not. */
async function scopes(
  api: ZoomApi,
  token: ZoomToken,
  settings: ZoomSettings,
  signal: AbortSignal,
): Promise<CheckResult> {
  const name = 'scopes';
  const granted = token.scopes.some((scope) => GRANULAR.test(scope)) ? new Set(token.scopes) : null;
  const missing = new Set(granted ? neededScopes(settings).filter((scope) => !granted.has(scope)) : []);
  try {
    for (const [path, scope] of probes(settings)) {
      if (await lacksScope(api, path, signal)) missing.add(scope);
    }
  } catch (error) {
    return failed(name, error, 'Try again later.');
  }
  if (missing.size === 0) return { name, ok: true, detail: 'The app has all scopes.' };
  return {
    name,
    ok: false,
    detail: `The app lacks the scopes ${[...missing].sort().join(', ')}.`,
    remedy: 'Add them on the page of the app in the Zoom App Marketplace.',
  };
}

function probes({ hosts: [host] }: ZoomSettings): readonly (readonly [path: string, scope: string])[] {
  return [
    [zoomPath('meetings', NO_MEETING), 'meeting:read:meeting:admin'],
    [zoomPath('past_meetings', NO_MEETING), 'meeting:read:past_meeting:admin'],
    [zoomPath('past_meetings', NO_MEETING, 'instances'), 'meeting:read:list_past_instances:admin'],
    [zoomPath('past_meetings', NO_MEETING, 'participants'), 'meeting:read:list_past_participants:admin'],
    [
      zoomPath('report', 'meetings', NO_MEETING, 'participants'),
      'report:read:list_meeting_participants:admin',
    ],
    ...(host === undefined
      ? []
      : [[zoomPath('users', host, 'meetings'), 'meeting:read:list_meetings:admin'] as const]),
  ];
}

async function lacksScope(api: ZoomApi, path: string, signal: AbortSignal): Promise<boolean> {
  try {
    await api.send({ method: 'GET', path, signal });
    return false;
  } catch (error) {
    if (error instanceof ProviderError && error.isTemporary) throw error;
    return hasCode(error, ZOOM_CODES.scopes);
  }
}

async function hosts(users: ZoomUsers, settings: ZoomSettings, signal: AbortSignal): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const [index, host] of settings.hosts.entries()) {
    const name = `host ${index + 1} of ZOOM_HOSTS`;
    try {
      const user = await users.find(host, signal);
      if (!user?.isActive) {
        const detail = user ? 'The user is not active.' : 'The Zoom account has no such user.';
        const remedy = 'Invite the user in the Zoom account, and wait until the invitation is accepted.';
        results.push({ name, ok: false, detail, remedy });
      } else if (!user.isLicensed && !settings.assignLicences) {
        const detail = 'The user has no licence: meetings end early, and participants cannot be told apart.';
        const remedy = 'Assign a licence to the user, or set ZOOM_LICENSES=assign.';
        results.push({ name, ok: false, detail, remedy });
      } else results.push({ name, ok: true, detail: 'The user can host visits.' });
    } catch (error) {
      results.push(failed(name, error, 'See the scopes of the app.'));
    }
  }
  return results;
}

/** @throws all errors that are not of the provider */
function failed(name: string, error: unknown, remedy: string): CheckResult {
  if (!(error instanceof ProviderError)) throw error;
  return { name, ok: false, detail: `${error.message}.`, remedy: error.isTemporary ? TRY_LATER : remedy };
}
