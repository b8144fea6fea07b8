import process from 'node:process';
import { config as loadDotenv } from 'dotenv';
import { ConfigError, parseConfig } from './config.ts';
import { systemClock } from './core/clock.ts';
import { configuredAdapters } from './providers/configured-adapters.ts';
import { GoogleCalendarSync } from './providers/google/calendar-sync.ts';
import type { CheckResult } from './providers/meeting-provider.ts';
import { Providers } from './providers/providers.ts';

/** The deadline of the check of the calendar, in milliseconds. */
const CALENDAR_MS = 10_000;

/** Prints the results of one subject. @returns whether all checks passed */
function print(subject: string, results: readonly CheckResult[]): boolean {
  for (const { name, ok, detail, remedy } of results) {
    process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${subject}: ${name}: ${detail}\n`);
    if (!ok && remedy !== undefined) process.stdout.write(`     ${remedy}\n`);
  }
  return results.every(({ ok }) => ok);
}

/** Checks every configured meeting provider. @returns whether all checks passed */
async function checkProviders(): Promise<boolean> {
  const settings = parseConfig(process.env).providers;
  const adapters = configuredAdapters(settings, systemClock);
  const providers = new Providers({ adapters, order: [], clock: systemClock });
  if (adapters.length === 0) {
    process.stdout.write('No meeting provider is configured; docs/PROVIDERS.md says how.\n');
  }
  let ok = true;
  for (const { id } of adapters) if (!print(id, await providers.check(id))) ok = false;
  const { google } = settings;
  if (google?.calendarId) {
    const calendar = new GoogleCalendarSync(google, google.calendarId, systemClock);
    if (!print('calendar', [await calendar.check(AbortSignal.timeout(CALENDAR_MS))])) ok = false;
  }
  return ok;
}

const SUBJECTS: Readonly<Record<string, () => Promise<boolean>>> = { providers: checkProviders };

async function main(): Promise<number> {
  loadDotenv({ quiet: true });
  const [name = ''] = process.argv.slice(2);
  const check = SUBJECTS[name];
  if (!check) {
    process.stderr.write(`Use: npm run doctor -- ${Object.keys(SUBJECTS).join('|')}\n`);
    return 2;
  }
  return (await check()) ? 0 : 1;
}

// The timers of deadlines do not keep a process alive.
const awake = setInterval(() => undefined, 1000);
try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  clearInterval(awake);
}
