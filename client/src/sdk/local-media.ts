import type { MediaState, Source } from '@televisit/shared/signaling';
import { NO_DEVICES, SOURCES, type Devices } from './devices.ts';
import { Emitter } from './emitter.ts';
import { VisitError, type MediaErrorCode } from './errors.ts';

/** One local source as the user interface shows it. */
export interface LocalSource {
  /** `none`: there is no device, or no permission; `off`: switched off by the person. */
  readonly state: MediaState;
  readonly track: MediaStreamTrack | null;
  /** Why there is no device, where that is known. */
  readonly problem: MediaErrorCode | null;
  /** True while the browser opens the device or asks the person. */
  readonly busy: boolean;
}

export type LocalSources = Readonly<Record<Source, LocalSource>>;

const NOTHING: LocalSource = { state: 'none', track: null, problem: null, busy: false };
export const NO_SOURCES: LocalSources = { microphone: NOTHING, camera: NOTHING };

/** How long the question for the devices waits for the list of them, in milliseconds. */
const LIST_PATIENCE_MS = 500;

type Tracks = Partial<Record<Source, MediaStreamTrack>>;

/** This person's camera and microphone. It knows nothing of the server; who sends the tracks listens to `change`. */
export class LocalMedia extends Emitter<{ change: LocalSources }> {
  readonly #devices: Devices;
  readonly #permissions: Permissions | undefined;
  #sources: LocalSources = NO_SOURCES;
  // Counts the wishes for each source, so that a device that opens after the person changed their mind is let go.
  readonly #wishes: Record<Source, number> = { microphone: 0, camera: 0 };
  #closed = false;

  constructor(devices: Devices, permissions?: Permissions) {
    super();
    this.#devices = devices;
    this.#permissions = permissions;
  }

  get sources(): LocalSources {
    return this.#sources;
  }

  /** Opens camera and microphone with one question to the person, then each alone if that fails. Never throws. */
  async openAll(): Promise<void> {
    const wanted = SOURCES.filter((source) => this.#sources[source].track === null);
    if (wanted.length === 0) return;
    const wishes = this.#wish(wanted);
    this.#update(wanted, { busy: true, problem: null });
    const missing = await this.#missing(wanted);
    const present = wanted.filter((source) => !missing.includes(source));
    for (const source of missing) this.#settle(source, wishes[source], new VisitError('media_missing'));
    if (present.length === 0 || this.#closed) return;
    try {
      this.#settleAll(present, wishes, await this.#devices.open(present));
    } catch (error) {
      await this.#openOneByOne(present, wishes, VisitError.from(error, 'media_missing'));
    }
  }

  /** Switches a source on or off. Switching on may ask the person; the outcome is in `sources`. */
  async setOn(source: Source, on: boolean): Promise<void> {
    if (this.#closed) return;
    const { track } = this.#sources[source];
    if (!on) {
      this.#wish([source]);
      if (this.#sources[source].state === 'none') {
        this.#update([source], { busy: false });
        return;
      }
      if (source === 'microphone' && track) {
        track.enabled = false;
        this.#update([source], { state: 'off', busy: false });
        return;
      }
      // Only a stopped camera puts its light out.
      track?.stop();
      this.#update([source], { state: 'off', track: null, busy: false });
      return;
    }
    if (track?.readyState === 'live') {
      this.#wish([source]);
      track.enabled = true;
      this.#update([source], { state: 'on', problem: null, busy: false });
      return;
    }
    await this.#open(source);
  }

  /** Takes the newly chosen device for a source that is open; one that is off takes it when it is switched on. */
  async applyChoice(source: Source): Promise<void> {
    const { track, state } = this.#sources[source];
    if (track) await this.#open(source);
    else if (state === 'none') await this.#open(source);
  }

  /** Stops every device. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const source of SOURCES) this.#sources[source].track?.stop();
    this.#sources = NO_SOURCES;
    this.removeAllListeners();
  }

  async #open(source: Source): Promise<void> {
    const wish = this.#wish([source])[source];
    this.#update([source], { busy: true });
    try {
      const tracks = await this.#openReleasing(source);
      this.#settle(source, wish, tracks[source] ?? new VisitError('media_missing'));
    } catch (error) {
      this.#settle(source, wish, VisitError.from(error, 'media_missing'));
    }
  }

  async #openReleasing(source: Source): Promise<Tracks> {
    try {
      return await this.#devices.open([source]);
    } catch (error) {
      const old = this.#sources[source].track;
      if (!old || VisitError.from(error).code !== 'media_in_use') throw error;
      // Some phones can't open a second camera before the first is let go.
      old.stop();
      return this.#devices.open([source]);
    }
  }

  async #openOneByOne(sources: Source[], wishes: Record<Source, number>, error: VisitError): Promise<void> {
    const hopeless = error.code === 'media_denied' ? await this.#deniedOf(sources) : [];
    for (const source of sources) {
      if (sources.length === 1 || hopeless.includes(source) || error.code === 'media_insecure') {
        this.#settle(source, wishes[source], error);
        continue;
      }
      try {
        const tracks = await this.#devices.open([source]);
        this.#settle(source, wishes[source], tracks[source] ?? new VisitError('media_missing'));
      } catch (reason) {
        this.#settle(source, wishes[source], VisitError.from(reason, 'media_missing'));
      }
    }
  }

  /** The sources that another question would not help: refused ones, or all where the person waved the question away. */
  async #deniedOf(sources: Source[]): Promise<readonly Source[]> {
    const states = await Promise.all(
      sources.map(async (source) => {
        const name = source as PermissionName;
        const status = await this.#permissions?.query({ name }).catch(() => null);
        return status?.state ?? 'unknown';
      }),
    );
    if (!states.includes('denied') && states.includes('prompt')) return sources;
    return sources.filter((_, index) => states[index] === 'denied');
  }

  async #missing(sources: readonly Source[]): Promise<readonly Source[]> {
    // Under load, or with a driver that hangs, the list may take long; then the question itself brings it out.
    const lists = await Promise.race([this.#devices.list(), after(LIST_PATIENCE_MS, NO_DEVICES)]);
    // An empty list of everything means that the browser doesn't tell before it was asked.
    if (lists.camera.length + lists.microphone.length === 0) return [];
    return sources.filter((source) => lists[source].length === 0);
  }

  #settleAll(sources: readonly Source[], wishes: Record<Source, number>, tracks: Tracks): void {
    for (const source of sources) {
      this.#settle(source, wishes[source], tracks[source] ?? new VisitError('media_missing'));
    }
  }

  #settle(source: Source, wish: number, outcome: MediaStreamTrack | VisitError): void {
    const isTrack = !(outcome instanceof VisitError);
    if (this.#closed || this.#wishes[source] !== wish) {
      if (isTrack) outcome.stop();
      return;
    }
    const old = this.#sources[source];
    if (!isTrack) {
      const problem = outcome.code as MediaErrorCode;
      // A failed change of device keeps the old one if that still lives.
      if (old.track?.readyState === 'live') this.#update([source], { busy: false });
      else this.#update([source], { state: 'none', track: null, problem, busy: false });
      return;
    }
    const muted = old.track !== null && old.state === 'off';
    outcome.enabled = !muted;
    outcome.addEventListener('ended', () => this.#onEnded(source, outcome));
    this.#update([source], { state: muted ? 'off' : 'on', track: outcome, problem: null, busy: false });
    old.track?.stop();
  }

  /** The device was unplugged, or its permission taken away. */
  #onEnded(source: Source, track: MediaStreamTrack): void {
    if (this.#closed || this.#sources[source].track !== track) return;
    this.#update([source], { state: 'off', track: null, problem: 'media_missing', busy: false });
  }

  #wish(sources: readonly Source[]): Record<Source, number> {
    for (const source of sources) this.#wishes[source] += 1;
    return { ...this.#wishes };
  }

  #update(sources: readonly Source[], change: Partial<LocalSource>): void {
    if (this.#closed) return;
    const next = { ...this.#sources };
    for (const source of sources) next[source] = { ...next[source], ...change };
    this.#sources = next;
    this.emit('change', next);
  }
}

function after<T>(delay: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), delay));
}
