import type { MeetingLink } from '@televisit/server/providers/meeting-provider';
import { ZoomProvider } from '@televisit/server/providers/zoom/zoom-provider';
import type { ZoomSettings } from '@televisit/server/providers/zoom/zoom-settings';
import { expect, onTestFinished } from 'vitest';
import { impatientClock } from './impatient-clock.ts';
import { ZOOM_CREDENTIALS, ZOOM_WEBHOOK_SECRET, ZoomDouble } from './zoom-double.ts';

export const ZOOM_HOSTS = ['pool-1@clinic.example', 'pool-2@clinic.example'];

/** When tests begin. Time advances by `advance` only. */
const NOON = Date.UTC(2026, 0, 5, 12, 0, 0);

/** Returns the settings of an adapter that talks to a double. */
export function zoomSettingsFor(double: ZoomDouble, changes: Partial<ZoomSettings> = {}): ZoomSettings {
  return {
    ...ZOOM_CREDENTIALS,
    webhookSecrets: [ZOOM_WEBHOOK_SECRET],
    hosts: ZOOM_HOSTS,
    apiUrl: null,
    oauthUrl: double.url,
    assignLicences: false,
    createUsers: null,
    registrantDomain: 'televisit.invalid',
    sdk: null,
    ...changes,
  };
}

/** Starts a double with the users of `ZOOM_HOSTS`, and adapters for it. A request that Zoom would not know fails the test. */
export async function startZoom(changes: Partial<ZoomSettings> = {}) {
  const double = await ZoomDouble.start(() => NOON);
  const users = ZOOM_HOSTS.map((host) => double.account.addUser(host));
  onTestFinished(() => expect(double.problems).toEqual([]));
  const clock = impatientClock(() => double.now());
  const adapter = (more: Partial<ZoomSettings> = {}, timeoutMs = 5000) =>
    new ZoomProvider({ settings: zoomSettingsFor(double, { ...changes, ...more }), clock, timeoutMs });
  return { double, users, adapter, provider: adapter() };
}

/** Returns the address of a link. */
export function addressOf({ entry }: MeetingLink): string {
  if (entry.kind !== 'address') throw new Error('Zoom is entered by an address');
  return entry.url;
}
