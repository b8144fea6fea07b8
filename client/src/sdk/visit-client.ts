import type { DeviceSource, Reaction } from '@televisit/shared/vocabulary';
import { Device, type types } from 'mediasoup-client';
import { ChatApi, type Chat } from './features/chat/chat-api.ts';
import { Devices, type DeviceKind } from './devices/devices.ts';
import { VisitError } from './core/errors.ts';
import { FeedbackApi, type Feedback } from './features/feedback/feedback-api.ts';
import { JoinMetrics } from './call/join-metrics.ts';
import { SessionStorageValue, type KeyValueStore } from './core/session-storage-value.ts';
import { CurrentSignaling } from './signaling/current-signaling.ts';
import { Moderation } from './features/moderation/moderation.ts';
import { Presence } from './call/presence.ts';
import { randomId } from './core/random-id.ts';
import { Reactions } from './features/reactions/reactions.ts';
import { SaveData } from './network/save-data.ts';
import { collectStats, type VisitStats } from './media/stats.ts';
import { CallSession } from './call/call-session.ts';
import {
  announcementClosed,
  INITIAL_STATE,
  stopped,
  type Announcement,
  type VisitState,
} from './state/visit-state.ts';
import { VisitStore } from './state/visit-store.ts';
import type { View } from './media/stream-preferences.ts';
import { WaitingRoom } from './features/waiting-room/waiting-room.ts';

export interface VisitClientOptions {
  readonly sessionId: string;
  /** The join token of the link; without it the one that this tab has kept is taken. */
  readonly token?: string | null;
  /** The server's origin; by default the page's own. */
  readonly baseUrl?: string;
  /** Where the token, the feedback's standing and what was read are kept for a reload; null for in memory only. */
  readonly sessionStorage?: KeyValueStore | null;
  /** Where the chosen devices, and whether to save data, are remembered; null to forget them. */
  readonly localStorage?: KeyValueStore | null;
  /** The browser's devices; to be replaced in tests. */
  readonly mediaDevices?: MediaDevices | undefined;
  /** Makes the mediasoup device; to be replaced in tests. */
  readonly createDevice?: () => Promise<types.Device>;
}

/** One person's way through a visit: preview, waiting room, call, end. Immutable state out, a few methods in. */
export class VisitClient {
  readonly chat: Chat;
  readonly waitingRoom: WaitingRoom;
  readonly moderation: Moderation;
  readonly #options: VisitClientOptions;
  readonly #store = new VisitStore(INITIAL_STATE);
  readonly #signaling = new CurrentSignaling();
  readonly #token: SessionStorageValue;
  readonly #feedback: FeedbackApi;
  readonly #devices: Devices;
  readonly #saveData: SaveData;
  readonly #metrics = new JoinMetrics();
  readonly #presence = new Presence(this.#store, this.#signaling);
  readonly #call: CallSession;
  readonly #stopDeviceChange: () => void;
  #closed = false;

  constructor(options: VisitClientOptions) {
    this.#options = options;
    const { sessionId, token, sessionStorage = null } = options;
    this.#token = new SessionStorageValue('token', sessionId, sessionStorage);
    this.#feedback = new FeedbackApi(sessionId, sessionStorage);
    const chatRead = new SessionStorageValue('chat-read', sessionId, sessionStorage);
    const pageSecret = new SessionStorageValue('device', sessionId, sessionStorage);
    if (token && token !== this.#token.get()) {
      this.#token.set(token);
      // Another link may be another person's.
      this.#feedback.forget();
      chatRead.clear();
      pageSecret.clear();
    }
    if (pageSecret.get() === null) pageSecret.set(randomId());
    this.#saveData = new SaveData(options.localStorage ?? null);
    this.#devices = new Devices(mediaDevicesOf(options), options.localStorage ?? null);
    const chat = new ChatApi({
      store: this.#store,
      signaling: this.#signaling,
      request: () => this.#request(),
      kept: chatRead,
    });
    this.chat = chat;
    this.waitingRoom = new WaitingRoom(this.#signaling);
    this.moderation = new Moderation(this.#signaling);
    const parts = {
      sessionId,
      baseUrl: options.baseUrl,
      createDevice: options.createDevice ?? (() => Device.factory()),
      store: this.#store,
      signaling: this.#signaling,
      token: this.#token,
      pageSecret: pageSecret.get() ?? '',
      devices: this.#devices,
      metrics: this.#metrics,
      feedback: this.#feedback,
      chat,
      reactions: new Reactions(this.#store),
      presence: this.#presence,
    };
    this.#call = new CallSession(parts, () => void this.#listDevices());
    this.#store.update({ ...this.#call.initialState(), saveData: this.#saveData.on });
    this.#stopDeviceChange = this.#devices.onChange(() => void this.#listDevices());
  }

  getState(): VisitState {
    return this.#store.state;
  }

  /** Calls back after every change of state; the returned function stops that. */
  subscribe(listener: (state: VisitState) => void): () => void {
    return this.#store.subscribe(listener);
  }

  /** What the last join cost. */
  get metrics(): JoinMetrics['times'] {
    return this.#metrics.times;
  }

  /** Says that a picture of somebody else was painted; the SDK itself sees no screen. */
  reportFirstFrame(): void {
    this.#metrics.firstFrame(this.#signaling.awaitedMessages);
    this.#call.attempt?.connection?.session?.startSending();
  }

  /** Summaries of what is sent and received (webrtc-stats). */
  async stats(): Promise<VisitStats> {
    return collectStats(this.#call.attempt?.connection?.session ?? null);
  }

  /**
   * Loads the visit, opens the devices and prepares everything up to the join. Also starts over after an end, and looks
   * again whether the visit is open while it is `early`.
   */
  start(): void {
    if (!this.#closed) this.#call.start();
  }

  /**
   * Enters the visit or its waiting room, at once or as soon as everything is prepared; asks again once `declined`, takes the place of the
   * person's other device once `elsewhere`.
   */
  join(): void {
    const { phase } = this.getState();
    if (phase !== 'ready' && phase !== 'declined' && phase !== 'elsewhere') return;
    this.#metrics.click(this.#signaling.awaitedMessages);
    this.#store.update({ phase: 'joining' });
    this.#call.attempt?.connection?.join({ takeOver: phase === 'elsewhere' });
  }

  /** Leaves the visit, which goes on for the others, or the waiting room. */
  async leave(): Promise<void> {
    const { attempt } = this.#call;
    const { phase } = this.getState();
    const isSomewhere =
      phase === 'joined' ||
      phase === 'waiting' ||
      phase === 'joining' ||
      phase === 'declined' ||
      phase === 'elsewhere';
    if (!isSomewhere || !attempt?.connection) return;
    // The camera's light goes out at once, whatever the network does.
    attempt.local.close();
    this.#store.update((state) => stopped(state, 'left'));
    await attempt.leave();
    // What came until the server had answered is of no use any more.
    if (this.#call.attempt === attempt) this.#call.finish('left');
  }

  /** Ends the visit for everyone. Throws a `VisitError`, `forbidden` where the role may not. */
  async endVisit(): Promise<void> {
    await this.#signaling.request('session:end', {});
    if (this.getState().phase === 'joined') {
      this.#call.finish('ended', { closedAt: this.#call.serverTime(), endReason: 'host_ended' });
    }
  }

  /**
   * Hands in what the person thought of the visit; once for each person, during the visit or after it. Throws a
   * `VisitError`, `feedback_given` where it was handed in before.
   */
  async sendFeedback(feedback: Feedback): Promise<void> {
    try {
      await this.#feedback.send(this.#request(), feedback);
    } finally {
      this.#store.update({ feedback: this.#feedback.standing });
    }
  }

  /** The person has seen a line of `state.announcements`. */
  dismissAnnouncement(announcement: Announcement): void {
    this.#store.update((state) => announcementClosed(state, announcement));
  }

  /** Switches the camera or microphone, in the preview and in the call alike. */
  async setOn(source: DeviceSource, on: boolean): Promise<void> {
    await this.#call.attempt?.local.setOn(source, on);
  }

  /** Opens camera and microphone again, after the person has allowed them. */
  async retryMedia(): Promise<void> {
    await this.#call.attempt?.local.openAll();
  }

  /** Takes another device now, and remembers it. */
  async chooseDevice(kind: DeviceKind, deviceId: string): Promise<void> {
    this.#devices.choose(kind, deviceId);
    this.#store.update({ choice: this.#devices.choice });
    if (kind !== 'speaker') await this.#call.attempt?.local.applyChoice(kind);
  }

  /** Takes the other camera of a phone. */
  async flipCamera(): Promise<void> {
    await this.#call.attempt?.local.flipCamera();
    this.#store.update({ choice: this.#devices.choice });
  }

  /**
   * Shares a screen, a window or a tab; to be called in a click. Throws a `VisitError`: `media_denied` where the person
   * chose none, `screen_share_off` where sharing is not allowed now.
   */
  async startShare(): Promise<void> {
    const { phase, room, self } = this.getState();
    if (phase !== 'joined') throw new VisitError('not_joined');
    if (!room.screenShareAllowed && !self?.permissions.includes('moderate'))
      throw new VisitError('screen_share_off');
    await this.#call.attempt?.local.startShare();
  }

  stopShare(): void {
    this.#call.attempt?.local.stopShare();
  }

  /** Whether the person wants to spend as little data as possible: sound only, both ways, and shared screens not either. */
  setSaveData(saveData: boolean): void {
    this.#saveData.keep(saveData);
    this.#store.update({ saveData });
    this.#call.attempt?.applyQuality();
  }

  /** Says which pictures the page shows and how large; what is hidden is not sent. */
  setViews(views: readonly View[]): void {
    this.#call.attempt?.setViews(views);
  }

  /** Raises or lowers one's own hand. Throws a `VisitError`. */
  async raiseHand(raised: boolean): Promise<void> {
    await this.#signaling.request('hand:set', { raised });
  }

  /** Shows everybody a passing sign of feeling. Throws a `VisitError`, `reactions_off` where the visit has none. */
  async react(reaction: Reaction): Promise<void> {
    await this.#signaling.request('reaction:send', { reaction });
  }

  /** Says whether the page is in the background; coming back opens what the system took away meanwhile. */
  setAway(away: boolean): void {
    this.#presence.set(away);
    if (!away) void this.#call.attempt?.local.recover();
  }

  /** Replaces the hosts' notes on the visit, up to 10,000 characters. Throws a `VisitError`. */
  async setNotes(text: string): Promise<void> {
    await this.#signaling.request('notes:set', { text });
    this.#store.update({ hostNotes: text === '' ? null : text });
  }

  /** The person's own link, for another browser; null where this page has none. It lets whoever has it in as this person. */
  joinLink(): string | null {
    const { sessionId, baseUrl = location.origin } = this.#options;
    const token = this.#token.get();
    if (token === null) return null;
    return `${baseUrl}/join/${encodeURIComponent(sessionId)}?token=${encodeURIComponent(token)}`;
  }

  /** Tries every way to the server; `state.connectionTest` has the outcome. Throws a `VisitError`. */
  async testConnection(): Promise<void> {
    const { attempt } = this.#call;
    if (!attempt) throw new VisitError('not_prepared');
    await attempt.testConnection();
  }

  /** Stops everything at once, as when the page is closed. The client is of no use afterwards. */
  close(): void {
    if (this.#closed) return;
    this.#call.stop();
    this.#closed = true;
    this.#stopDeviceChange();
    this.#store.close();
  }

  async #listDevices(): Promise<void> {
    this.#store.update({ devices: await this.#devices.list() });
  }

  /** Who asks the server, and for which visit. */
  #request() {
    if (this.#closed) throw new VisitError('closed');
    const { sessionId, baseUrl = '' } = this.#options;
    const token = this.#token.get();
    if (token === null) throw new VisitError('token_missing');
    return { baseUrl, sessionId, token };
  }
}

function mediaDevicesOf(options: VisitClientOptions): MediaDevices | undefined {
  if ('mediaDevices' in options) return options.mediaDevices;
  // TypeScript's DOM says that it is always there; in an insecure context it is not.
  return (navigator as Partial<Navigator>).mediaDevices;
}
