import type { DeviceSource, Source } from '@televisit/shared/vocabulary';
import type { MediaState } from '@televisit/shared/signaling';
import { DEVICE_SOURCES, NO_DEVICES, SOURCES, type Devices } from './devices.ts';
import { Emitter } from '../core/emitter.ts';
import { VisitError, type MediaErrorCode } from '../core/errors.ts';

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
export const NO_SOURCES: LocalSources = {
  microphone: NOTHING,
  camera: NOTHING,
  screen: NOTHING,
  screenAudio: NOTHING,
};

/**
 * What happened to a source without the person's doing: `device_lost` (unplugged, and there is no other),
 * `device_fallback` (unplugged, and another one took its place), `share_ended` (the shared window was closed).
 */
export interface LocalNotice {
  readonly kind: 'device_lost' | 'device_fallback' | 'share_ended';
  readonly source: Source;
}

/** The least time between two openings that the end of an interruption brings, in milliseconds. */
const RECOVERY_REST_MS = 5_000;
/** How long the question for the devices waits for the list of them, in milliseconds. */
const LIST_PATIENCE_MS = 500;

type Tracks = Partial<Record<DeviceSource, MediaStreamTrack>>;
type Wishes = Record<DeviceSource, number>;

interface LocalEvents {
  change: LocalSources;
  notice: LocalNotice;
}

/** This person's camera, microphone and shared screen. It knows nothing of the server; who sends the tracks listens to `change`. */
export class LocalMedia extends Emitter<LocalEvents> {
  readonly #devices: Devices;
  readonly #permissions: Permissions | undefined;
  #sources: LocalSources = NO_SOURCES;
  // Counts the wishes for each source, so that a device that opens after the person changed their mind is let go.
  readonly #wishes: Wishes = { microphone: 0, camera: 0 };
  /** Whether the person, or a host, wants each source on; it outlives a device that is lost. */
  readonly #wanted: Record<DeviceSource, boolean> = { microphone: true, camera: true };
  readonly #isVisible: () => boolean;
  #recoveredAt = -Infinity;
  /** Tracks that the system has silenced for a while, as a phone call does. */
  readonly #interrupted = new WeakSet<MediaStreamTrack>();
  #closed = false;

  /** @param isVisible whether the page is before the person's eyes */
  constructor(devices: Devices, permissions?: Permissions, isVisible: () => boolean = () => true) {
    super();
    this.#devices = devices;
    this.#permissions = permissions;
    this.#isVisible = isVisible;
  }

  get sources(): LocalSources {
    return this.#sources;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Opens what was never opened or has a problem, with one question to the person, then each alone if that fails. A
   * microphone that was muted stays so, a camera that was switched off is left alone. Never throws.
   */
  async openAll(): Promise<void> {
    const wanted = DEVICE_SOURCES.filter((source) => {
      const { state, problem } = this.#sources[source];
      return (state === 'none' || problem !== null) && (source === 'microphone' || this.#wanted[source]);
    });
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
  async setOn(source: DeviceSource, on: boolean): Promise<void> {
    if (this.#closed) return;
    this.#wanted[source] = on;
    const { track } = this.#sources[source];
    if (!on) {
      this.#wish([source]);
      if (this.#sources[source].state === 'none') {
        this.#update([source], { busy: false });
        return;
      }
      if (source === 'microphone' && track) {
        track.enabled = false;
        this.#update([source], { state: 'off', problem: null, busy: false });
        return;
      }
      // Only a stopped camera puts its light out.
      track?.stop();
      this.#update([source], { state: 'off', track: null, problem: null, busy: false });
      return;
    }
    if (track?.readyState === 'live' && !this.#isSilenced(track)) {
      this.#wish([source]);
      track.enabled = true;
      this.#update([source], { state: 'on', problem: null, busy: false });
      return;
    }
    await this.#open(source);
  }

  /** Takes the newly chosen device for a source that is open; one that is off takes it when it is switched on. */
  async applyChoice(source: DeviceSource): Promise<void> {
    const { track, state } = this.#sources[source];
    if (!track && state !== 'none') return;
    // Who chooses a device where there was none wants it on.
    if (!track) this.#wanted[source] = true;
    await this.#open(source);
  }

  /** Takes the other camera of a phone. */
  async flipCamera(): Promise<void> {
    const { track, state } = this.#sources.camera;
    const facing = track?.getSettings().facingMode;
    this.#devices.flip(facing === 'environment' ? 'environment' : 'user');
    if (track && state === 'on') {
      // Phones open one camera at a time.
      track.stop();
      await this.#open('camera');
    }
  }

  /** Shares a screen; to be called in a click. Throws a `VisitError`, `media_denied` where the person chose none. */
  async startShare(): Promise<void> {
    if (this.#closed || this.#sources.screen.busy) return;
    this.#update(['screen'], { busy: true, problem: null });
    try {
      const { screen, screenAudio } = await this.#devices.openScreen();
      if (this.closed) {
        screen.stop();
        screenAudio?.stop();
        return;
      }
      this.stopShare();
      screen.contentHint = 'detail';
      screen.addEventListener('ended', () => {
        if (this.#sources.screen.track !== screen) return;
        this.endShare();
      });
      this.#sources = { ...this.#sources, screenAudio: shared(screenAudio) };
      this.#update(['screen'], shared(screen));
    } catch (error) {
      this.#update(['screen'], { busy: false });
      throw VisitError.from(error, 'media_missing');
    }
  }

  /** Idempotent. */
  stopShare(): void {
    const { screen, screenAudio } = this.#sources;
    if (!screen.track && !screenAudio.track) return;
    screen.track?.stop();
    screenAudio.track?.stop();
    this.#update(['screen', 'screenAudio'], NOTHING);
  }

  /** Stops the share without the person's doing, and says so. Idempotent. */
  endShare(): void {
    if (!this.#sources.screen.track) return;
    this.stopShare();
    this.emit('notice', { kind: 'share_ended', source: 'screen' });
  }

  /**
   * Opens anew what the system took away meanwhile, as a phone call or the background does. Such a track may look alive
   * and stay silent (iOS), so whatever was interrupted is opened again.
   */
  async recover(): Promise<void> {
    const lost = DEVICE_SOURCES.filter((source) => {
      const { state, track, busy } = this.#sources[source];
      if (state !== 'on' || !track || busy) return false;
      return track.readyState === 'ended' || this.#isSilenced(track);
    });
    await Promise.all(lost.map((source) => this.#open(source)));
  }

  /** Stops every device. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const source of SOURCES) this.#sources[source].track?.stop();
    this.#sources = NO_SOURCES;
    this.removeAllListeners();
  }

  async #open(source: DeviceSource): Promise<void> {
    const wish = this.#wish([source])[source];
    this.#update([source], { busy: true });
    try {
      const tracks = await this.#openReleasing(source);
      this.#settle(source, wish, tracks[source] ?? new VisitError('media_missing'));
    } catch (error) {
      this.#settle(source, wish, VisitError.from(error, 'media_missing'));
    }
  }

  async #openReleasing(source: DeviceSource): Promise<Tracks> {
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

  async #openOneByOne(sources: DeviceSource[], wishes: Wishes, error: VisitError): Promise<void> {
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
  async #deniedOf(sources: DeviceSource[]): Promise<readonly DeviceSource[]> {
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

  async #missing(sources: readonly DeviceSource[]): Promise<readonly DeviceSource[]> {
    // Under load, or with a driver that hangs, the list may take long; then the question itself brings it out.
    const lists = await Promise.race([this.#devices.list(), after(LIST_PATIENCE_MS, NO_DEVICES)]);
    // An empty list of everything means that the browser doesn't tell before it was asked.
    if (lists.camera.length + lists.microphone.length === 0) return [];
    return sources.filter((source) => lists[source].length === 0);
  }

  #settleAll(sources: readonly DeviceSource[], wishes: Wishes, tracks: Tracks): void {
    for (const source of sources) {
      this.#settle(source, wishes[source], tracks[source] ?? new VisitError('media_missing'));
    }
  }

  #settle(source: DeviceSource, wish: number, outcome: MediaStreamTrack | VisitError): void {
    const isTrack = !(outcome instanceof VisitError);
    if (this.#closed || this.#wishes[source] !== wish) {
      if (isTrack) outcome.stop();
      return;
    }
    const old = this.#sources[source];
    if (!isTrack) {
      const problem = outcome.code as MediaErrorCode;
      // A failed change of device keeps the old one if that still lives.
      if (old.track?.readyState === 'live') {
        const isMissed = old.state === 'off' && this.#wanted[source];
        this.#update([source], { busy: false, ...(isMissed && { problem }) });
      } else {
        // Who had the device wants it back; who never had it can't switch it on.
        const state = old.state === 'none' ? 'none' : 'off';
        this.#update([source], { state, track: null, problem, busy: false });
      }
      return;
    }
    const muted = !this.#wanted[source];
    outcome.enabled = !muted;
    outcome.addEventListener('ended', () => void this.#onEnded(source, outcome));
    outcome.addEventListener('mute', () => this.#interrupted.add(outcome));
    outcome.addEventListener('unmute', () => this.#onUnmute(source, outcome));
    this.#update([source], { state: muted ? 'off' : 'on', track: outcome, problem: null, busy: false });
    old.track?.stop();
  }

  /** The device was unplugged, or its permission taken away: another one takes its place where there is one. */
  async #onEnded(source: DeviceSource, track: MediaStreamTrack): Promise<void> {
    if (this.#closed || this.#sources[source].track !== track || this.#sources[source].busy) return;
    const wasOn = this.#sources[source].state === 'on';
    await this.#open(source);
    const now = this.#sources[source];
    if (this.closed || now.track === track) return;
    if (now.track) this.emit('notice', { kind: 'device_fallback', source });
    else if (wasOn) this.emit('notice', { kind: 'device_lost', source });
  }

  /** The interruption is over. A device that is silenced time and again is not opened time and again. */
  #onUnmute(source: DeviceSource, track: MediaStreamTrack): void {
    if (this.#sources[source].track !== track || !this.#interrupted.has(track) || !this.#isVisible()) return;
    const now = performance.now();
    if (now - this.#recoveredAt < RECOVERY_REST_MS) return;
    this.#recoveredAt = now;
    void this.recover();
  }

  #isSilenced(track: MediaStreamTrack): boolean {
    return track.muted || this.#interrupted.has(track);
  }

  #wish(sources: readonly DeviceSource[]): Wishes {
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

function shared(track: MediaStreamTrack | null): LocalSource {
  return { ...NOTHING, state: track ? 'on' : 'none', track };
}

function after<T>(delay: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), delay));
}
