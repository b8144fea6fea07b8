import { pemOf } from '@televisit/server/providers/jitsi/jitsi-tokens';
import { JITSI_VARIABLES, jitsiSettings } from '@televisit/server/providers/jitsi/jitsi-settings';
import { rsaKey } from '@televisit/server/providers/testing/visit';
import type { MeetingEntryView } from '@televisit/shared/provider-operations';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { AgoraDouble } from './agora-double.ts';
import { GoogleDouble } from './google-double.ts';
import { JaasDouble } from './jaas-double.ts';
import { asapKeyServer, JitsiDouble } from './jitsi-double.ts';
import { ZOOM_CREDENTIALS, ZOOM_WEBHOOK_SECRET, ZoomDouble } from './zoom-double.ts';
import { ZOOM_HOSTS } from './zoom-provider.ts';

export const OTHER_PROVIDERS = ['zoom', 'google-meet', 'jitsi', 'jaas', 'agora'] as const;
export type OtherProvider = (typeof OTHER_PROVIDERS)[number];

const JAAS_APP = `vpaas-magic-cookie-${'0123456789abcdef'.repeat(2)}`;
const JAAS_SECRET = 'whsec_9635df66714a4cf088ee9d0979dd3bf6';
const EVENTS_TOKEN = 'events-token-of-at-least-32-characters';
const AGORA = {
  appId: '970ca35de60c44645bbae8a215061b33',
  certificate: '5cfd2fd1755d40ecb72977518be15d3b',
  customer: { id: 'agora-customer-id', secret: 'agora-customer-secret' },
  secret: 'agora-console-secret',
} as const;
const KEY = rsaKey();
const DOMAIN = 'meet.test';

/** The doubles of all providers, with one person at a time in each. */
export interface AllProviders {
  /** Settings of a server that uses them all, and its own SFU last. */
  readonly env: Readonly<Record<string, string>>;
  /** Has all of them report to a server. */
  readonly reportTo: (url: string) => Promise<void>;
  /** Enters as a person does with the answer to "Open meeting". @returns the way out */
  readonly enter: (
    provider: OtherProvider,
    entry: MeetingEntryView,
    name: string,
  ) => Promise<() => Promise<void>>;
  /** Closes all of them for good: connections are refused, or cut. */
  readonly down: () => Promise<void>;
}

/** Starts the doubles of all providers, which are closed after the test. */
export async function startAllProviders(now: () => number): Promise<AllProviders> {
  const zoom = await ZoomDouble.start(now);
  for (const host of ZOOM_HOSTS) zoom.account.addUser(host);
  const google = await GoogleDouble.start();
  const jaas = await JaasDouble.start({
    appId: JAAS_APP,
    keys: { [`${JAAS_APP}/4f4910`]: KEY.publicPem },
    secret: JAAS_SECRET,
    now,
  });
  const agora = await AgoraDouble.start({ ...AGORA, now });
  const events = { prefix: '', authorization: `Bearer ${EVENTS_TOKEN}` };
  const jitsi = await startJitsi(now, events);
  // Without a lobby everyone gets in.
  jaas.provisions = false;
  const closeOthers = async () => {
    await Promise.all([jaas, agora, jitsi.double].map((double) => double.close()));
  };
  let isClosed = false;
  const down = async () => {
    zoom.down();
    google.down();
    if (!isClosed) await closeOthers();
    isClosed = true;
  };
  onTestFinished(down);
  return {
    env: {
      MEETING_PROVIDERS: [...OTHER_PROVIDERS, 'sfu'].join(','),
      ...zoomEnv(zoom),
      ...google.env,
      ...google.pushEnv,
      ...jitsi.env,
      JAAS_APP_ID: JAAS_APP,
      JAAS_KEY_ID: '4f4910',
      JAAS_PRIVATE_KEY: KEY.variable,
      JAAS_WEBHOOK_SECRET: JAAS_SECRET,
      JAAS_URL: jaas.url,
      AGORA_APP_ID: AGORA.appId,
      AGORA_APP_CERTIFICATE: AGORA.certificate,
      AGORA_CUSTOMER_ID: AGORA.customer.id,
      AGORA_CUSTOMER_SECRET: AGORA.customer.secret,
      AGORA_WEBHOOK_SECRET: AGORA.secret,
      AGORA_API_URL: agora.url,
    },
    reportTo: async (url) => {
      await zoom.subscribe(`${url}/webhooks/zoom`);
      google.push.target = `${url}/webhooks/google`;
      events.prefix = `${url}/webhooks/jitsi`;
      jaas.webhookUrl = `${url}/webhooks/jaas`;
      agora.webhookUrl = `${url}/webhooks/agora`;
    },
    enter: async (provider, { url, credentials }, name) => {
      switch (provider) {
        case 'zoom': {
          const participant = zoom.join(url ?? '', name);
          await zoom.delivered();
          return async () => {
            zoom.leave(participant);
            await zoom.delivered();
          };
        }
        case 'google-meet': {
          const session = google.join(new URL(url ?? '').pathname.slice(1), name);
          return () => {
            google.leave(session);
            return Promise.resolve();
          };
        }
        case 'jitsi':
          return (await jitsi.double.enter(url ?? '')).leave;
        case 'jaas':
          return (await jaas.enter(url ?? '')).leave;
        case 'agora': {
          const { channel = '', account = '', token = '' } = credentials ?? {};
          const joined = await agora.join(channel, account, token);
          if (!joined.ok) throw new Error(`Agora refuses the credentials: ${joined.reason}`);
          return joined.leave;
        }
      }
    },
    down,
  };
}

function zoomEnv({ url }: ZoomDouble): Record<string, string> {
  return {
    ZOOM_ACCOUNT_ID: ZOOM_CREDENTIALS.accountId,
    ZOOM_CLIENT_ID: ZOOM_CREDENTIALS.clientId,
    ZOOM_CLIENT_SECRET: ZOOM_CREDENTIALS.clientSecret,
    ZOOM_WEBHOOK_SECRET,
    ZOOM_HOSTS: ZOOM_HOSTS.join(','),
    ZOOM_OAUTH_URL: url,
    ZOOM_SDK_KEY: 'zoom-sdk-client-id',
    ZOOM_SDK_SECRET: 'zoom-sdk-client-secret',
  };
}

async function startJitsi(now: () => number, events: { prefix: string; authorization: string }) {
  const asked: { settings: Parameters<typeof pemOf>[0] | null } = { settings: null };
  const double = await JitsiDouble.start({
    prosody: {
      domain: DOMAIN,
      app_id: 'televisit',
      asap_accepted_audiences: ['jitsi'],
      asap_key_server: asapKeyServer((name) => asked.settings && pemOf(asked.settings, name)),
    },
    now,
    events,
    reservations: () => Promise.resolve(null),
  });
  const env = {
    JITSI_URL: double.url,
    JITSI_APP_ID: 'televisit',
    JITSI_PRIVATE_KEY: KEY.variable,
    JITSI_KEY_ID: 'key-1',
    JITSI_SUB: DOMAIN,
    JITSI_EVENTS_TOKEN: EVENTS_TOKEN,
    JITSI_END_MEETING_URL: double.endMeetingUrl,
  };
  asked.settings = jitsiSettings(z.object(JITSI_VARIABLES).parse(env));
  return { double, env };
}
