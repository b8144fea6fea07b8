import type { ProbePath } from '@televisit/shared/vocabulary';
import type { ProbeResult } from '@televisit/shared/signaling';
import type {
  DtlsParameters,
  Producer,
  Router,
  RtpCapabilities,
  WebRtcServer,
  WebRtcTransport,
} from 'mediasoup/types';
import type { Clock } from '../domain/clock.ts';
import { parametersOf } from './transport-parameters.ts';
import { callWorker } from './call-worker.ts';

/** How long a connection test may keep its transport, in milliseconds. */
export const PROBE_LIFE_MS = 20_000;

/** What the browser may use to reach the SFU; a relay reaches it by either. */
const PROTOCOLS: Record<ProbePath, { enableUdp: boolean; enableTcp: boolean }> = {
  udp: { enableUdp: true, enableTcp: false },
  tcp: { enableUdp: false, enableTcp: true },
  turn: { enableUdp: true, enableTcp: true },
};

export interface ProbeOptions {
  readonly router: Router;
  readonly webRtcServer: WebRtcServer;
  readonly warmUpProducer: Producer;
  readonly path: ProbePath;
  readonly rtpCapabilities: RtpCapabilities;
  readonly clock: Clock;
}

/** The transport of a connection test. It is on the ports that the visit's media uses, and touches none of that. */
export class Probe {
  readonly path: ProbePath;
  readonly parameters: ProbeResult;
  readonly #transport: WebRtcTransport;
  readonly #cancel: () => void;

  private constructor({ path, clock }: ProbeOptions, transport: WebRtcTransport, parameters: ProbeResult) {
    this.path = path;
    this.parameters = parameters;
    this.#transport = transport;
    this.#cancel = clock.after(PROBE_LIFE_MS, () => this.close());
    // However the transport ends, its timer ends with it.
    transport.observer.once('close', this.#cancel);
  }

  /** @throws TelevisitError `bad_media`, `media_unavailable` */
  static async open(options: ProbeOptions): Promise<Probe> {
    const { router, webRtcServer, warmUpProducer, path, rtpCapabilities } = options;
    const transport = await callWorker(router, () =>
      router.createWebRtcTransport({ webRtcServer, preferUdp: true, ...PROTOCOLS[path] }),
    );
    try {
      const producerId = warmUpProducer.id;
      const { id, kind, rtpParameters } = await callWorker(transport, () =>
        transport.consume({ producerId, rtpCapabilities, paused: true }),
      );
      const consumer = { consumerId: id, producerId, kind, rtpParameters, userId: null, source: null };
      return new Probe(options, transport, { transport: parametersOf(transport), consumer });
    } catch (error) {
      transport.close();
      throw error;
    }
  }

  get id(): string {
    return this.#transport.id;
  }

  get closed(): boolean {
    return this.#transport.closed;
  }

  /** @throws TelevisitError `bad_media`, `media_unavailable` */
  async connect(dtlsParameters: DtlsParameters): Promise<void> {
    await callWorker(this, () => this.#transport.connect({ dtlsParameters }));
  }

  /** Idempotent. */
  close(): void {
    this.#cancel();
    this.#transport.close();
  }
}
