import type { Clock } from '../../core/clock.ts';
import type { CheckResult } from '../meeting-provider.ts';
import { TRY_LATER } from '../provider-checks.ts';
import { ProviderError } from '../provider-error.ts';
import type { Scope } from './google-api.ts';
import { remedyOf } from './google-errors.ts';
import type { GoogleSettings } from './google-settings.ts';
import type { GoogleTokens } from './google-tokens.ts';

/** Google refuses assertions from clocks that are ahead or behind by more than a few minutes; in milliseconds. */
const LARGEST_SKEW_MS = 60_000;

export interface GoogleCheck {
  readonly settings: GoogleSettings;
  readonly tokens: GoogleTokens;
  readonly clock: Clock;
  readonly scopes: readonly Scope[];
  /** Calls that change nothing, by the name of what they check. */
  readonly probes: Readonly<Record<string, () => Promise<void>>>;
  readonly signal: AbortSignal;
}

/** Checks credentials with each scope, the clock, and each API. Credentials that were refused before are tried again. */
export async function checkGoogle(check: GoogleCheck): Promise<readonly CheckResult[]> {
  const { settings, tokens, scopes, probes, signal } = check;
  const { credentials } = settings;
  if (credentials.kind === 'service-account' && credentials.subject === null) {
    const detail = 'The service account acts for itself, and cannot create meetings.';
    return [{ name: 'subject', ok: false, detail, ...remedy('forbiddenForServiceAccounts') }];
  }
  tokens.reset();
  const results: CheckResult[] = [];
  const skews: number[] = [];
  for (const scope of scopes) {
    const name = `credentials for ${scope.split('/').at(-1) ?? scope}`;
    results.push(
      await resultOf(name, 'Google accepts the credentials.', async () => {
        skews.push((await tokens.request([scope], signal)).skewMs);
      }),
    );
  }
  const [skewMs] = skews;
  if (skewMs !== undefined) results.push(clockResult(skewMs));
  if (results.every(({ ok }) => ok)) {
    for (const [name, probe] of Object.entries(probes)) {
      results.push(await resultOf(name, 'Google answers.', probe));
    }
  }
  return results;
}

/** Returns the result of an attempt. */
export async function resultOf(
  name: string,
  detail: string,
  attempt: () => Promise<void>,
): Promise<CheckResult> {
  try {
    await attempt();
    return { name, ok: true, detail };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const { code, kind } = error;
    if (error.isTemporary) return { name, ok: false, detail: `${error.message}.`, remedy: TRY_LATER };
    return { name, ok: false, detail: `Failed: ${code ?? kind}.`, ...remedy(code) };
  }
}

function clockResult(skewMs: number): CheckResult {
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const ok = Math.abs(skewMs) <= LARGEST_SKEW_MS;
  const side = skewMs > 0 ? 'ahead of' : 'behind';
  const detail = `The server’s clock is ${seconds} s ${side} Google’s.`;
  return {
    name: 'clock',
    ok,
    detail,
    ...(ok ? {} : { remedy: 'Synchronize the clock of the server (NTP).' }),
  };
}

function remedy(code: string | null): { remedy?: string } {
  const text = remedyOf(code);
  return text === undefined ? {} : { remedy: text };
}
