import type { Clock } from '../core/clock.ts';
import { AgoraProvider } from './agora/agora-provider.ts';
import { GoogleMeetProvider } from './google/google-meet-provider.ts';
import { JaasProvider } from './jaas/jaas-provider.ts';
import type { WaitingRoomOf } from './jaas/jaas-webhooks.ts';
import { JitsiProvider } from './jitsi/jitsi-provider.ts';
import type { MeetingProvider } from './meeting-provider.ts';
import type { ProviderSettings } from './provider-settings.ts';
import { ZoomProvider } from './zoom/zoom-provider.ts';

/**
 * Creates the adapters of all providers with settings. None makes a call by itself.
 * @param waitingRoomOf answers JaaS, which asks before it opens a room
 */
export function configuredAdapters(
  { jitsi, jaas, zoom, google, agora }: Omit<ProviderSettings, 'order' | 'share'>,
  clock: Clock,
  waitingRoomOf?: WaitingRoomOf,
): readonly MeetingProvider[] {
  return [
    ...(jitsi ? [new JitsiProvider({ settings: jitsi, clock })] : []),
    ...(jaas
      ? [new JaasProvider({ settings: jaas, clock, ...(waitingRoomOf ? { waitingRoomOf } : {}) })]
      : []),
    ...(zoom ? [new ZoomProvider({ settings: zoom, clock })] : []),
    ...(google ? [new GoogleMeetProvider(google, clock)] : []),
    ...(agora ? [new AgoraProvider({ settings: agora, clock })] : []),
  ];
}
