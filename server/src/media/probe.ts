import { TelevisitError } from '@televisit/shared/errors';
import type { ProbeResult } from '@televisit/shared/signaling';
import type { ProbePath } from '@televisit/shared/vocabulary';
import type { DtlsParameters, RtpCapabilities, WebRtcTransport } from 'mediasoup/types';
import type { Clock } from '../core/clock.ts';
import { callWorker } from './media-worker.ts';
import type { RouterShard } from './router-shard.ts';
import { WebRtcReceiver } from './webrtc-receiver.ts';
import { createWebRtcTransport, parametersOf, type Protocols } from './webrtc-transport.ts';

/** How long a connection test may keep its transport, in milliseconds. */
export const PROBE_LIFE_MS = 20_000;

/** The protocols by which the browser may reach the SFU; a relay may use either. */
const PROTOCOLS: Record<ProbePath, Protocols> = {
  udp: { enableUdp: true, enableTcp: false },
  tcp: { enableUdp: false, enableTcp: true },
  turn: { enableUdp: true, enableTcp: true },
};

const NO_LISTENER = { consumerNew: () => undefined, consumerClosed: () => undefined };

export interface ProbeOptions {
  readonly shard: RouterShard;
  readonly path: ProbePath;
  readonly rtpCapabilities: RtpCapabilities;
  readonly clock: Clock;
}

/** A connection test: a receiver of no streams, on the ports of the session's media but separate from it. */
export class Probe {
  readonly path: ProbePath;
  readonly parameters: ProbeResult;
  readonly receiver: WebRtcReceiver;
  readonly #transport: WebRtcTransport;
  #hasBeenConnected = false;

  private constructor(
    { path, clock }: ProbeOptions,
    transport: WebRtcTransport,
    receiver: WebRtcReceiver,
    parameters: ProbeResult,
  ) {
    this.path = path;
    this.parameters = parameters;
    this.receiver = receiver;
    this.#transport = transport;
    transport.observer.on('dtlsstatechange', (state) => (this.#hasBeenConnected ||= state === 'connected'));
    receiver.onClose(clock.after(PROBE_LIFE_MS, () => this.close()));
  }

  /** @throws {TelevisitError} `bad_media` if the capabilities fit no codec, `media_unavailable` if the worker is gone */
  static async open(options: ProbeOptions): Promise<Probe> {
    const { shard, path, rtpCapabilities, clock } = options;
    const transport = await createWebRtcTransport(shard, PROTOCOLS[path]);
    const receiver = new WebRtcReceiver(transport, {
      router: shard.router,
      recipient: { kind: 'receiver', receiverId: 'probe' },
      sources: new Set(),
      rtpCapabilities,
      clock,
      listener: NO_LISTENER,
      onDemandChange: () => undefined,
    });
    try {
      await receiver.consumeWarmUp(shard.warmUpProducer);
      const [consumer] = receiver.parameters;
      if (!consumer) throw new TelevisitError('bad_media');
      return new Probe(options, transport, receiver, {
        transport: parametersOf(transport, shard.worker),
        consumer,
      });
    } catch (error) {
      receiver.close();
      throw error;
    }
  }

  get id(): string {
    return this.#transport.id;
  }

  get closed(): boolean {
    return this.receiver.closed;
  }

  /** Whether the media connection has been established. */
  get hasBeenConnected(): boolean {
    return this.#hasBeenConnected;
  }

  /** Calls `listener` once when it closes. */
  onClose(listener: () => void): void {
    this.receiver.onClose(listener);
  }

  /** @throws {TelevisitError} `bad_media`, `media_unavailable` */
  async connect(dtlsParameters: DtlsParameters): Promise<void> {
    await callWorker(this, () => this.#transport.connect({ dtlsParameters }));
  }

  /** Idempotent. */
  close(): void {
    this.receiver.close();
  }
}
