import type { VisitBootstrap } from '@televisit/shared/api';
import type {
  JoinOutcome,
  JoinResult,
  Payload,
  PrepareResult,
  TransportParameters,
} from '@televisit/shared/signaling';
import { DEVICE_SOURCES, SOURCES, type DeviceSource, type Source } from '@televisit/shared/vocabulary';
import type { types } from 'mediasoup-client';
import { can } from '../core/base-state.ts';
import { Emitter } from '../core/emitter.ts';
import { VisitError } from '../core/errors.ts';
import type { LocalSources } from '../devices/local-media.ts';
import type { MediaMode } from '../network/degradation-policy.ts';
import { IceRestart } from '../network/ice-restart.ts';
import type { NetworkSample } from '../network/network-monitor.ts';
import {
  collectTransports,
  networkSample,
  transportReport,
  type TransportReport,
  type Transports,
} from '../network/transport-stats.ts';
import type { SignalingClient } from '../signaling/signaling-client.ts';
import { IncomingMedia } from './incoming-media.ts';
import { PlayoutDelay } from './playout-delay.ts';
import { senderSettings, waysToSend } from './source-options.ts';
import { SourcePublisher, type DesiredState } from './source-publisher.ts';
import { StreamPreferences, type View } from './stream-preferences.ts';

interface MediaSessionEvents {
  /** A transport failed for good; only a new session helps. */
  failed: undefined;
  /** True if a transport lost its path; false if the last of them found one again. */
  interrupted: boolean;
  /** True if a transport has not found a first path in time; false once all have. */
  blocked: boolean;
  /** The browser can't encode a track in any way. */
  unsendable: { readonly source: Source; readonly track: MediaStreamTrack };
  /** A participant can't decode a stream of this one, and there is no other codec. */
  undecodable: Source;
  /** The server refuses the shared screen. */
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

/** How long a transport may take to find its first path, in milliseconds; one through a TURN server takes up to three seconds. */
export const FIRST_PATH_MS = 6_000;

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
  /** The transports that have lost their path. */
  readonly #broken = new Set<types.Transport>();
  /** The transports that look for their first path, with the timer that makes it known. */
  readonly #searching = new Map<types.Transport, ReturnType<typeof setTimeout>>();
  #blocked = false;
  readonly #playout = new PlayoutDelay();
  #mode: MediaMode = 'full';
  #measured: Transports<TransportReport> = { send: null, receive: null };
  #stage: SendingStage = { kind: 'preview', requested: [] };
  #releaseTimer: ReturnType<typeof setTimeout> | undefined;
  #local: LocalSources | null = null;

  /** Requests transports from the server and warms both up. @throws {VisitError} if the server refuses or is unreachable */
  static async prepare(options: MediaSessionOptions): Promise<MediaSession> {
    const { device, signaling } = options;
    const rtpCapabilities = device.recvRtpCapabilities as unknown as Record<string, unknown>;
    const result = await signaling.request('prepare', { rtpCapabilities });
    return new MediaSession(options, result);
  }

  private constructor({ device, signaling, bootstrap }: MediaSessionOptions, result: PrepareResult) {
    super();
    this.#signaling = signaling;
    this.#canPublish = can(bootstrap.self, 'publish');
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
    const settings = senderSettings(device, bootstrap);
    const publisher = (source: Source) =>
      new SourcePublisher(source, {
        transport: this.#send,
        signaling,
        ways: waysToSend(source, settings),
        onUnsendable: (track) => this.emit('unsendable', { source, track }),
        onRefused: (error) => this.emit('shareRefused', error),
      });
    this.#publishers = {
      microphone: publisher('microphone'),
      camera: publisher('camera'),
      screen: publisher('screen'),
      screenAudio: publisher('screenAudio'),
    };
    const stopListening = [
      signaling.on('camera:demand', ({ spatialLayer }) => {
        void this.#publishers.camera.setDemand(spatialLayer);
      }),
      signaling.on('producer:undecodable', ({ source }) => {
        if (!this.#publishers[source].changeCodec()) this.emit('undecodable', source);
      }),
    ];
    this.#stopListening = () => {
      for (const stop of stopListening) stop();
    };
    this.#preferences = new StreamPreferences((consumers) =>
      signaling.send('consumer:prefer', { consumers }),
    );
    this.incoming = new IncomingMedia(this.#receive);
    this.incoming.on('tracks', (tracks) => this.#preferences.setStreams(tracks));
    this.incoming.on('ready', (consumerIds) => {
      // In this order, so that no packet of an unwanted picture is sent.
      this.#preferences.flush();
      signaling.send('consumer:ready', { consumerIds });
    });
    this.incoming.add(result.consumers);
  }

  /** For statistics. */
  get transports(): { readonly send: types.Transport; readonly receive: types.Transport } {
    return { send: this.#send, receive: this.#receive };
  }

  /** Publishes the local sources; resolves when the server has them. Never throws. */
  async publish(local: LocalSources): Promise<void> {
    if (!this.#canPublish || this.#closed) return;
    this.#local = local;
    await Promise.all(SOURCES.map((source) => this.#publishers[source].set(this.#desired(local, source))));
  }

  /**
   * Joins, or asks to, with the sources that are switched on. One message; everything else runs in parallel.
   * @throws {VisitError} if the server refuses or is unreachable
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

  /** Whether a transport has lost its path and not found another. */
  get interrupted(): boolean {
    return this.#broken.size > 0;
  }

  /** Whether a transport has not found a first path in time. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** Whether another signaling connection may resume these transports. */
  get resumable(): boolean {
    return this.#stage.kind === 'holding' || this.#stage.kind === 'sending';
  }

  /** Returns the sources that are sent now. */
  sentOf(local: LocalSources): Source[] {
    return SOURCES.filter((source) => this.#publishers[source].sends(this.#desired(local, source)));
  }

  /** A new signaling connection resumes these transports: applies the server's state. */
  resumed(result: JoinResult): void {
    if (this.#closed) return;
    this.incoming.sync(result.consumers);
    this.#preferences.resend();
    for (const source of DEVICE_SOURCES) this.#publishers[source].joined(result.self.media[source] !== 'on');
    this.#republish();
    for (const restart of this.#restarts) restart.retry();
  }

  /**
   * Finds new paths for the media (ICE restart, RFC 8445, 2.4) after a change of the network. If the server is unreachable,
   * `resumed()` tries again. Never throws.
   * @returns whether the server has answered
   */
  async restartIce(): Promise<boolean> {
    return (await Promise.all(this.#restarts.map((restart) => restart.run()))).every(Boolean);
  }

  /** The participant has joined: the sources that the last `join()` named are live. */
  admitted(result: JoinResult): void {
    if (this.#closed) return;
    const requested = this.#stage.kind === 'preview' ? this.#stage.requested : [];
    this.incoming.add(result.consumers);
    for (const source of DEVICE_SOURCES) {
      // A named source that is off was switched off by a host, which stays in force.
      const named = requested.includes(source);
      this.#publishers[source].joined(!named && result.self.media[source] !== 'on');
    }
    // Senders start after the answer: they load the browser, and before it the server would forward nothing.
    const awaitsPicture = result.participants.some(({ media }) => media.camera === 'on');
    this.#dispatch({ type: 'admitted', awaitsPicture });
    if (this.#stage.kind === 'holding') {
      this.#releaseTimer ??= setTimeout(() => this.startSending(), PICTURE_TIMEOUT_MS);
    }
    this.#republish();
  }

  /**
   * Starts microphone and camera after a join. They wait for the first remote picture, because on a small machine starting
   * them slows its decoding down; the other participants need that time to set the new streams up anyway.
   */
  startSending(): void {
    if (this.#stage.kind !== 'holding') return;
    this.#dispatch({ type: 'released' });
    clearTimeout(this.#releaseTimer);
    this.#republish();
  }

  /** Sets the streams that the page shows; the server receives it a moment later, and sends no others. */
  setViews(views: readonly View[]): void {
    this.#preferences.setViews(views);
  }

  /** Sets how much media the network carries. `audio_only` also holds the own camera back, without switching it off. */
  setMode(mode: MediaMode): void {
    this.#mode = mode;
    this.#preferences.setMode(mode);
    this.#republish();
  }

  /** Returns how the network was since the last call; null once the session is closed. */
  async networkSample(): Promise<NetworkSample | null> {
    const now = await collectTransports(this);
    const before = this.#measured;
    if (this.#closed) return null;
    this.#measured = now;
    const sample = networkSample(
      (['send', 'receive'] as const).flatMap((side) => {
        const report = now[side];
        return report ? [{ before: before[side], now: report }] : [];
      }),
    );
    const rttMs = now.receive?.rttMs ?? null;
    this.incoming.setPlayoutDelay(this.#playout.observe({ ...sample, rttMs }, performance.now()));
    return sample;
  }

  /** Returns when the newest packet of any stream arrived; null if nothing is received. */
  newestPacket(): number | null {
    const times = this.incoming
      .consumers()
      .flatMap(({ rtpReceiver }) => rtpReceiver?.getSynchronizationSources() ?? [])
      .map(({ timestamp }) => timestamp);
    return times.length === 0 ? null : Math.max(...times);
  }

  /** The sent streams that the server acknowledges with RTCP feedback. */
  get sends(): 'picture' | 'sound' | 'nothing' {
    const live = this.producers().filter(({ track }) => track?.readyState === 'live');
    if (live.some(({ kind }) => kind === 'video')) return 'picture';
    return live.length > 0 ? 'sound' : 'nothing';
  }

  /** Returns how many bytes the server has sent in answer to the own media; null if unknown. */
  async answeredBytes(): Promise<number | null> {
    if (this.#closed) return null;
    const report = await this.#send.getStats().catch(() => null);
    return report && transportReport(report).bytesReceived;
  }

  producers(): readonly types.Producer[] {
    return SOURCES.map((source) => this.#publishers[source].producer).filter((producer) => producer !== null);
  }

  close(): void {
    if (this.#closed) return;
    this.#dispatch({ type: 'closed' });
    clearTimeout(this.#releaseTimer);
    for (const timer of this.#searching.values()) clearTimeout(timer);
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

  #republish(): void {
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
    let found = false;
    transport.on('connectionstatechange', (state) => {
      if (this.#closed) return;
      if (state === 'connecting' && !found && !this.#searching.has(transport)) {
        this.#searching.set(
          transport,
          setTimeout(() => this.#setBlocked(true), FIRST_PATH_MS),
        );
      } else if (state === 'connected') {
        found = true;
        clearTimeout(this.#searching.get(transport));
        this.#searching.delete(transport);
        if (this.#searching.size === 0) this.#setBlocked(false);
      }
      if (state === 'failed' || state === 'disconnected') {
        this.#broken.add(transport);
        this.emit('interrupted', true);
      } else if (state === 'connected' && this.#broken.delete(transport) && !this.interrupted) {
        this.emit('interrupted', false);
      }
    });
    return restart;
  }

  #setBlocked(blocked: boolean): void {
    if (blocked === this.#blocked) return;
    this.#blocked = blocked;
    this.emit('blocked', blocked);
  }
}

/** Creates a mediasoup device with the capabilities of the server. @throws {VisitError} `unsupported_browser` */
export async function loadDevice(
  { rtpCapabilities }: VisitBootstrap,
  createDevice: () => Promise<types.Device>,
): Promise<types.Device> {
  try {
    const device = await createDevice();
    await device.load({ routerRtpCapabilities: rtpCapabilities });
    return device;
  } catch (error) {
    throw new VisitError('unsupported_browser', { cause: error });
  }
}

function options(parameters: TransportParameters, iceServers: RTCIceServer[]): types.TransportOptions {
  return { ...parameters, iceServers } as unknown as types.TransportOptions;
}

function opaque(value: object): Record<string, unknown> {
  return value as Record<string, unknown>;
}
