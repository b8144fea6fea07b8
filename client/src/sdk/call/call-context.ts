import type { types } from 'mediasoup-client';
import type { VisitPhase } from '../core/base-state.ts';
import type { SessionStorageValue } from '../core/session-storage-value.ts';
import type { Devices } from '../devices/devices.ts';
import type { CurrentSignaling } from '../signaling/current-signaling.ts';
import type { VisitStore, Why } from '../state/visit-state.ts';
import type { CallFeatures } from './call-features.ts';
import type { JoinMetrics } from './join-metrics.ts';

/** The objects that live as long as the client, and longer than a join attempt. */
export interface CallContext {
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
  readonly features: CallFeatures;
}

/** How the call ended for this participant, and why. */
export interface CallEnd {
  readonly phase: VisitPhase;
  readonly why?: Why;
}
