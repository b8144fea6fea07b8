import type { VisitBootstrap } from '@televisit/shared/api';
import type { DeviceSource, Source } from '@televisit/shared/vocabulary';
import type {
  JoinOutcome,
  JoinResult,
  Payload,
  PrepareResult,
  TransportParameters,
} from '@televisit/shared/signaling';
import type { types } from 'mediasoup-client';
import { DEVICE_SOURCES, SOURCES } from '../devices/devices.ts';
import { Emitter } from '../core/emitter.ts';
import { VisitError } from '../core/errors.ts';
import { IceRestart } from '../network/ice-restart.ts';
import { IncomingMedia } from './incoming-media.ts';
import type { LocalSources } from '../devices/local-media.ts';
import type { MediaMode } from '../network/degradation-policy.ts';
import type { NetworkSample } from '../network/network-monitor.ts';
import type { SignalingClient } from '../signaling/signaling-client.ts';
import { h264For, sourceOptions } from './source-options.ts';
import { SourcePublisher, type DesiredState } from './source-publisher.ts';
import { collectTransports, type Transports } from './stats.ts';
import { StreamPreferences, type View } from './stream-preferences.ts';
import { networkSample, transportLook, type TransportLook } from '../network/transport-stats.ts';

interface MediaSessionEvents {
  /** A transport broke for good; only a new session helps. */
  failed: undefined;
  /** A transport lost its way for the moment (true), or the last one that had found it again (false). */
  interrupted: boolean;
  /** The server does not take the shared screen. */
  shareRefused: VisitError;
}

export interface MediaSessionOptions {
  readonly device: types.Device;
  readonly signaling: SignalingClient;
  readonly bootstrap: VisitBootstrap;
}

/** Identifies the page to a join, which may replace the participant's other device. */
export type JoinClaim = Pick<Payload<'join'>, 'device' | 'takeOver'>;

/**
 * Whether media is sent: not in the `preview` (`requested`: the sources that the last join named), not while `holding` it
 * back for the first remote picture after a join, and then while `sending`.
 */
export type SendingStage =
  | { readonly kind: 'preview'; readonly requested: readonly DeviceSource[] }
  | { readonly kind: 'holding' }
  | { readonly kind: 'sending' }
  | { readonly kind: 'closed' };

export type SendingEvent =
  | { readonly type: 'join-answered'; readonly live: readonly DeviceSource[] }
  /** `awaitsPicture`: another participant's camera is on. */
  | { readonly type: 'admitted'; readonly awaitsPicture: boolean }
  | { readonly type: 'released' }
  | { readonly type: 'closed' };

/** Returns the stage after an event; the same object if the event changes nothing. */
export function sendingTransition(stage: SendingStage, event: SendingEvent): SendingStage {
  if (stage.kind === 'closed') return stage;
  switch (event.type) {
    case 'join-answered':
      return stage.kind === 'preview' ? { kind: 'preview', requested: event.live } : stage;
    case 'admitted':
      if (stage.kind !== 'preview') return stage;
      return { kind: event.awaitsPicture ? 'holding' : 'sending' };
    case 'released':
      return stage.kind === 'holding' ? { kind: 'sending' } : stage;
    case 'closed':
      return { kind: 'closed' };
  }
}

/** How long the own microphone and camera wait for the first remote picture, in milliseconds. */
const PICTURE_TIMEOUT_MS = 400;

/** The two transports of one signaling connection, with everything that runs over them. */
export class MediaSession extends Emitter<MediaSessionEvents> {
  readonly incoming: IncomingMedia;
  readonly #signaling: SignalingClient;
  readonly #send: types.Transport;
  readonly #receive: types.Transport;
  readonly #restarts: readonly IceRestart[];
  readonly #publishers: Record<Source, SourcePublisher>;
  readonly #preferences: StreamPreferences;
  readonly #canPublish: boolean;
  readonly #stopListening: () => void;
  /** The transports that have lost their way. */
  readonly #broken = new Set<types.Transport>();
  #mode: MediaMode = 'full';
  #measured: Transports<TransportLook> = { send: null, receive: null };
  #stage: SendingStage = { kind: 'preview', requested: [] };
  #releaseTimer: ReturnType<typeof setTimeout> | undefined;
  #local: LocalSources | null = null;

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
    this.#restarts = [this.#send, this.#receive].map((transport) => this.#handleTransport(transport));
    this.#send.on('produce', ({ rtpParameters, appData }, callback, errback) => {
      const { source, paused } = appData as { source: Source; paused: boolean };
      const payload = { transportId: this.#send.id, source, rtpParameters: opaque(rtpParameters), paused };
      signaling
        .request('producer:create', payload)
        .then(({ producerId }) => callback({ id: producerId }), errback);
    });
    const settings = { opusDtx: bootstrap.opusDtx, h264: h264For(device) };
    const publisher = (source: Source) =>
      new SourcePublisher(source, {
        transport: this.#send,
        signaling,
        options: sourceOptions(source, settings),
        onRefused: (error) => this.emit('shareRefused', error),
      });
    this.#publishers = {
      microphone: publisher('microphone'),
      camera: publisher('camera'),
      screen: publisher('screen'),
      screenAudio: publisher('screenAudio'),
    };
    this.#stopListening = signaling.on('camera:demand', ({ spatialLayer }) => {
      void this.#publishers.camera.setDemand(spatialLayer);
    });
    this.#preferences = new StreamPreferences((consumers) =>
      signaling.send('consumer:prefer', { consumers }),
    );
    this.incoming = new IncomingMedia(this.#receive);
    this.incoming.on('tracks', (tracks) => this.#preferences.setStreams(tracks));
    this.incoming.on('ready', (consumerIds) => {
      // In this order, so that not one packet comes of what is not wanted.
      this.#preferences.tell();
      signaling.send('consumer:ready', { consumerIds });
    });
    this.incoming.add(result.consumers);
  }

  /** For statistics. */
  get transports(): { readonly send: types.Transport; readonly receive: types.Transport } {
    return { send: this.#send, receive: this.#receive };
  }

  /** Publishes what is there now; resolves when the server has it. Never throws. */
  async publish(local: LocalSources): Promise<void> {
    if (!this.#canPublish || this.#closed) return;
    this.#local = local;
    await Promise.all(SOURCES.map((source) => this.#publishers[source].set(this.#desired(local, source))));
  }

  /**
   * Joins with what is switched on, or asks to. One message; everything else runs beside it. Throws a `VisitError`.
   */
  async join(local: LocalSources, claim: JoinClaim = {}): Promise<JoinOutcome> {
    const live = DEVICE_SOURCES.filter((source) =>
      this.#publishers[source].sends(this.#desired(local, source)),
    );
    const outcome = await this.#signaling.request('join', { live, ...claim });
    if (this.#closed) throw new VisitError('closed');
    this.#dispatch({ type: 'join-answered', live });
    this.#local ??= local;
    if (outcome.status === 'joined') this.admitted(outcome.result);
    return outcome;
  }

  /** Whether a transport has lost its way, and not found it again. */
  get interrupted(): boolean {
    return this.#broken.size > 0;
  }

  /** Whether another connection may go on with these transports. */
  get resumable(): boolean {
    return this.#stage.kind === 'holding' || this.#stage.kind === 'sending';
  }

  /** The sources that are sent now. */
  sentOf(local: LocalSources): Source[] {
    return SOURCES.filter((source) => this.#publishers[source].sends(this.#desired(local, source)));
  }

  /** A new connection goes on with these transports: everything becomes as the server says that it is. */
  resumed(result: JoinResult): void {
    if (this.#closed) return;
    this.incoming.sync(result.consumers);
    this.#preferences.tellAgain();
    for (const source of DEVICE_SOURCES) this.#publishers[source].joined(result.self.media[source] !== 'on');
    this.#publishAgain();
    for (const restart of this.#restarts) restart.retry();
  }

  /**
   * Finds new ways for the media (ICE restart, RFC 8445, 2.4), because the network has changed. Where the server can't be
   * asked, `resumed()` asks again. Never throws.
   * @returns whether the server has answered
   */
  async restartIce(): Promise<boolean> {
    return (await Promise.all(this.#restarts.map((restart) => restart.run()))).every(Boolean);
  }

  /** The person is in: what the last `join()` named is live. */
  admitted(result: JoinResult): void {
    if (this.#closed) return;
    const requested = this.#stage.kind === 'preview' ? this.#stage.requested : [];
    this.incoming.add(result.consumers);
    for (const source of DEVICE_SOURCES) {
      // What was named and is off all the same was switched off by a host, whose word stands.
      const named = requested.includes(source);
      this.#publishers[source].joined(!named && result.self.media[source] !== 'on');
    }
    // Senders start after the answer: they keep the browser busy, and before it the server would forward nothing.
    const awaitsPicture = result.participants.some(({ media }) => media.camera === 'on');
    this.#dispatch({ type: 'admitted', awaitsPicture });
    if (this.#stage.kind === 'holding') {
      this.#releaseTimer ??= setTimeout(() => this.startSending(), PICTURE_TIMEOUT_MS);
    }
    this.#publishAgain();
  }

  /**
   * Lets microphone and camera start after a join. They wait for the first picture of somebody else, because on a small
   * machine starting them takes the processor away from it; the others need that time to set the new streams up.
   */
  startSending(): void {
    if (this.#stage.kind !== 'holding') return;
    this.#dispatch({ type: 'released' });
    clearTimeout(this.#releaseTimer);
    this.#publishAgain();
  }

  /** What the page shows; the server hears of it a moment later and sends no more than that. */
  setViews(views: readonly View[]): void {
    this.#preferences.setViews(views);
  }

  /** How much media the network carries. `audio_only` also holds one's own camera back, without switching it off. */
  setMode(mode: MediaMode): void {
    this.#mode = mode;
    this.#preferences.setMode(mode);
    this.#publishAgain();
  }

  /** How the network was since this was asked last; null once it is closed. */
  async networkSample(): Promise<NetworkSample | null> {
    const now = await collectTransports(this);
    const before = this.#measured;
    if (this.#closed) return null;
    this.#measured = now;
    return networkSample(
      (['send', 'receive'] as const).flatMap((side) => {
        const look = now[side];
        return look ? [{ before: before[side], now: look }] : [];
      }),
    );
  }

  /** When the newest packet of anybody came; null where nothing is received. */
  newestPacket(): number | null {
    const times = this.incoming
      .consumers()
      .flatMap(({ rtpReceiver }) => rtpReceiver?.getSynchronizationSources() ?? [])
      .map(({ timestamp }) => timestamp);
    return times.length === 0 ? null : Math.max(...times);
  }

  /** What is sent that the server answers. */
  get sends(): 'picture' | 'sound' | 'nothing' {
    const live = this.producers().filter(({ track }) => track?.readyState === 'live');
    if (live.some(({ kind }) => kind === 'video')) return 'picture';
    return live.length > 0 ? 'sound' : 'nothing';
  }

  /** How many bytes the server has answered to what is sent; null where that can't be told. */
  async answeredBytes(): Promise<number | null> {
    if (this.#closed) return null;
    const report = await this.#send.getStats().catch(() => null);
    return report && transportLook(report).bytesReceived;
  }

  producers(): readonly types.Producer[] {
    return SOURCES.map((source) => this.#publishers[source].producer).filter((producer) => producer !== null);
  }

  close(): void {
    if (this.#closed) return;
    this.#dispatch({ type: 'closed' });
    clearTimeout(this.#releaseTimer);
    for (const restart of this.#restarts) restart.close();
    this.#stopListening();
    this.#preferences.close();
    for (const source of SOURCES) this.#publishers[source].close();
    this.incoming.close();
    this.#send.close();
    this.#receive.close();
    this.removeAllListeners();
  }

  #dispatch(event: SendingEvent): void {
    this.#stage = sendingTransition(this.#stage, event);
  }

  get #closed(): boolean {
    return this.#stage.kind === 'closed';
  }

  #publishAgain(): void {
    if (this.#local) void this.publish(this.#local);
  }

  #desired(local: LocalSources, source: Source): DesiredState {
    const { track, state } = local[source];
    const heldBack = source === 'camera' && this.#mode === 'audio_only';
    return { track, on: state === 'on' && !heldBack, joined: this.#stage.kind === 'sending' };
  }

  #handleTransport(transport: types.Transport): IceRestart {
    const restart = new IceRestart(transport, this.#signaling, () => {
      if (!this.#closed) this.emit('failed', undefined);
    });
    transport.on('connect', ({ dtlsParameters }, callback, errback) => {
      const payload = { transportId: transport.id, dtlsParameters };
      this.#signaling.request('transport:connect', payload).then(() => callback(), errback);
    });
    transport.on('connectionstatechange', (state) => {
      if (this.#closed) return;
      if (state === 'failed' || state === 'disconnected') {
        this.#broken.add(transport);
        this.emit('interrupted', true);
      } else if (state === 'connected' && this.#broken.delete(transport) && !this.interrupted) {
        this.emit('interrupted', false);
      }
    });
    return restart;
  }
}

function options(parameters: TransportParameters, iceServers: RTCIceServer[]): types.TransportOptions {
  return { ...parameters, iceServers } as unknown as types.TransportOptions;
}

function opaque(value: object): Record<string, unknown> {
  return value as Record<string, unknown>;
}
