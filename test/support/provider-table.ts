// Usage: npm run provider-table
// Writes the table of docs/PROVIDERS.md from the capabilities that adapters declare. `npm test` fails while they differ.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { systemClock } from '@televisit/server/core/clock';
import { configuredAdapters } from '@televisit/server/providers/configured-adapters';
import type { Capabilities } from '@televisit/server/providers/meeting-provider';
import { providerSettings, PROVIDER_VARIABLES } from '@televisit/server/providers/provider-settings';
import { sfuProvider } from '@televisit/server/providers/sfu';
import { formatted, withParts } from '../../scripts/generated-parts.ts';

const PAGE = new URL('../../docs/PROVIDERS.md', import.meta.url);

const yes = (value: boolean) => (value ? 'yes' : 'no');
const ROWS: readonly (readonly [string, (capabilities: Capabilities) => string])[] = [
  ['Roles', ({ roles }) => ({ enforced: 'enforced', 'host-only': 'hosts and others', none: 'no' })[roles]],
  ['Waiting room', ({ waitingRoom }) => yes(waitingRoom)],
  [
    'Who is in',
    ({ liveAttendance }) => ({ own: 'exactly', webhook: 'by webhook', poll: 'asked' })[liveAttendance],
  ],
  ['Records to read afterwards', ({ records }) => yes(records)],
  [
    'People told apart by',
    ({ identity }) => ({ exact: 'our id', registrant: 'registration', name: 'name' })[identity],
  ],
  ['Server ends the meeting', ({ endMeeting }) => yes(endMeeting)],
  [
    'Created',
    ({ created, entry }) =>
      entry === 'own' ? 'when people come' : { booking: 'at booking', window: 'before the window' }[created],
  ],
  [
    'People get in by',
    ({ entry }) => ({ own: 'our page', address: 'its address', credentials: 'its SDK' })[entry],
  ],
];
const NAMES = {
  sfu: 'This server',
  jitsi: 'Jitsi',
  jaas: 'JaaS',
  zoom: 'Zoom',
  'google-meet': 'Google Meet',
  agora: 'Agora',
} as const;

/** Creates all adapters with complete settings; none makes a call. */
function adapters() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const env = z.object(PROVIDER_VARIABLES).parse({
    JITSI_URL: 'https://meet.example.org',
    JITSI_APP_ID: 'televisit',
    JITSI_PRIVATE_KEY: key,
    JITSI_KEY_ID: 'key-1',
    JITSI_EVENTS_TOKEN: 'e'.repeat(32),
    JITSI_RESERVATIONS: 'true',
    JITSI_END_MEETING_URL: 'https://meet.example.org/end-meeting',
    JAAS_APP_ID: `vpaas-magic-cookie-${'0'.repeat(32)}`,
    JAAS_KEY_ID: 'key-1',
    JAAS_PRIVATE_KEY: key,
    ZOOM_ACCOUNT_ID: 'account',
    ZOOM_CLIENT_ID: 'client',
    ZOOM_CLIENT_SECRET: 'secret',
    ZOOM_WEBHOOK_SECRET: 'secret',
    ZOOM_HOSTS: 'host@example.org',
    GOOGLE_CLIENT_ID: 'client',
    GOOGLE_CLIENT_SECRET: 'secret',
    GOOGLE_REFRESH_TOKEN: 'token',
    AGORA_APP_ID: '0'.repeat(32),
    AGORA_APP_CERTIFICATE: '0'.repeat(32),
    AGORA_CUSTOMER_ID: 'customer',
    AGORA_CUSTOMER_SECRET: 'secret',
    AGORA_WEBHOOK_SECRET: 'secret',
  });
  const own = sfuProvider({ reserve: () => 'sfu-1', release: () => undefined });
  return [own, ...configuredAdapters(providerSettings(env, true), systemClock)];
}

/** Returns the page with an up-to-date table. */
export function updated(page: string): Promise<string> {
  const all = adapters();
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const table = [
    line(['', ...all.map(({ id }) => NAMES[id])]),
    line(['---', ...all.map(() => '---')]),
    ...ROWS.map(([title, cell]) => line([title, ...all.map(({ capabilities }) => cell(capabilities))])),
  ];
  return formatted(withParts(page, { capabilities: table.join('\n') }));
}

if (import.meta.filename === process.argv[1]) {
  writeFileSync(PAGE, await updated(readFileSync(PAGE, 'utf8')));
}
