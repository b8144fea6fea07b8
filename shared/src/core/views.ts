import type { Source } from '../vocabulary.ts';

/** The parameters of mediasoup-client's `createSendTransport` and `createRecvTransport`. */
export interface TransportParameters {
  readonly id: string;
  readonly iceParameters: object;
  readonly iceCandidates: readonly object[];
  readonly dtlsParameters: object;
}

/** The parameters of mediasoup-client's `consume`, and the participant whose stream it is. */
export interface ConsumerParameters {
  readonly consumerId: string;
  readonly producerId: string;
  readonly kind: 'audio' | 'video';
  readonly rtpParameters: object;
  /** The sender; null for the silent stream that warms the transport up. */
  readonly userId: string | null;
  readonly source: Source | null;
}

export interface PrepareResult {
  readonly sendTransport: TransportParameters;
  readonly receiveTransport: TransportParameters;
  readonly consumers: readonly ConsumerParameters[];
}

export interface ProbeResult {
  readonly transport: TransportParameters;
  readonly consumer: ConsumerParameters;
}

/** The conditions under which a waiting person is admitted. */
export interface WaitingState {
  /** RFC 3339, UTC. */
  readonly since: string;
  /** Whether a host is in the visit, and so sees that this person waits. */
  readonly hostPresent: boolean;
  /** Whether a host has to admit this person; otherwise the arrival of a host does. */
  readonly needsAdmission: boolean;
}
