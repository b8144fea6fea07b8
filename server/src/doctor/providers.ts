import { systemClock } from '../core/clock.ts';
import { configuredAdapters } from '../providers/configured-adapters.ts';
import { GoogleCalendarSync } from '../providers/google/calendar-sync.ts';
import type { ProviderSettings } from '../providers/provider-settings.ts';
import { Providers } from '../providers/providers.ts';
import type { Finding, Subject } from './finding.ts';

/** The deadline of the check of the calendar, in milliseconds. */
const CALENDAR_MS = 10_000;

/** The configured meeting providers, and the calendar. */
export function meetingProviders(settings: ProviderSettings): Subject {
  return {
    name: 'providers',
    check: async () => {
      const adapters = configuredAdapters(settings, systemClock);
      const providers = new Providers({ adapters, order: [], clock: systemClock });
      const findings: Finding[] = [];
      for (const { id } of adapters) {
        for (const result of await providers.check(id))
          findings.push({ ...result, name: `${id}: ${result.name}` });
      }
      const { google } = settings;
      if (google?.calendarId) {
        const calendar = new GoogleCalendarSync(google, google.calendarId, systemClock);
        const result = await calendar.check(AbortSignal.timeout(CALENDAR_MS));
        findings.push({ ...result, name: `calendar: ${result.name}` });
      }
      return findings;
    },
  };
}
