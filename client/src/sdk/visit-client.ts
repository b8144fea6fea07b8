import type { DeviceSource, Reaction, Permission } from '@televisit/shared/vocabulary';
import { Device, type types } from 'mediasoup-client';
import { CallFeatures } from './call/call-features.ts';
import { CallSession } from './call/call-session.ts';
import { JoinMetrics } from './call/join-metrics.ts';
import { SaveData } from './call/quality.ts';
import { can } from './core/base-state.ts';
import { VisitError } from './core/errors.ts';
import { randomId } from './core/random-id.ts';
import {
  SessionStorageValue,
  STORED_NAMES,
  type KeyValueStore,
  type StoredName,
} from './core/session-storage-value.ts';
import { Store } from './core/store.ts';
import { Devices, type DeviceKind } from './devices/devices.ts';
import type { Announcement } from './features/announcements/announcements.ts';
import type { Chat } from './features/chat/chat-api.ts';
import type { Feedback } from './features/feedback/feedback.ts';
import type { Moderation } from './features/moderation/moderation.ts';
import type { Polls } from './features/polls/polls.ts';
import type { Captions } from './features/captions/captions.ts';
import type { Recording } from './features/recording/recording.ts';
import type { WaitingRoom } from './features/waiting-room/waiting-room.ts';
import type { VisitStats } from './media/stats.ts';
import type { View } from './media/stream-preferences.ts';
import type { MeetingCommands } from './meeting/meeting-session.ts';
import { CurrentSignaling } from './signaling/current-signaling.ts';
import { INITIAL_STATE, stopped, type VisitState } from './state/visit-state.ts';

export interface VisitClientOptions {
  readonly sessionId: string;
  /** The join token of the link; without it, the token that this tab has kept is used. */
  readonly token?: string | null;
  /** The server's address without a slash at the end, perhaps with a path; by default the page's origin. */
  readonly baseUrl?: string;
  /** Storage that survives a reload: token, feedback standing, read position of the chat. Null keeps them in memory only. */
  readonly sessionStorage?: KeyValueStore | null;
  /** Storage for the chosen devices and for saving data; null to forget them. */
  readonly localStorage?: KeyValueStore | null;
  /** The browser's devices; replaced in tests. */
  readonly mediaDevices?: MediaDevices | undefined;
  /** Creates the mediasoup device; replaced in tests. */
  readonly createDevice?: () => Promise<types.Device>;
}

/** One participant's visit: preview, waiting room, call and end, as an immutable state and a set of commands. */
export class VisitClient {
  readonly chat: Chat;
  readonly waitingRoom: WaitingRoom;
  readonly moderation: Moderation;
  readonly polls: Polls;
  readonly recording: Recording;
  readonly captions: Captions;
  readonly #options: VisitClientOptions;
  readonly #store = new Store(INITIAL_STATE);
  readonly #signaling = new CurrentSignaling();
  readonly #token: SessionStorageValue;
  readonly #devices: Devices;
  readonly #saveData: SaveData;
  readonly #metrics = new JoinMetrics();
  readonly #features: CallFeatures;
  readonly #call: CallSession;
  readonly #stopDeviceChange: () => void;
  #closed = false;

  constructor(options: VisitClientOptions) {
    this.#options = options;
    const { sessionId, token, sessionStorage = null, localStorage = null } = options;
    const stored = (name: StoredName) => new SessionStorageValue(name, sessionId, sessionStorage);
    this.#token = stored('token');
    if (token && token !== this.#token.get()) {
      // Another link may belong to another participant.
      for (const name of STORED_NAMES) stored(name).clear();
      this.#token.set(token);
    }
    const pageSecret = stored('device');
    if (pageSecret.get() === null) pageSecret.set(randomId());
    this.#saveData = new SaveData(localStorage);
    this.#devices = new Devices(mediaDevicesOf(options), localStorage);
    this.#features = new CallFeatures({
      store: this.#store,
      signaling: this.#signaling,
      local: () => this.#call.attempt?.local ?? null,
      request: () => this.#request(),
      stored,
    });
    const {
      chat,
      'waiting-room': waitingRoom,
      moderation,
      polls,
      recording,
      captions,
    } = this.#features.commands;
    this.chat = chat;
    this.waitingRoom = waitingRoom;
    this.moderation = moderation.host;
    this.polls = polls;
    this.recording = recording;
    this.captions = captions;
    const context = {
      sessionId,
      baseUrl: options.baseUrl,
      createDevice: options.createDevice ?? (() => Device.factory()),
      store: this.#store,
      signaling: this.#signaling,
      token: this.#token,
      pageSecret: pageSecret.get() ?? '',
      devices: this.#devices,
      metrics: this.#metrics,
      features: this.#features,
    };
    this.#call = new CallSession(context, () => void this.#listDevices());
    this.#store.update({ ...this.#call.initialState(), saveData: this.#saveData.on });
    this.#stopDeviceChange = this.#devices.onChange(() => void this.#listDevices());
  }

  getState(): VisitState {
    return this.#store.state;
  }

  /** Calls back after every change of state. The returned function unsubscribes. */
  subscribe(listener: (state: VisitState) => void): () => void {
    return this.#store.subscribe(listener);
  }

  /** Returns whether this participant has a permission. */
  can(permission: Permission): boolean {
    return can(this.getState().self, permission);
  }

  /** The commands for a visit that another provider carries; null unless the phase is `meeting`. */
  get meeting(): MeetingCommands | null {
    return this.#call.attempt?.meeting ?? null;
  }

  /** The timing of the last join. */
  get metrics(): JoinMetrics['times'] {
    return this.#metrics.times;
  }

  /** Reports that the page has painted the first remote picture; the SDK itself sees no screen. */
  reportFirstFrame(): void {
    this.#metrics.firstFrame(this.#signaling.awaitedMessages);
    this.#call.attempt?.connection?.session?.startSending();
  }

  /** Returns summaries of the sent and received streams (webrtc-stats). */
  async stats(): Promise<VisitStats> {
    const { collectStats } = await import('./media/stats.ts');
    return collectStats(this.#call.attempt?.connection?.session ?? null);
  }

  /**
   * Loads the visit, opens the devices and prepares everything up to the join. Starts over after an end, and checks again
   * whether the visit is open while it is `early`.
   */
  start(): void {
    if (!this.#closed) this.#call.start();
  }

  /**
   * Enters the call or its waiting room, at once or as soon as everything is prepared. Asks again when `declined`; replaces
   * the participant's other device when `elsewhere`.
   */
  join(): void {
    const { phase } = this.getState();
    if (phase !== 'ready' && phase !== 'declined' && phase !== 'elsewhere') return;
    this.#metrics.click(this.#signaling.awaitedMessages);
    this.#store.update({ phase: 'joining' });
    this.#call.attempt?.connection?.join({ takeOver: phase === 'elsewhere' });
  }

  /** Leaves the call, which continues for the others, the waiting room, or the page of a visit at another provider. */
  async leave(): Promise<void> {
    const { attempt } = this.#call;
    const { phase } = this.getState();
    if (phase === 'meeting') this.#call.finish('left');
    const isSomewhere =
      phase === 'joined' ||
      phase === 'waiting' ||
      phase === 'joining' ||
      phase === 'declined' ||
      phase === 'elsewhere';
    if (!isSomewhere || !attempt?.connection) return;
    // The camera light turns off at once, whatever the network does.
    attempt.local.close();
    this.#store.update((state) => stopped(state, 'left'));
    await attempt.leave();
    // Discards events that arrived before the server answered.
    if (this.#call.attempt === attempt) this.#call.finish('left');
  }

  /** Ends the visit for everyone. @throws {VisitError} `forbidden` if the role may not */
  async endVisit(): Promise<void> {
    const { meeting } = this.#call.attempt ?? {};
    if (meeting) return meeting.end();
    await this.#signaling.request('session:end', {});
    if (this.getState().phase === 'joined') {
      this.#call.finish('ended', { closedAt: this.#call.serverTime(), endReason: 'host_ended' });
    }
  }

  /**
   * Submits the participant's feedback on the visit, once for each participant, during the visit or after it.
   * @throws {VisitError} `feedback_given` if it was submitted before
   */
  async sendFeedback(feedback: Feedback): Promise<void> {
    await this.#features.commands.feedback.send(feedback);
  }

  /** Removes an announcement from `state.announcements`. */
  dismissAnnouncement(announcement: Announcement): void {
    this.#features.commands.announcements.dismiss(announcement);
  }

  /** Switches the camera or microphone on or off, in the preview and in the call. */
  async setOn(source: DeviceSource, on: boolean): Promise<void> {
    await this.#call.attempt?.local.setOn(source, on);
  }

  /** Opens camera and microphone again, after the participant has allowed them. */
  async retryMedia(): Promise<void> {
    await this.#call.attempt?.local.openAll();
  }

  /** Closes camera and microphone, so that another page or app can use them; `retryMedia()` opens them again. */
  releaseMedia(): void {
    this.#call.attempt?.local.release();
  }

  /** Uses another device from now on, and remembers it. */
  async chooseDevice(kind: DeviceKind, deviceId: string): Promise<void> {
    this.#devices.choose(kind, deviceId);
    this.#store.update({ choice: this.#devices.choice });
    if (kind !== 'speaker') await this.#call.attempt?.local.applyChoice(kind);
  }

  /** Switches to the other camera of a phone. */
  async flipCamera(): Promise<void> {
    await this.#call.attempt?.local.flipCamera();
    this.#store.update({ choice: this.#devices.choice });
  }

  /**
   * Shares a screen, a window or a tab; to be called in a click.
   * @throws {VisitError} `media_denied` if the participant chose none, `screen_share_off` if sharing is not allowed
   */
  async startShare(): Promise<void> {
    await this.#features.commands['screen-share'].start();
  }

  stopShare(): void {
    this.#features.commands['screen-share'].stop();
  }

  /** Sets whether to spend as little data as possible: sound only, in both directions, and no shared screens. */
  setSaveData(saveData: boolean): void {
    this.#saveData.keep(saveData);
    this.#store.update({ saveData });
    this.#call.attempt?.applyQuality();
  }

  /** Sets which pictures the page shows and how large; hidden pictures are not sent. */
  setViews(views: readonly View[]): void {
    this.#call.attempt?.setViews(views);
  }

  /** Raises or lowers the participant's own hand. @throws {VisitError} if the server refuses or is unreachable */
  async raiseHand(raised: boolean): Promise<void> {
    await this.#features.commands.hands.raise(raised);
  }

  /** Sends a reaction to all participants. @throws {VisitError} `reactions_off` if the visit has none */
  async react(reaction: Reaction): Promise<void> {
    await this.#features.commands.reactions.react(reaction);
  }

  /** Sets whether the page is in the background; coming back reopens devices that the system took away in the background. */
  setAway(away: boolean): void {
    this.#features.commands.presence.set(away);
    if (!away) void this.#call.attempt?.local.recover();
  }

  /** Replaces the host notes, of up to 10,000 characters. @throws {VisitError} if the server refuses or is unreachable */
  async setNotes(text: string): Promise<void> {
    await this.#features.commands.moderation.setNotes(text);
  }

  /** Returns the participant's own link, for another browser; null if this page has none. The link admits its bearer. */
  joinLink(): string | null {
    const { sessionId, baseUrl = location.origin } = this.#options;
    const token = this.#token.get();
    if (token === null) return null;
    return `${baseUrl}/join/${encodeURIComponent(sessionId)}?token=${encodeURIComponent(token)}`;
  }

  /** Tests every network path to the server, with the outcome in `state.connectionTest`. @throws {VisitError} if it cannot run */
  async testConnection(): Promise<void> {
    const { attempt } = this.#call;
    if (!attempt) throw new VisitError('not_prepared');
    await attempt.testConnection();
  }

  /** Stops everything at once, as when the page is closed. The client cannot be used afterwards. */
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
  // TypeScript's DOM declares it always present; in an insecure context it is not.
  return (navigator as Partial<Navigator>).mediaDevices;
}
