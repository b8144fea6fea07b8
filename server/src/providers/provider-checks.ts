import type { Clock } from '../core/clock.ts';
import { ProviderError } from './provider-error.ts';
import type { CheckResult } from './meeting-provider.ts';
import type { ProviderResponse } from './provider-http.ts';

/** Beyond this difference, tokens are refused as not valid yet or as expired; in milliseconds. */
const MAX_DIFFERENCE_MS = 30_000;

/** The remedy if a provider does not answer, or limits requests. */
export const TRY_LATER =
  'Check that this server reaches the address of the provider, also through a proxy, and try again later.';

/** Returns whether the clock of this machine agrees with the `Date` of an answer, which has whole seconds. */
export function checkClock(clock: Clock, { headers }: ProviderResponse): readonly CheckResult[] {
  const at = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(at)) return [];
  const seconds = Math.round((clock.now() - at) / 1000);
  const ok = Math.abs(seconds) * 1000 <= MAX_DIFFERENCE_MS;
  const detail = ok
    ? 'The clocks of both servers agree.'
    : `The clock of this server is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the provider’s.`;
  const remedy = {
    remedy: 'Synchronise the clocks of both servers by NTP; tokens have a beginning and an end.',
  };
  return [{ name: 'clock', ok, detail, ...(ok ? {} : remedy) }];
}

/** Runs a check that calls the provider; a failure is its result. */
export async function checked(
  name: string,
  remedy: string,
  check: () => Promise<readonly CheckResult[]>,
): Promise<readonly CheckResult[]> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return [{ name, ok: false, detail: `${error.message}.`, remedy }];
  }
}
