import { TelevisitError } from '@televisit/shared/errors';
import type { TransportParameters } from '@televisit/shared/signaling';
import type { WebRtcTransport } from 'mediasoup/types';
import type { MediaWorker } from './media-worker.ts';
import type { RouterShard } from './router-shard.ts';

/** Initial estimate of a receiver's bandwidth in bit/s; mediasoup's default of 600 kbit/s makes a blurry first minute. */
const INITIAL_OUTGOING_BITRATE = 1_000_000;

/** The transport protocols that a client may use. */
export interface Protocols {
  readonly enableUdp: boolean;
  readonly enableTcp: boolean;
}

/**
 * Creates a transport on the worker's shared ports.
 * @throws {TelevisitError} `media_unavailable` if the worker can't
 */
export async function createWebRtcTransport(
  { router, worker }: RouterShard,
  protocols: Protocols = { enableUdp: true, enableTcp: true },
): Promise<WebRtcTransport> {
  try {
    return await router.createWebRtcTransport({
      webRtcServer: worker.webRtcServer,
      ...protocols,
      preferUdp: true,
      initialAvailableOutgoingBitrate: INITIAL_OUTGOING_BITRATE,
    });
  } catch (error) {
    throw new TelevisitError('media_unavailable', { cause: error });
  }
}

/** Returns the parameters from which a client creates its side of a transport on this worker. */
export function parametersOf(transport: WebRtcTransport, worker: MediaWorker): TransportParameters {
  const { id, iceParameters, dtlsParameters } = transport;
  return { id, iceParameters, iceCandidates: worker.candidatesOf(transport), dtlsParameters };
}
