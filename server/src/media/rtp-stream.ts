import type { Source } from '@televisit/shared/vocabulary';
import type { Consumer, MediaKind, Router, RtpParameters, Transport } from 'mediasoup/types';
import { callWorker } from './media-worker.ts';
import type { PublishedStream } from './stream-receiver.ts';

export interface StreamInfo {
  readonly producerId: string;
  readonly userId: string;
  readonly source: Source;
  readonly kind: MediaKind;
}

export interface UdpAddress {
  readonly ip: string;
  readonly port: number;
  /** Absent if RTCP shares the port (RFC 5761). */
  readonly rtcpPort?: number;
}

/** The destination of a receiver's RTP packets. */
export type RtpDelivery =
  /** To a function in this process, such as a transcriber. */
  | { readonly kind: 'packets'; onPacket(stream: RtpStream, packet: Buffer): void }
  /** To another process, such as FFmpeg or GStreamer. */
  | {
      readonly kind: 'udp';
      /** The address that the worker sends from. Default: 127.0.0.1. */
      readonly listenIp?: string;
      /** Returns the address for a stream, each of which needs one of its own. */
      destinationOf(stream: StreamInfo): UdpAddress | Promise<UdpAddress>;
    };

/** A stream that leaves a router as plain RTP: paused at first, without retransmissions, always on the top layer. */
export class RtpStream implements StreamInfo {
  readonly producerId: string;
  readonly userId: string;
  readonly source: Source;
  readonly kind: MediaKind;
  /** Codec, payload type and SSRC, as the receiving process needs them for its SDP. */
  readonly rtpParameters: RtpParameters;
  /** The address that the packets come from and that RTCP is sent to; null if they stay in this process. */
  readonly origin: UdpAddress | null;
  readonly #transport: Transport;
  readonly #consumer: Consumer;
  #running = false;
  #onRunningChange: () => void = () => undefined;

  private constructor(info: StreamInfo, { transport, origin }: Outlet, consumer: Consumer) {
    this.producerId = info.producerId;
    this.userId = info.userId;
    this.source = info.source;
    this.kind = info.kind;
    this.rtpParameters = consumer.rtpParameters;
    this.origin = origin;
    this.#transport = transport;
    this.#consumer = consumer;
    // A stream has its transport to itself.
    consumer.observer.once('close', () => transport.close());
  }

  /**
   * Opens a transport for a stream and consumes it there.
   * @throws {TelevisitError} `media_unavailable` if the router is closed, `bad_media` if the worker refuses
   */
  static async open(
    router: Router,
    { producer, userId, source }: PublishedStream,
    delivery: RtpDelivery,
  ): Promise<RtpStream> {
    const info: StreamInfo = { producerId: producer.id, userId, source, kind: producer.kind };
    const outlet = await openOutlet(router, delivery, info);
    const { transport } = outlet;
    try {
      // Without header extensions mediasoup estimates no bandwidth, so it never leaves the top layer.
      const rtpCapabilities = { codecs: router.rtpCapabilities.codecs ?? [], headerExtensions: [] };
      const consumer = await callWorker(transport, () =>
        transport.consume({ producerId: producer.id, rtpCapabilities, paused: true, enableRtx: false }),
      );
      const stream = new RtpStream(info, outlet, consumer);
      if (delivery.kind === 'packets') consumer.on('rtp', (packet) => delivery.onPacket(stream, packet));
      return stream;
    } catch (error) {
      transport.close();
      throw error;
    }
  }

  get closed(): boolean {
    return this.#consumer.closed;
  }

  /** Whether the receiver lets packets through. */
  get running(): boolean {
    return this.#running && !this.closed;
  }

  /** Whether the sender has paused the stream. */
  get senderPaused(): boolean {
    return this.#consumer.producerPaused;
  }

  /** Calls `listener` when the sender pauses the stream, for instance mutes the microphone. */
  onSenderPause(listener: () => void): void {
    this.#consumer.on('producerpause', listener);
  }

  onSenderResume(listener: () => void): void {
    this.#consumer.on('producerresume', listener);
  }

  /** Calls `listener` when `running` changes by `resume()` or `pause()`. */
  onRunningChange(listener: () => void): void {
    this.#onRunningChange = listener;
  }

  onClose(listener: () => void): void {
    this.#consumer.observer.once('close', listener);
  }

  /** Lets packets through, beginning with a key frame. @throws {TelevisitError} `media_unavailable` if it is closed */
  async resume(): Promise<void> {
    this.#setRunning(true);
    await callWorker(this, () => this.#consumer.resume());
  }

  /** Holds packets back. @throws {TelevisitError} `media_unavailable` if it is closed */
  async pause(): Promise<void> {
    this.#setRunning(false);
    await callWorker(this, () => this.#consumer.pause());
  }

  /** Requests a key frame from the sender. @throws {TelevisitError} `media_unavailable` if it is closed */
  async requestKeyFrame(): Promise<void> {
    await callWorker(this, () => this.#consumer.requestKeyFrame());
  }

  /** Idempotent. */
  close(): void {
    this.#transport.close();
  }

  #setRunning(running: boolean): void {
    if (this.#running === running) return;
    this.#running = running;
    this.#onRunningChange();
  }
}

interface Outlet {
  readonly transport: Transport;
  readonly origin: UdpAddress | null;
}

async function openOutlet(router: Router, delivery: RtpDelivery, stream: StreamInfo): Promise<Outlet> {
  if (delivery.kind === 'packets') {
    return { transport: await callWorker(router, () => router.createDirectTransport()), origin: null };
  }
  const { listenIp = '127.0.0.1' } = delivery;
  const destination = await delivery.destinationOf(stream);
  const rtcpMux = destination.rtcpPort === undefined;
  const transport = await callWorker(router, () =>
    router.createPlainTransport({ listenInfo: { protocol: 'udp', ip: listenIp }, rtcpMux }),
  );
  try {
    await callWorker(transport, () => transport.connect(destination));
  } catch (error) {
    transport.close();
    throw error;
  }
  const { localAddress: ip, localPort: port } = transport.tuple;
  const rtcpPort = transport.rtcpTuple?.localPort;
  return { transport, origin: { ip, port, ...(rtcpPort === undefined ? {} : { rtcpPort }) } };
}
