import type { VisitBootstrap } from '@televisit/shared/api';
import type { ProviderId } from '@televisit/shared/vocabulary';
import type { FunctionComponent } from 'preact';
import type { ProviderMeeting, VisitClient, VisitState } from '../../../sdk/index.ts';

/** What the call of a provider's SDK gets when it runs inside the page. */
export interface ProviderCallProps {
  readonly client: VisitClient;
  readonly state: VisitState;
  readonly meeting: ProviderMeeting;
  /** As the server gave them for this person; secrets. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly self: VisitBootstrap['self'];
  /** Called when this person has left, or was disconnected for good. */
  readonly onLeft: () => void;
}

export type ProviderCall = FunctionComponent<ProviderCallProps>;

/** The providers whose meetings run inside the page instead of at an address of the provider. */
const IN_PAGE = ['agora'] as const satisfies readonly ProviderId[];
export type InPageProvider = (typeof IN_PAGE)[number];

/** The names of providers, as they call themselves in every language. */
const NAMES: Readonly<Record<ProviderId, string>> = {
  sfu: 'Televisit',
  jitsi: 'Jitsi',
  jaas: 'Jitsi',
  zoom: 'Zoom',
  'google-meet': 'Google Meet',
  agora: 'Agora',
};

/** Returns a provider's name for people. */
export function providerName(provider: ProviderId): string {
  return NAMES[provider];
}

/** Whether the meetings of a provider run inside the page instead of at an address of the provider. */
export function runsInPage(provider: ProviderId): provider is InPageProvider {
  return (IN_PAGE as readonly ProviderId[]).includes(provider);
}
