import type { TransportParameters } from '@televisit/shared/signaling';
import type { WebRtcTransport } from 'mediasoup/types';

/** What a client needs to make its side of a transport. */
export function parametersOf({
  id,
  iceParameters,
  iceCandidates,
  dtlsParameters,
}: WebRtcTransport): TransportParameters {
  return { id, iceParameters, iceCandidates, dtlsParameters };
}
