import type { VisitBootstrap } from '@televisit/shared/api';
import type { Source } from '@televisit/shared/signaling';
import { Device, type types } from 'mediasoup-client';
import { fetchBootstrap } from './bootstrap.ts';
import { Devices, type DeviceKind } from './devices.ts';
import { isFinal, VisitError } from './errors.ts';
import { FeedbackDesk, type Feedback } from './feedback.ts';
import { JoinMetrics } from './join-metrics.ts';
import { KeptValue, type KeyValueStore } from './kept-value.ts';
import { loadDevice } from './loaded-device.ts';
import { LocalMedia } from './local-media.ts';
import { untilNextLook } from './opening.ts';
import { SignalingClient } from './signaling-client.ts';
import { collectStats, type VisitStats } from './stats.ts';
import { VisitConnection, type DismissReason } from './visit-connection.ts';
import {
  INITIAL_STATE,
  joined,
  participantChanged,
  participantLeft,
  stopped,
  type VisitPhase,
  type VisitState,
  type Why,
} from './visit-state.ts';

export interface VisitClientOptions {
  readonly sessionId: string;
  /** The join token of the link; without it the one that this tab has kept is taken. */
  readonly token?: string | null;
  /** The server's origin; by default the page's own. */
  readonly baseUrl?: string;
  /** Where the token, and whether feedback was given, are kept for a reload; null to keep them in memory only. */
  readonly sessionStorage?: KeyValueStore | null;
  /** Where the chosen devices are remembered; null to forget them. */
  readonly localStorage?: KeyValueStore | null;
  /** The browser's devices; to be replaced in tests. */
  readonly mediaDevices?: MediaDevices | undefined;
  /** Makes the mediasoup device; to be replaced in tests. */
  readonly createDevice?: () => Promise<types.Device>;
}

/** How long after a failed start the next is tried, in milliseconds. */
const RETRY_MS = 3_000;
/** How long the server may take to answer before it is asked anew: a sleeping device never hears the answer. */
const ANSWER_PATIENCE_MS = 20_000;

/** What one start of the client made, until it is over. */
interface Run {
  readonly abort: AbortController;
  readonly local: LocalMedia;
  connection: VisitConnection | null;
  signaling: SignalingClient | null;
}

/** One person's way through a visit: preview, call, end. Immutable state out, a few methods in. */
export class VisitClient {
  readonly #options: VisitClientOptions;
  readonly #token: KeptValue;
  readonly #feedback: FeedbackDesk;
  readonly #devices: Devices;
  readonly #metrics = new JoinMetrics();
  readonly #listeners = new Set<(state: VisitState) => void>();
  readonly #stopDeviceChange: () => void;
  #state: VisitState;
  #run: Run | null = null;
  #startTimer: ReturnType<typeof setTimeout> | null = null;
  #closed = false;

  constructor(options: VisitClientOptions) {
    this.#options = options;
    const { sessionId, token, sessionStorage = null } = options;
    this.#token = new KeptValue('token', sessionId, sessionStorage);
    this.#feedback = new FeedbackDesk(sessionId, sessionStorage);
    if (token && token !== this.#token.get()) {
      this.#token.set(token);
      // Another link may be another person's.
      this.#feedback.forget();
    }
    const mediaDevices =
      'mediaDevices' in options
        ? options.mediaDevices
        : // TypeScript's DOM says that it is always there; in an insecure context it is not.
          (navigator.mediaDevices as MediaDevices | undefined);
    this.#devices = new Devices(mediaDevices, options.localStorage ?? null);
    this.#state = this.#initialState();
    this.#stopDeviceChange = this.#devices.onChange(() => void this.#listDevices());
  }

  getState(): VisitState {
    return this.#state;
  }

  /** Calls back after every change of state; the returned function stops that. */
  subscribe(listener: (state: VisitState) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** What the last join cost. */
  get metrics(): JoinMetrics['times'] {
    return this.#metrics.times;
  }

  /** Says that a picture of somebody else was painted; the SDK itself sees no screen. */
  reportFirstFrame(): void {
    this.#metrics.firstFrame(this.#run?.signaling?.awaitedMessages ?? 0);
    this.#run?.connection?.session?.startSending();
  }

  /** Summaries of what is sent and received (webrtc-stats). */
  async stats(): Promise<VisitStats> {
    return collectStats(this.#run?.connection?.session ?? null);
  }

  /**
   * Loads the visit, opens the devices and prepares everything up to the join. Also starts over after an end, and looks
   * again whether the visit is open while it is `early`.
   */
  start(): void {
    if (this.#closed) return;
    this.#stop();
    // What a person waits in front of stays until the outcome is known.
    const { phase } = this.#state;
    if (phase !== 'failed' && phase !== 'early') this.#set(this.#initialState());
    void this.#load();
  }

  /** Enters the visit, at once or as soon as everything is prepared. */
  join(): void {
    if (this.#state.phase !== 'ready') return;
    this.#metrics.click(this.#run?.signaling?.awaitedMessages ?? 0);
    this.#run?.connection?.join();
    this.#set({ ...this.#state, phase: 'joining' });
  }

  /** Leaves the visit; it goes on for the others. */
  async leave(): Promise<void> {
    const { connection } = this.#run ?? {};
    if (this.#state.phase !== 'joined' || !connection) return;
    // The camera's light goes out at once, whatever the network does.
    this.#run?.local.close();
    this.#set(stopped(this.#state, 'left'));
    await connection.leave();
    if (this.#run?.connection === connection) this.#stop();
  }

  /** Ends the visit for everyone. Throws a `VisitError`, `forbidden` where the role may not. */
  async endVisit(): Promise<void> {
    await this.#run?.signaling?.request('session:end', {});
    if (this.#state.phase === 'joined') this.#finish('ended', { closedAt: this.#serverTime() });
  }

  /**
   * Hands in what the person thought of the visit; once for each person, during the visit or after it. Throws a
   * `VisitError`, `feedback_given` where it was handed in before.
   */
  async sendFeedback(feedback: Feedback): Promise<void> {
    if (this.#closed) throw new VisitError('closed');
    const { sessionId, baseUrl = '' } = this.#options;
    const token = this.#token.get();
    if (token === null) throw new VisitError('token_missing');
    try {
      await this.#feedback.send({ baseUrl, sessionId, token }, feedback);
    } finally {
      this.#set({ ...this.#state, feedback: this.#feedback.standing });
    }
  }

  /** Switches the camera or microphone, in the preview and in the call alike. */
  async setOn(source: Source, on: boolean): Promise<void> {
    await this.#run?.local.setOn(source, on);
  }

  /** Opens camera and microphone again, after the person has allowed them. */
  async retryMedia(): Promise<void> {
    await this.#run?.local.openAll();
  }

  /** Takes another device now, and remembers it. */
  async chooseDevice(kind: DeviceKind, deviceId: string): Promise<void> {
    this.#devices.choose(kind, deviceId);
    this.#set({ ...this.#state, choice: this.#devices.choice });
    if (kind !== 'speaker') await this.#run?.local.applyChoice(kind);
  }

  /** Stops everything at once, as when the page is closed. The client is of no use afterwards. */
  close(): void {
    if (this.#closed) return;
    this.#stop();
    this.#closed = true;
    this.#stopDeviceChange();
    this.#listeners.clear();
  }

  async #load(): Promise<void> {
    const { sessionId, baseUrl } = this.#options;
    const abort = new AbortController();
    const run: Run = {
      abort,
      local: new LocalMedia(this.#devices, permissions()),
      connection: null,
      signaling: null,
    };
    this.#run = run;
    const token = this.#token.get();
    if (token === null) {
      this.#fail(new VisitError('token_missing'));
      return;
    }
    this.#startLater(ANSWER_PATIENCE_MS);
    try {
      const { signal } = abort;
      const { visit, clockOffset } = await fetchBootstrap({
        baseUrl: baseUrl ?? '',
        sessionId,
        token,
        signal,
      });
      if (signal.aborted) return;
      this.#cancelStart();
      this.#set({
        ...this.#state,
        phase: 'ready',
        error: null,
        opensAt: null,
        clockOffset,
        connection: 'connecting',
        self: visit.self,
      });
      this.#connect(run, visit);
      this.#openMedia(run, visit);
    } catch (error) {
      if (!abort.signal.aborted) this.#loadFailed(VisitError.from(error));
    }
  }

  #connect(run: Run, bootstrap: VisitBootstrap): void {
    const { sessionId, baseUrl, createDevice } = this.#options;
    run.signaling = new SignalingClient({
      url: baseUrl,
      auth: () => ({ sessionId, token: this.#token.get() ?? '' }),
    });
    const device = loadDevice(bootstrap, createDevice ?? (() => Device.factory()));
    // Whoever waits for it handles the failure; when nobody got that far, nobody needs to know.
    device.catch(() => undefined);
    const connection = new VisitConnection({ signaling: run.signaling, bootstrap, local: run.local, device });
    run.connection = connection;
    connection.on('state', (state) => this.#set({ ...this.#state, connection: state }));
    connection.on('joined', (result) => {
      this.#metrics.ack();
      this.#feedback.open();
      this.#set({ ...joined(this.#state, result), feedback: this.#feedback.standing });
    });
    connection.on('tracks', (tracks) => this.#set({ ...this.#state, tracks }));
    connection.on('participant', (one) => {
      if (this.#state.phase === 'joined') this.#set(participantChanged(this.#state, one));
    });
    connection.on('participantLeft', ({ userId }) => this.#set(participantLeft(this.#state, userId)));
    connection.on('token', (token) => this.#token.set(token));
    connection.on('ended', (when) =>
      this.#finish('ended', { closedAt: when === 'now' ? this.#serverTime() : null }),
    );
    connection.on('replaced', () => this.#finish('replaced'));
    connection.on('dismissed', (reason) => this.#dismissed(reason));
    connection.on('failed', (error) => this.#fail(error));
    connection.open();
  }

  #openMedia(run: Run, { self }: VisitBootstrap): void {
    run.local.on('change', (local) => {
      this.#set({ ...this.#state, local });
      // Names of devices appear when the person has allowed them.
      if (!local.camera.busy && !local.microphone.busy) void this.#listDevices();
    });
    if (self.permissions.includes('publish')) void run.local.openAll();
    else void this.#listDevices();
  }

  async #listDevices(): Promise<void> {
    const devices = await this.#devices.list();
    if (!this.#closed) this.#set({ ...this.#state, devices });
  }

  #loadFailed(error: VisitError): void {
    const { code, opensAt, closedAt, clockOffset } = error;
    const known = this.#state.opensAt;
    if (code === 'session_over') this.#finish('ended', { closedAt, clockOffset });
    else if (code === 'not_open_yet' && opensAt !== null) this.#wait(opensAt, clockOffset);
    // Until the visit opens it does no harm that the server can't be reached now.
    else if (known !== null && known > this.#serverTime() && !isFinal(code)) this.#wait(known);
    else this.#fail(error);
  }

  /** The visit isn't open yet: the client starts again when it is, and looks now and then whether it was moved. */
  #wait(opensAt: number, clockOffset = this.#state.clockOffset): void {
    this.#finish('early', { opensAt, clockOffset });
    this.#startLater(untilNextLook(opensAt, this.#serverTime()));
  }

  #dismissed(reason: DismissReason): void {
    if (reason === 'removed') this.#fail(new VisitError('removed'));
    else this.#finish('left');
  }

  /** Says that there is no visit, and tries again where that can help. */
  #fail(error: VisitError): void {
    this.#finish('failed', { error });
    if (!isFinal(error.code)) this.#startLater(RETRY_MS);
  }

  #finish(phase: VisitPhase, why: Why = {}): void {
    this.#stop();
    this.#set(stopped(this.#state, phase, why));
  }

  #startLater(delay: number): void {
    this.#cancelStart();
    this.#startTimer = setTimeout(() => this.start(), delay);
  }

  #cancelStart(): void {
    if (this.#startTimer !== null) clearTimeout(this.#startTimer);
    this.#startTimer = null;
  }

  #stop(): void {
    this.#cancelStart();
    const run = this.#run;
    this.#run = null;
    run?.abort.abort();
    run?.connection?.close();
    run?.local.close();
  }

  /** The current time by the server's clock, in milliseconds since 1970. */
  #serverTime(): number {
    return Date.now() + this.#state.clockOffset;
  }

  #initialState(): VisitState {
    return { ...INITIAL_STATE, choice: this.#devices.choice, feedback: this.#feedback.standing };
  }

  #set(state: VisitState): void {
    if (this.#closed) return;
    this.#state = state;
    for (const listener of [...this.#listeners]) listener(state);
  }
}

function permissions(): Permissions | undefined {
  return (globalThis.navigator as Navigator | undefined)?.permissions;
}
