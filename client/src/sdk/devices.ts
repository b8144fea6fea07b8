import type { Source, SOURCES as ContractSources } from '@televisit/shared/signaling';
import { VisitError } from './errors.ts';
import type { KeyValueStore } from './kept-value.ts';

/** The local sources, as the contract names them; only the type comes from there, so that zod stays out. */
export const SOURCES: typeof ContractSources = ['microphone', 'camera'];

/** What can be chosen: the two sources, and the loudspeaker where the browser allows it. */
export type DeviceKind = Source | 'speaker';

/** One device to choose; `label` is empty until the person has allowed access. */
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
const CHOICE_KEY = 'televisit:devices';

/** The browser's devices, and which of them this person chose, remembered across visits. */
export class Devices {
  readonly #media: MediaDevices | undefined;
  readonly #storage: KeyValueStore | null;
  #choice: DeviceChoice;

  /** `media` is undefined where the page is not a secure context. */
  constructor(media: MediaDevices | undefined, storage: KeyValueStore | null) {
    this.#media = media;
    this.#storage = storage;
    this.#choice = this.#read();
  }

  get choice(): DeviceChoice {
    return this.#choice;
  }

  choose(kind: DeviceKind, deviceId: string | null): void {
    this.#choice = { ...this.#choice, [kind]: deviceId };
    try {
      this.#storage?.setItem(CHOICE_KEY, JSON.stringify(this.#choice));
    } catch {
      // The choice then lasts as long as the page.
    }
  }

  /** Lists what is plugged in; never throws. */
  async list(): Promise<DeviceLists> {
    const found = (await this.#media?.enumerateDevices().catch(() => [])) ?? [];
    const lists: Record<DeviceKind, DeviceInfo[]> = { microphone: [], camera: [], speaker: [] };
    for (const device of found) {
      lists[KINDS[device.kind]].push({ id: device.deviceId, label: device.label });
    }
    return lists;
  }

  /** Calls back when something is plugged in or out; the returned function stops that. */
  onChange(listener: () => void): () => void {
    this.#media?.addEventListener('devicechange', listener);
    return () => this.#media?.removeEventListener('devicechange', listener);
  }

  /** Opens the chosen devices, or others where those are gone. Throws a `VisitError` with a `media_*` code. */
  async open(sources: readonly Source[]): Promise<Partial<Record<Source, MediaStreamTrack>>> {
    if (!this.#media) throw new VisitError('media_insecure');
    const constraints: MediaStreamConstraints = {};
    if (sources.includes('microphone')) constraints.audio = this.#audio();
    if (sources.includes('camera')) constraints.video = this.#video();
    let stream: MediaStream;
    try {
      stream = await this.#media.getUserMedia(constraints);
    } catch (error) {
      throw VisitError.fromMedia(error);
    }
    const tracks: Partial<Record<Source, MediaStreamTrack>> = {};
    const [microphone] = stream.getAudioTracks();
    const [camera] = stream.getVideoTracks();
    if (microphone) tracks.microphone = microphone;
    if (camera) tracks.camera = camera;
    return tracks;
  }

  #audio(): MediaTrackConstraints {
    const id = this.#choice.microphone;
    return {
      echoCancellation: true,
      noiseSuppression: true,
      autoGainControl: true,
      // "ideal", not "exact": a remembered headset that was left at home must not keep a person out.
      ...(id === null ? {} : { deviceId: { ideal: id } }),
    };
  }

  #video(): MediaTrackConstraints {
    const id = this.#choice.camera;
    return {
      width: { ideal: 1280 },
      height: { ideal: 720 },
      frameRate: { ideal: 30, max: 30 },
      ...(id === null ? { facingMode: { ideal: 'user' } } : { deviceId: { ideal: id } }),
    };
  }

  #read(): DeviceChoice {
    let stored: unknown = null;
    try {
      stored = JSON.parse(this.#storage?.getItem(CHOICE_KEY) ?? 'null');
    } catch {
      // Storage that is blocked or was written by something else counts as empty.
    }
    const of = (kind: DeviceKind) => {
      const value: unknown = typeof stored === 'object' && stored !== null ? Reflect.get(stored, kind) : null;
      return typeof value === 'string' ? value : null;
    };
    return { microphone: of('microphone'), camera: of('camera'), speaker: of('speaker') };
  }
}
