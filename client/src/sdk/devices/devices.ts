import type { DeviceSource } from '@televisit/shared/vocabulary';
import { VisitError } from '../core/errors.ts';
import type { KeyValueStore } from '../core/session-storage-value.ts';

/** The selectable devices: camera, microphone, and the loudspeaker if the browser allows it. */
export type DeviceKind = DeviceSource | 'speaker';

/** The direction of a phone's camera: towards the participant, or away from them. */
export type Facing = 'user' | 'environment';

/** A device to choose; `label` is empty until the participant has allowed access. */
export interface DeviceInfo {
  readonly id: string;
  readonly label: string;
}
export type DeviceLists = Readonly<Record<DeviceKind, readonly DeviceInfo[]>>;
export type DeviceChoice = Readonly<Record<DeviceKind, string | null>>;

export const NO_DEVICES: DeviceLists = { microphone: [], camera: [], speaker: [] };

const KINDS: Readonly<Record<MediaDeviceKind, DeviceKind>> = {
  audioinput: 'microphone',
  videoinput: 'camera',
  audiooutput: 'speaker',
};
/** Options beyond TypeScript's DOM (Screen Capture, section 5.4); browsers that do not know them ignore them. */
interface ScreenOptions extends DisplayMediaStreamOptions {
  readonly systemAudio: 'include' | 'exclude';
  readonly windowAudio: 'exclude' | 'window' | 'system';
  readonly selfBrowserSurface: 'include' | 'exclude';
}

/** Tabs may bring their sound; the sound of the whole device would send the other participants' voices back to them. */
const SCREEN: ScreenOptions = {
  // Readable text matters more than smooth movement.
  video: { frameRate: { ideal: 15, max: 15 } },
  audio: true,
  systemAudio: 'exclude',
  windowAudio: 'exclude',
  selfBrowserSurface: 'exclude',
};
const CHOICE_KEY = 'televisit:devices';

/** The browser's devices, and the participant's choice among them, remembered across visits. */
export class Devices {
  readonly #media: MediaDevices | undefined;
  readonly #storage: KeyValueStore | null;
  #choice: DeviceChoice;
  #facing: Facing = 'user';

  /** @param media undefined if the page is not a secure context */
  constructor(media: MediaDevices | undefined, storage: KeyValueStore | null) {
    this.#media = media;
    this.#storage = storage;
    this.#choice = this.#read();
  }

  get choice(): DeviceChoice {
    return this.#choice;
  }

  /** Makes `open()` use a phone's other camera, and forgets the chosen one. */
  flip(from: Facing): void {
    this.#facing = from === 'user' ? 'environment' : 'user';
    this.#choice = { ...this.#choice, camera: null };
  }

  choose(kind: DeviceKind, deviceId: string | null): void {
    this.#choice = { ...this.#choice, [kind]: deviceId };
    try {
      this.#storage?.setItem(CHOICE_KEY, JSON.stringify(this.#choice));
    } catch {
      // Without storage the choice lasts as long as the page.
    }
  }

  /** Returns the devices that are plugged in. Never throws. */
  async list(): Promise<DeviceLists> {
    const found = (await this.#media?.enumerateDevices().catch(() => [])) ?? [];
    const lists: Record<DeviceKind, DeviceInfo[]> = { microphone: [], camera: [], speaker: [] };
    for (const device of found) {
      lists[KINDS[device.kind]].push({ id: device.deviceId, label: device.label });
    }
    return lists;
  }

  /** Calls back when a device is plugged in or out. The returned function unsubscribes. */
  onChange(listener: () => void): () => void {
    this.#media?.addEventListener('devicechange', listener);
    return () => this.#media?.removeEventListener('devicechange', listener);
  }

  /** Opens the chosen devices, or others if those are missing. @throws {VisitError} with a `media_*` code */
  async open(sources: readonly DeviceSource[]): Promise<Partial<Record<DeviceSource, MediaStreamTrack>>> {
    if (!this.#media) throw new VisitError('media_insecure');
    let stream: MediaStream;
    try {
      stream = await this.#ask(this.#media, sources);
    } catch (error) {
      throw VisitError.fromMedia(error);
    }
    const tracks: Partial<Record<DeviceSource, MediaStreamTrack>> = {};
    const [microphone] = stream.getAudioTracks();
    const [camera] = stream.getVideoTracks();
    if (microphone) tracks.microphone = microphone;
    if (camera) tracks.camera = camera;
    return tracks;
  }

  /**
   * Asks for a screen, a window or a tab, with its sound if the browser captures it; to be called in a click.
   * @throws {VisitError} with a `media_*` code, `media_denied` if the participant chose none
   */
  async openScreen(): Promise<{ screen: MediaStreamTrack; screenAudio: MediaStreamTrack | null }> {
    // TypeScript's DOM declares it always present; on phones it is not.
    const media = this.#media as Partial<MediaDevices> | undefined;
    if (!media?.getDisplayMedia) throw new VisitError(media ? 'media_missing' : 'media_insecure');
    let stream: MediaStream;
    try {
      stream = await media.getDisplayMedia(SCREEN);
    } catch (error) {
      throw VisitError.fromMedia(error);
    }
    const [screen] = stream.getVideoTracks();
    if (!screen) throw new VisitError('media_missing');
    return { screen, screenAudio: stream.getAudioTracks()[0] ?? null };
  }

  async #ask(media: MediaDevices, sources: readonly DeviceSource[]): Promise<MediaStream> {
    try {
      // With "ideal", Chromium may open another device although the chosen one is present.
      return await media.getUserMedia(this.#constraints(sources, 'exact'));
    } catch (error) {
      // A remembered headset that was left at home must not prevent the call.
      if ((error as Partial<Error> | null)?.name !== 'OverconstrainedError') throw error;
      return media.getUserMedia(this.#constraints(sources, 'ideal'));
    }
  }

  #constraints(sources: readonly DeviceSource[], choice: 'exact' | 'ideal'): MediaStreamConstraints {
    return {
      ...(sources.includes('microphone') && { audio: this.#audio(choice) }),
      ...(sources.includes('camera') && { video: this.#video(choice) }),
    };
  }

  #audio(choice: 'exact' | 'ideal'): MediaTrackConstraints {
    const id = this.#choice.microphone;
    return {
      echoCancellation: true,
      noiseSuppression: true,
      autoGainControl: true,
      ...(id === null ? {} : { deviceId: { [choice]: id } }),
    };
  }

  #video(choice: 'exact' | 'ideal'): MediaTrackConstraints {
    const id = this.#choice.camera;
    return {
      width: { ideal: 1280 },
      height: { ideal: 720 },
      frameRate: { ideal: 30, max: 30 },
      ...(id === null ? { facingMode: { ideal: this.#facing } } : { deviceId: { [choice]: id } }),
    };
  }

  #read(): DeviceChoice {
    let stored: unknown = null;
    try {
      stored = JSON.parse(this.#storage?.getItem(CHOICE_KEY) ?? 'null');
    } catch {
      // Storage that is blocked, or holds something else, counts as empty.
    }
    const of = (kind: DeviceKind) => {
      const value: unknown = typeof stored === 'object' && stored !== null ? Reflect.get(stored, kind) : null;
      return typeof value === 'string' ? value : null;
    };
    return { microphone: of('microphone'), camera: of('camera'), speaker: of('speaker') };
  }
}
