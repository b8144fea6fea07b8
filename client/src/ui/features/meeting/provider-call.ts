import type { VisitBootstrap } from '@televisit/shared/api';
import type { ProviderId } from '@televisit/shared/vocabulary';
import type { FunctionComponent } from 'preact';
import type { ProviderMeeting, VisitClient, VisitState } from '../../../sdk/index.ts';
import { Lazy } from '../../hooks/lazy.ts';

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

/** The calls of the providers whose meetings run inside the page. */
const CALLS: Readonly<Partial<Record<ProviderId, Lazy<ProviderCall>>>> = {
  agora: new Lazy(async () => (await import('./agora/agora-call.tsx')).AgoraCall),
};

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
export function runsInPage(provider: ProviderId): boolean {
  return Object.hasOwn(CALLS, provider);
}

/** Returns the call of a provider whose meetings run inside the page, loaded when it is first needed; null for others. */
export function callOf(provider: ProviderId): Lazy<ProviderCall> | null {
  return CALLS[provider] ?? null;
}
