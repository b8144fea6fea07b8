import type { types } from 'mediasoup-client';
import type { ChatDesk } from './chat.ts';
import type { Devices } from './devices.ts';
import type { FeedbackDesk } from './feedback.ts';
import type { JoinMetrics } from './join-metrics.ts';
import type { KeptValue } from './kept-value.ts';
import type { Line } from './line.ts';
import type { Presence } from './presence.ts';
import type { Reactions } from './reactions.ts';
import type { VisitPhase, Why } from './visit-state.ts';
import type { VisitStore } from './visit-store.ts';

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
