/** Secrets of every server that a test starts. */
export const INTERNAL_SECRET = 'test-internal-secret-0123456789abcdef';
export const TOKEN_SECRET = 'test-video-jwt-secret-0123456789abcdef';

export const SECRETS: {
  readonly internal: readonly string[];
  readonly tokens: readonly [string];
  readonly recordings: readonly [string];
} = {
  internal: [INTERNAL_SECRET],
  tokens: [TOKEN_SECRET],
  recordings: ['test-recording-key-0123456789abcdef'],
};

/** Environment of every server that a test starts: free ports on the loopback address. */
export const SETTINGS = {
  PORT: '0',
  RTC_PORT: '0',
  LISTEN_IP: '127.0.0.1',
  // There is no load balancer that has to notice the end of a server.
  SHUTDOWN_DELAY_SECONDS: '0',
  // A busy machine must not make the server refuse visits.
  MAX_CPU_PERCENT: '0',
  MAX_MEMORY_PERCENT: '0',
} as const;

/** Complete settings of meeting providers. None is called: tests replace their adapters with scripted ones. */
const PROVIDER_SETTINGS: Readonly<Record<string, Record<string, string>>> = {
  sfu: {},
  zoom: {
    ZOOM_ACCOUNT_ID: 'account',
    ZOOM_CLIENT_ID: 'client',
    ZOOM_CLIENT_SECRET: 'client-secret',
    ZOOM_WEBHOOK_SECRET: 'webhook-secret',
    ZOOM_HOSTS: 'host@clinic.example',
  },
  jitsi: {
    JITSI_URL: 'https://meet.clinic.example',
    JITSI_APP_ID: 'televisit',
    JITSI_APP_SECRET: 's3cret-of-the-jitsi-server-0123456789',
  },
};

/** Returns the settings of a server with these providers, in the order of fallback. */
export function providerSettings(...order: readonly string[]): Record<string, string> {
  const settings = order.flatMap((id) => Object.entries(PROVIDER_SETTINGS[id] ?? {}));
  return { MEETING_PROVIDERS: order.join(','), ...Object.fromEntries(settings) };
}
