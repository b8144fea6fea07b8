import type { VisitBootstrap } from '@televisit/shared/api';
import type { PrepareResult, Source, TransportParameters } from '@televisit/shared/signaling';
import type { types } from 'mediasoup-client';
import { SOURCES } from './devices.ts';
import { Emitter } from './emitter.ts';
import { VisitError } from './errors.ts';
import { IncomingMedia } from './incoming-media.ts';
import type { LocalSources } from './local-media.ts';
import type { SignalingClient } from './signaling-client.ts';
import { SourcePublisher } from './source-publisher.ts';

interface MediaSessionEvents {
  /** A transport broke for good; only a new session helps. */
  failed: undefined;
  /** A transport lost its way for the moment (true), or found it again (false). */
  interrupted: boolean;
}

export interface MediaSessionOptions {
  readonly device: types.Device;
  readonly signaling: SignalingClient;
  readonly bootstrap: VisitBootstrap;
}

/** How long one's own microphone and camera wait at most for the first picture of somebody else, in milliseconds. */
const PICTURE_PATIENCE_MS = 400;

/** The two transports of one signaling connection, with everything that runs over them. */
export class MediaSession extends Emitter<MediaSessionEvents> {
  readonly incoming: IncomingMedia;
  readonly #signaling: SignalingClient;
  readonly #send: types.Transport;
  readonly #receive: types.Transport;
  readonly #publishers: Record<Source, SourcePublisher>;
  readonly #canPublish: boolean;
  #joined = false;
  /** Between a join and the first picture of somebody else. */
  #waits = false;
  #waitTimer: ReturnType<typeof setTimeout> | undefined;
  #local: LocalSources | null = null;
  #closed = false;

  /** Asks the server for transports and warms both up. Throws a `VisitError`. */
  static async prepare(options: MediaSessionOptions): Promise<MediaSession> {
    const { device, signaling } = options;
    const rtpCapabilities = device.recvRtpCapabilities as unknown as Record<string, unknown>;
    const result = await signaling.request('prepare', { rtpCapabilities });
    return new MediaSession(options, result);
  }

  private constructor({ device, signaling, bootstrap }: MediaSessionOptions, result: PrepareResult) {
    super();
    this.#signaling = signaling;
    this.#canPublish = bootstrap.self.permissions.includes('publish');
    const iceServers = bootstrap.iceServers as RTCIceServer[];
    this.#send = device.createSendTransport(options(result.sendTransport, iceServers));
    this.#receive = device.createRecvTransport(options(result.receiveTransport, iceServers));
    this.#handleTransport(this.#send);
    this.#handleTransport(this.#receive);
    this.#send.on('produce', ({ rtpParameters, appData }, callback, errback) => {
      const { source, paused } = appData as { source: Source; paused: boolean };
      const payload = { transportId: this.#send.id, source, rtpParameters: opaque(rtpParameters), paused };
      signaling
        .request('producer:create', payload)
        .then(({ producerId }) => callback({ id: producerId }), errback);
    });
    const publisher = (source: Source) =>
      new SourcePublisher(source, this.#send, signaling, bootstrap.opusDtx);
    this.#publishers = { microphone: publisher('microphone'), camera: publisher('camera') };
    this.incoming = new IncomingMedia(this.#receive);
    this.incoming.on('ready', (consumerIds) => signaling.send('consumer:ready', { consumerIds }));
    this.incoming.add(result.consumers);
  }

  /** Publishes what is there now; resolves when the server has it. Never throws. */
  async publish(local: LocalSources): Promise<void> {
    if (!this.#canPublish || this.#closed) return;
    this.#local = local;
    await Promise.all(SOURCES.map((source) => this.#publishers[source].set(this.#wish(local, source))));
  }

  /** Joins with what is switched on. One message; everything else runs beside it. Throws a `VisitError`. */
  async join(local: LocalSources) {
    const live = SOURCES.filter((source) => this.#publishers[source].goesLive(this.#wish(local, source)));
    const result = await this.#signaling.request('join', { live });
    if (this.#closed) throw new VisitError('closed');
    this.incoming.add(result.consumers);
    // Senders start after the answer: they keep the browser busy, and before it the server would forward nothing.
    this.#joined = true;
    this.#waits = result.participants.some(({ media }) => media.camera === 'on');
    if (this.#waits) this.#waitTimer = setTimeout(() => this.startSending(), PICTURE_PATIENCE_MS);
    void this.publish(this.#local ?? local);
    return result;
  }

  /**
   * Lets microphone and camera start after a join. They wait for the first picture of somebody else, because on a small
   * machine starting them takes the processor away from it; the others need that time to set the new streams up.
   */
  startSending(): void {
    if (!this.#waits || this.#closed) return;
    this.#waits = false;
    clearTimeout(this.#waitTimer);
    if (this.#local) void this.publish(this.#local);
  }

  producers(): readonly types.Producer[] {
    return SOURCES.map((source) => this.#publishers[source].producer).filter((producer) => producer !== null);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#waitTimer);
    for (const source of SOURCES) this.#publishers[source].close();
    this.incoming.close();
    this.#send.close();
    this.#receive.close();
    this.removeAllListeners();
  }

  #wish(local: LocalSources, source: Source) {
    const { track, state } = local[source];
    return { track, on: state === 'on', joined: this.#joined && !this.#waits };
  }

  #handleTransport(transport: types.Transport): void {
    transport.on('connect', ({ dtlsParameters }, callback, errback) => {
      const payload = { transportId: transport.id, dtlsParameters };
      this.#signaling.request('transport:connect', payload).then(() => callback(), errback);
    });
    transport.on('connectionstatechange', (state) => {
      if (this.#closed) return;
      if (state === 'failed') this.emit('failed', undefined);
      else if (state === 'disconnected') this.emit('interrupted', true);
      else if (state === 'connected') this.emit('interrupted', false);
    });
  }
}

function options(parameters: TransportParameters, iceServers: RTCIceServer[]): types.TransportOptions {
  return { ...parameters, iceServers } as unknown as types.TransportOptions;
}

function opaque(value: object): Record<string, unknown> {
  return value as Record<string, unknown>;
}
