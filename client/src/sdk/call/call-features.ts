import type { types } from 'mediasoup-client';
import type { ChatApi } from '../features/chat/chat-api.ts';
import type { Devices } from '../devices/devices.ts';
import type { FeedbackApi } from '../features/feedback/feedback-api.ts';
import type { JoinMetrics } from './join-metrics.ts';
import type { SessionStorageValue } from '../core/session-storage-value.ts';
import type { CurrentSignaling } from '../signaling/current-signaling.ts';
import type { Presence } from './presence.ts';
import type { Reactions } from '../features/reactions/reactions.ts';
import type { VisitPhase, Why } from '../state/visit-state.ts';
import type { VisitStore } from '../state/visit-store.ts';

/** What outlives a start of the client. */
export interface CallFeatures {
  readonly sessionId: string;
  /** The server's origin; undefined for the page's own. */
  readonly baseUrl: string | undefined;
  readonly createDevice: () => Promise<types.Device>;
  readonly store: VisitStore;
  readonly signaling: CurrentSignaling;
  readonly token: SessionStorageValue;
  /** The secret by which the server recognizes this page. */
  readonly pageSecret: string;
  readonly devices: Devices;
  readonly metrics: JoinMetrics;
  readonly feedback: FeedbackApi;
  readonly chat: ChatApi;
  readonly reactions: Reactions;
  readonly presence: Presence;
}

/** The visit is over for this person: how, and why. */
export interface CallEnd {
  readonly phase: VisitPhase;
  readonly why?: Why;
}
