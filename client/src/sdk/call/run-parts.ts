import type { types } from 'mediasoup-client';
import type { ChatDesk } from '../features/chat/chat.ts';
import type { Devices } from '../devices/devices.ts';
import type { FeedbackDesk } from '../features/feedback/feedback.ts';
import type { JoinMetrics } from './join-metrics.ts';
import type { KeptValue } from '../core/kept-value.ts';
import type { Line } from '../signaling/line.ts';
import type { Presence } from './presence.ts';
import type { Reactions } from '../features/reactions/reactions.ts';
import type { VisitPhase, Why } from '../state/visit-state.ts';
import type { VisitStore } from '../state/visit-store.ts';

/** What outlives a start of the client. */
export interface RunParts {
  readonly sessionId: string;
  /** The server's origin; undefined for the page's own. */
  readonly baseUrl: string | undefined;
  readonly createDevice: () => Promise<types.Device>;
  readonly store: VisitStore;
  readonly line: Line;
  readonly token: KeptValue;
  /** The secret by which the server knows this page again. */
  readonly device: string;
  readonly devices: Devices;
  readonly metrics: JoinMetrics;
  readonly feedback: FeedbackDesk;
  readonly chat: ChatDesk;
  readonly reactions: Reactions;
  readonly presence: Presence;
}

/** The visit is over for this person: how, and why. */
export interface Over {
  readonly phase: VisitPhase;
  readonly why?: Why;
}
