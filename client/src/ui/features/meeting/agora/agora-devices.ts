import { codeOf, type AgoraLocalTrack, type AgoraSdk, type AgoraSource } from './agora-sdk.ts';

export const AGORA_SOURCES: readonly AgoraSource[] = ['microphone', 'camera'];

/** Why a device does not work, by the names that the texts of the page have for it. */
export type DeviceProblem =
  'media_denied' | 'media_missing' | 'media_in_use' | 'media_insecure' | 'media_unsupported';

/** A device of this participant. */
export interface DeviceState {
  readonly on: boolean;
  readonly busy: boolean;
  /** Null unless the device is open. */
  readonly track: MediaStreamTrack | null;
  readonly problem: DeviceProblem | null;
}

export type DeviceStates = Readonly<Record<AgoraSource, DeviceState>>;

const CLOSED: DeviceState = { on: false, busy: false, track: null, problem: null };
export const NO_DEVICES: DeviceStates = { microphone: CLOSED, camera: CLOSED };

const PROBLEMS: Readonly<Record<string, DeviceProblem>> = {
  PERMISSION_DENIED: 'media_denied',
  DEVICE_NOT_FOUND: 'media_missing',
  CONSTRAINT_NOT_SATISFIED: 'media_missing',
  NOT_READABLE: 'media_in_use',
  WEB_SECURITY_RESTRICT: 'media_insecure',
  NOT_SUPPORTED: 'media_unsupported',
};

export interface AgoraDevicesOptions {
  readonly sdk: AgoraSdk;
  readonly onChange: (devices: DeviceStates) => void;
  /** Called when a device is on, and its track can be published. */
  readonly onReady: (track: AgoraLocalTrack) => void;
  /** Called before a track is closed. */
  readonly onGone: (track: AgoraLocalTrack) => void;
}

/** Camera and microphone of this participant, opened by Agora's SDK. */
export class AgoraDevices {
  readonly #options: AgoraDevicesOptions;
  readonly #tracks = new Map<AgoraSource, AgoraLocalTrack>();
  #states: DeviceStates = NO_DEVICES;
  #closed = false;

  constructor(options: AgoraDevicesOptions) {
    this.#options = options;
  }

  /** The tracks of the devices that are on. */
  get tracks(): readonly AgoraLocalTrack[] {
    return [...this.#tracks].filter(([source]) => this.#states[source].on).map(([, track]) => track);
  }

  /** Opens both devices, with one permission prompt if both work. Never throws. */
  async open(): Promise<void> {
    this.#update(AGORA_SOURCES, { busy: true });
    try {
      const [microphone, camera] = await this.#options.sdk.openBoth();
      this.#opened('microphone', microphone);
      this.#opened('camera', camera);
    } catch {
      // One of them may work without the other.
      for (const source of AGORA_SOURCES) await this.#open(source);
    }
  }

  /** Switches a device on or off. The outcome is in the state. Never throws. */
  async setOn(source: AgoraSource, on: boolean): Promise<void> {
    const { busy, on: isOn } = this.#states[source];
    if (busy || this.#closed || on === isOn) return;
    const track = this.#tracks.get(source);
    if (!track) {
      await this.#open(source);
      return;
    }
    this.#update([source], { busy: true, problem: null });
    try {
      // A muted microphone stays open, because it takes time to open. Only a closed camera turns its light off.
      if (source === 'microphone') await track.setMuted(!on);
      else await track.setEnabled(on);
      if (on) this.#opened(source, track);
      else
        this.#update([source], {
          ...CLOSED,
          track: source === 'microphone' ? track.getMediaStreamTrack() : null,
        });
    } catch (error) {
      this.#failed(source, error);
    }
  }

  /** Reports that a track cannot be sent. */
  reject(track: AgoraLocalTrack): void {
    for (const [source, own] of this.#tracks) {
      if (own === track) this.#failed(source, { code: 'NOT_SUPPORTED' });
    }
  }

  /** Closes both devices. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const track of this.#tracks.values()) track.close();
    this.#tracks.clear();
    this.#states = NO_DEVICES;
  }

  async #open(source: AgoraSource): Promise<void> {
    if (this.#closed) return;
    const { sdk } = this.#options;
    this.#update([source], { busy: true, problem: null });
    try {
      this.#opened(source, await (source === 'microphone' ? sdk.openMicrophone() : sdk.openCamera()));
    } catch (error) {
      this.#failed(source, error);
    }
  }

  #opened(source: AgoraSource, track: AgoraLocalTrack): void {
    if (this.#closed) {
      track.close();
      return;
    }
    if (this.#tracks.get(source) !== track) {
      this.#tracks.set(source, track);
      track.on('track-ended', () => {
        // The device was unplugged, or its permission withdrawn.
        if (this.#tracks.get(source) === track) this.#failed(source, { code: 'DEVICE_NOT_FOUND' });
      });
    }
    this.#update([source], { on: true, busy: false, track: track.getMediaStreamTrack(), problem: null });
    this.#options.onReady(track);
  }

  #failed(source: AgoraSource, error: unknown): void {
    const track = this.#tracks.get(source);
    if (track) {
      this.#tracks.delete(source);
      this.#options.onGone(track);
      track.close();
    }
    this.#update([source], { ...CLOSED, problem: PROBLEMS[codeOf(error) ?? ''] ?? 'media_missing' });
  }

  #update(sources: readonly AgoraSource[], change: Partial<DeviceState>): void {
    if (this.#closed) return;
    for (const source of sources) {
      this.#states = { ...this.#states, [source]: { ...this.#states[source], ...change } };
    }
    this.#options.onChange(this.#states);
  }
}
