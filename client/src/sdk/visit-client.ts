import type { VisitBootstrap } from '@televisit/shared/api';
import type { Source } from '@televisit/shared/signaling';
import { Device, type types } from 'mediasoup-client';
import { fetchBootstrap } from './bootstrap.ts';
import { Devices, type DeviceKind } from './devices.ts';
import { isFinal, VisitError } from './errors.ts';
import { JoinMetrics } from './join-metrics.ts';
import { LocalMedia } from './local-media.ts';
import { SignalingClient } from './signaling-client.ts';
import { collectStats, type VisitStats } from './stats.ts';
import { TokenStore, type KeyValueStore } from './token-store.ts';
import { VisitConnection } from './visit-connection.ts';
import {
  INITIAL_STATE,
  joined,
  participantChanged,
  participantLeft,
  stopped,
  type VisitState,
} from './visit-state.ts';

export interface VisitClientOptions {
  readonly sessionId: string;
  /** The join token of the link; without it the one that this tab has kept is taken. */
  readonly token?: string | null;
  /** The server's origin; by default the page's own. */
  readonly baseUrl?: string;
  /** Where the token is kept for a reload; null to keep it in memory only. */
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
  readonly #token: TokenStore;
  readonly #devices: Devices;
  readonly #metrics = new JoinMetrics();
  readonly #listeners = new Set<(state: VisitState) => void>();
  readonly #stopDeviceChange: () => void;
  #state: VisitState;
  #run: Run | null = null;
  #clockOffset = 0;
  #retryTimer: ReturnType<typeof setTimeout> | null = null;
  #closed = false;

  constructor(options: VisitClientOptions) {
    this.#options = options;
    this.#token = new TokenStore(options.sessionId, options.sessionStorage ?? null);
    if (options.token) this.#token.set(options.token);
    const mediaDevices =
      'mediaDevices' in options
        ? options.mediaDevices
        : // TypeScript's DOM says that it is always there; in an insecure context it is not.
          (navigator.mediaDevices as MediaDevices | undefined);
    this.#devices = new Devices(mediaDevices, options.localStorage ?? null);
    this.#state = { ...INITIAL_STATE, choice: this.#devices.choice };
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

  /** Loads the visit, opens the devices and prepares everything up to the join. Also starts over after an end. */
  start(): void {
    if (this.#closed) return;
    this.#stop();
    if (this.#state.phase !== 'failed') this.#set({ ...INITIAL_STATE, choice: this.#devices.choice });
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
    if (this.#state.phase === 'joined') this.#finish('ended');
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
      this.#finish('failed', new VisitError('token_missing'));
      return;
    }
    try {
      const { signal } = abort;
      const { visit, clockOffset } = await fetchBootstrap({
        baseUrl: baseUrl ?? '',
        sessionId,
        token,
        signal,
      });
      if (signal.aborted) return;
      this.#clockOffset = clockOffset;
      this.#set({ ...this.#state, phase: 'ready', error: null, connection: 'connecting', self: visit.self });
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
      this.#set(joined(this.#state, result, this.#clockOffset));
    });
    connection.on('tracks', (tracks) => this.#set({ ...this.#state, tracks }));
    connection.on('participant', (one) => {
      if (this.#state.phase === 'joined') this.#set(participantChanged(this.#state, one));
    });
    connection.on('participantLeft', ({ userId }) => this.#set(participantLeft(this.#state, userId)));
    connection.on('token', (token) => this.#token.set(token));
    connection.on('ended', () => this.#finish('ended'));
    connection.on('replaced', () => this.#finish('replaced'));
    connection.on('failed', (error) => this.#finish('failed', error));
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
    if (error.code === 'session_over') {
      this.#finish('ended');
      return;
    }
    this.#finish('failed', error);
    if (!isFinal(error.code)) this.#retryTimer = setTimeout(() => this.start(), RETRY_MS);
  }

  #finish(phase: 'ended' | 'replaced' | 'failed', error: VisitError | null = null): void {
    this.#stop();
    this.#set(stopped(this.#state, phase, error));
  }

  #stop(): void {
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    const run = this.#run;
    this.#run = null;
    run?.abort.abort();
    run?.connection?.close();
    run?.local.close();
  }

  #set(state: VisitState): void {
    if (this.#closed) return;
    this.#state = state;
    for (const listener of [...this.#listeners]) listener(state);
  }
}

async function loadDevice(
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

function permissions(): Permissions | undefined {
  return (globalThis.navigator as Navigator | undefined)?.permissions;
}
