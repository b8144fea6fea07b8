import type { VisitBootstrap } from '@televisit/shared/api';
import type { types } from 'mediasoup-client';
import { fetchBootstrap } from './bootstrap.ts';
import type { ChatDesk } from './chat.ts';
import { ConnectionCheck } from './connection-check.ts';
import type { Devices } from './devices.ts';
import { Emitter } from './emitter.ts';
import { VisitError } from './errors.ts';
import type { FeedbackDesk } from './feedback.ts';
import type { JoinMetrics } from './join-metrics.ts';
import type { KeptValue } from './kept-value.ts';
import type { Line } from './line.ts';
import { loadDevice } from './loaded-device.ts';
import { LocalMedia } from './local-media.ts';
import { watchNetwork } from './network-changes.ts';
import type { Presence } from './presence.ts';
import { Quality } from './quality.ts';
import type { Reactions } from './reactions.ts';
import { SignalingClient } from './signaling-client.ts';
import { CHANGE_PATIENCE_MS, VisitConnection } from './visit-connection.ts';
import {
  announced,
  declined,
  elsewhere,
  joined,
  loaded,
  noticed,
  participantChanged,
  participantLeft,
  waiting,
  waitingMessage,
  type View,
  type VisitPhase,
  type Why,
} from './visit-state.ts';
import type { VisitStore } from './visit-store.ts';

/** What outlives a start of the client. */
export interface RunParts {
  readonly sessionId: string;
  /** The server's origin; undefined for the page's own. */
  readonly baseUrl: string | undefined;
  readonly createDevice: () => Promise<types.Device>;
  readonly store: VisitStore;
  readonly line: Line;
  readonly token: KeptValue;
  /** The secret by which the server knows this page again. */
  readonly device: string;
  readonly devices: Devices;
  readonly metrics: JoinMetrics;
  readonly feedback: FeedbackDesk;
  readonly chat: ChatDesk;
  readonly reactions: Reactions;
  readonly presence: Presence;
}

export interface RunEvents {
  /** The visit is there, and the preview begins. */
  loaded: undefined;
  /** The server did not tell of the visit. */
  refused: VisitError;
  /** The camera or microphone was opened or closed. */
  devices: undefined;
  /** The visit is over for this person. */
  over: { readonly phase: VisitPhase; readonly why?: Why };
}

/** One start of the client, from loading the visit to its end: everything in it is new, and closed with it. */
export class VisitRun extends Emitter<RunEvents> {
  readonly local: LocalMedia;
  readonly #parts: RunParts;
  readonly #abort = new AbortController();
  readonly #stopWatching: () => void;
  #connection: VisitConnection | null = null;
  #quality: Quality | null = null;
  #check: ConnectionCheck | null = null;

  constructor(parts: RunParts) {
    super();
    this.#parts = parts;
    this.#stopWatching = watchNetwork((wasOffline) => {
      // No connection of before can be of use.
      void this.#connection?.networkChanged(wasOffline ? 0 : CHANGE_PATIENCE_MS);
    });
    this.local = new LocalMedia(parts.devices, permissions(), () => !parts.presence.away);
  }

  get connection(): VisitConnection | null {
    return this.#connection;
  }

  /** Asks for the visit, opens the devices and prepares everything up to the join. Never throws. */
  async load(): Promise<void> {
    const { sessionId, baseUrl = '', store, token } = this.#parts;
    const { signal } = this.#abort;
    try {
      const known = token.get();
      if (known === null) throw new VisitError('token_missing');
      const { visit, clockOffset } = await fetchBootstrap({ baseUrl, sessionId, token: known, signal });
      if (signal.aborted) return;
      store.update((state) => loaded(state, visit, clockOffset));
      this.emit('loaded', undefined);
      this.#connect(visit);
      this.#openMedia(visit);
    } catch (error) {
      if (!signal.aborted) this.emit('refused', VisitError.from(error));
    }
  }

  /** Applies what the person decided about saving data. */
  applyQuality(): void {
    this.#quality?.apply();
  }

  /** Tries every way to the server. Throws a `VisitError`. */
  async testConnection(): Promise<void> {
    if (!this.#check) throw new VisitError('not_prepared');
    await this.#check.run();
  }

  setViews(views: readonly View[]): void {
    this.#connection?.setViews(views);
  }

  /** Idempotent. */
  close(): void {
    this.removeAllListeners();
    this.#stopWatching();
    this.#abort.abort();
    this.#quality?.stop();
    this.#check?.stop();
    this.#connection?.close();
    this.local.close();
    this.#parts.line.use(null);
    this.#parts.chat.stop();
    this.#parts.reactions.stop();
  }

  #connect(bootstrap: VisitBootstrap): void {
    const { sessionId, baseUrl, createDevice, line, token } = this.#parts;
    const signaling = new SignalingClient({
      url: baseUrl,
      sessionId,
      token: () => token.get() ?? '',
    });
    line.use(signaling);
    const device = loadDevice(bootstrap, createDevice);
    // Whoever waits for it handles the failure; when nobody got that far, nobody needs to know.
    device.catch(() => undefined);
    const iceServers = bootstrap.iceServers as RTCIceServer[];
    this.#check = new ConnectionCheck({ store: this.#parts.store, device, signaling, iceServers });
    this.#connection = new VisitConnection({
      signaling,
      bootstrap,
      device: this.#parts.device,
      local: this.local,
      codecs: device,
    });
    this.#handleConnection(this.#connection, signaling);
    this.#handleVisit(signaling);
    this.#handleMedia(signaling);
    this.#connection.open();
  }

  #handleConnection(connection: VisitConnection, signaling: SignalingClient): void {
    const { store, metrics, feedback, chat, presence } = this.#parts;
    this.#quality = this.#newQuality(connection, signaling);
    this.#quality.apply();
    connection.on('state', (state) => store.update({ connection: state }));
    connection.on('tracks', (tracks) => store.update({ tracks }));
    connection.on('prepared', () => {
      this.#quality?.start();
      this.#quality?.reportAgain();
    });
    connection.on('waiting', (update) => store.update((state) => waiting(state, update)));
    connection.on('declined', () => store.update(declined));
    connection.on('elsewhere', () => store.update(elsewhere));
    connection.on('joined', (result) => {
      metrics.ack();
      feedback.open();
      store.update((state) => ({
        ...joined(state, result, chat.reading),
        feedback: feedback.standing,
      }));
      chat.entered();
      presence.say();
      // What was allowed before a drop may not be any more.
      const { self, room } = store.state;
      if (!room.screenShareAllowed && !self?.permissions.includes('moderate')) this.local.endShare();
    });
    connection.on('ended', (endReason) => {
      this.#over('ended', { closedAt: endReason === null ? null : this.#serverTime(), endReason });
    });
    connection.on('replaced', () => this.#over('replaced'));
    connection.on('dismissed', (reason) => {
      if (reason === 'removed') this.#over('failed', { error: new VisitError('removed') });
      else this.#over('left');
    });
    connection.on('failed', (error) => this.#over('failed', { error }));
  }

  /** What the server tells of the others and of the visit. */
  #handleVisit(signaling: SignalingClient): void {
    const { store, token, chat, reactions } = this.#parts;
    const inVisit = () => store.state.phase === 'joined';
    signaling.on('participant:joined', (one) => {
      if (inVisit()) store.update((state) => participantChanged(state, one));
    });
    signaling.on('participant:updated', (one) => {
      if (inVisit()) store.update((state) => participantChanged(state, one));
    });
    signaling.on('participant:left', ({ userId }) => {
      store.update((state) => participantLeft(state, userId));
    });
    signaling.on('room:updated', (room) => store.update({ room }));
    signaling.on('waiting:people', ({ people }) => store.update({ waitingPeople: people }));
    signaling.on('announcement', (line) => store.update((state) => announced(state, line)));
    signaling.on('waiting:message', (message) => store.update((state) => waitingMessage(state, message)));
    signaling.on('chat:message', (message) => chat.received(message));
    signaling.on('reaction', (reaction) => {
      if (inVisit()) reactions.show(reaction);
    });
    signaling.on('reconnecting', () => chat.interrupted());
    signaling.on('token:refreshed', (fresh) => token.set(fresh.token));
  }

  /** What hosts do to one's own media. */
  #handleMedia(signaling: SignalingClient): void {
    const { store } = this.#parts;
    signaling.on('muted', ({ source, by }) => {
      // The server has stopped the stream; the light of the camera goes out here.
      void this.local.setOn(source, false);
      store.update((state) => noticed(state, source === 'camera' ? 'camera_off' : 'muted', by));
    });
    signaling.on('unmute:asked', ({ by }) => store.update((state) => noticed(state, 'unmute_asked', by)));
    signaling.on('share:stopped', ({ by }) => {
      this.local.stopShare();
      store.update((state) => noticed(state, 'share_stopped', by));
    });
  }

  #newQuality(connection: VisitConnection, signaling: SignalingClient): Quality {
    return new Quality({
      store: this.#parts.store,
      sample: async () => (await connection.session?.networkSample()) ?? null,
      setMode: (mode) => connection.setMode(mode),
      report: (level) => signaling.send('network:report', { level }),
    });
  }

  #openMedia({ self }: VisitBootstrap): void {
    const { store } = this.#parts;
    this.local.on('change', (local) => {
      store.update({ local });
      // Names of devices appear when the person has allowed them.
      if (!local.camera.busy && !local.microphone.busy) this.emit('devices', undefined);
    });
    this.local.on('notice', ({ kind }) => store.update((state) => noticed(state, kind)));
    if (self.permissions.includes('publish')) void this.local.openAll();
    else this.emit('devices', undefined);
  }

  #over(phase: VisitPhase, why: Why = {}): void {
    this.emit('over', { phase, why });
  }

  #serverTime(): number {
    return Date.now() + this.#parts.store.state.clockOffset;
  }
}

function permissions(): Permissions | undefined {
  return (globalThis.navigator as Navigator | undefined)?.permissions;
}
