import type { MediaState } from '@televisit/shared/signaling';
import { DEVICE_SOURCES, SOURCES, type DeviceSource, type Source } from '@televisit/shared/vocabulary';
import { Emitter } from '../core/emitter.ts';
import { VisitError, type MediaErrorCode } from '../core/errors.ts';
import { Timers } from '../core/timers.ts';
import { NO_DEVICES, type Devices } from './devices.ts';

/** One local source as the user interface shows it. */
export interface LocalSource {
  /** `none`: there is no device, or no permission; `off`: switched off by the participant. */
  readonly state: MediaState;
  readonly track: MediaStreamTrack | null;
  /** Why there is no device, if known. */
  readonly problem: MediaErrorCode | null;
  /** Whether the browser is opening the device, or asking for permission. */
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
 * An event of a source that the participant did not cause: `device_lost` (unplugged, and there is no other),
 * `device_fallback` (unplugged, and another one took its place), `share_ended` (the shared window was closed),
 * `camera_undecodable` (another participant's browser can't decode it).
 */
export interface LocalNotice {
  readonly kind: 'device_lost' | 'device_fallback' | 'share_ended' | 'camera_undecodable';
  readonly source: Source;
}

/** Minimum time between two recoveries after an interruption, in milliseconds. */
const RECOVERY_REST_MS = 5_000;
/** Maximum time to wait for the list of devices before opening them, in milliseconds. */
const LIST_TIMEOUT_MS = 500;

type Tracks = Partial<Record<DeviceSource, MediaStreamTrack>>;
type Requests = Record<DeviceSource, number>;

interface LocalEvents {
  change: LocalSources;
  notice: LocalNotice;
}

/** The participant's camera, microphone and shared screen. Independent of the server; tracks are sent on `change`. */
export class LocalMedia extends Emitter<LocalEvents> {
  readonly #devices: Devices;
  readonly #permissions: Permissions | undefined;
  #sources: LocalSources = NO_SOURCES;
  /** Counts the requests for each source, so that a device that opens after a newer request is released. */
  readonly #requests: Requests = { microphone: 0, camera: 0 };
  /** Whether the participant, or a host, wants each source on; also kept while a device is lost. */
  readonly #wanted: Record<DeviceSource, boolean> = { microphone: true, camera: true };
  readonly #isVisible: () => boolean;
  #recoveredAt = -Infinity;
  /** Tracks that the system has silenced, as during a phone call. */
  readonly #interrupted = new WeakSet<MediaStreamTrack>();
  readonly #timers = new Timers();
  #closed = false;

  /** @param isVisible returns whether the page is visible */
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
   * Opens the devices that were never opened or have a problem, with one permission prompt, then one by one if that fails. A
   * muted microphone stays muted, and a camera that was switched off stays closed. Never throws.
   */
  async openAll(): Promise<void> {
    const wanted = DEVICE_SOURCES.filter((source) => {
      const { state, problem } = this.#sources[source];
      return (state === 'none' || problem !== null) && (source === 'microphone' || this.#wanted[source]);
    });
    if (wanted.length === 0) return;
    const requests = this.#request(wanted);
    this.#update(wanted, { busy: true, problem: null });
    const missing = await this.#missing(wanted);
    const present = wanted.filter((source) => !missing.includes(source));
    for (const source of missing) this.#settle(source, requests[source], new VisitError('media_missing'));
    if (present.length === 0 || this.#closed) return;
    try {
      this.#settleAll(present, requests, await this.#devices.open(present));
    } catch (error) {
      await this.#openOneByOne(present, requests, VisitError.from(error, 'media_missing'));
    }
  }

  /** Switches a source on or off. Switching on may prompt for permission; the outcome is in `sources`. */
  async setOn(source: DeviceSource, on: boolean): Promise<void> {
    if (this.#closed) return;
    this.#wanted[source] = on;
    const { track } = this.#sources[source];
    if (!on) {
      this.#request([source]);
      if (this.#sources[source].state === 'none') {
        this.#update([source], { busy: false });
        return;
      }
      if (source === 'microphone' && track) {
        track.enabled = false;
        this.#update([source], { state: 'off', problem: null, busy: false });
        return;
      }
      // Only a stopped camera turns its light off.
      track?.stop();
      this.#update([source], { state: 'off', track: null, problem: null, busy: false });
      return;
    }
    if (track?.readyState === 'live' && !this.#isSilenced(track)) {
      this.#request([source]);
      track.enabled = true;
      this.#update([source], { state: 'on', problem: null, busy: false });
      return;
    }
    await this.#open(source);
  }

  /** Opens the newly chosen device of a source that is open; a source that is off uses it when switched on. */
  async applyChoice(source: DeviceSource): Promise<void> {
    const { track, state } = this.#sources[source];
    if (!track && state !== 'none') return;
    // Choosing a device where there was none switches it on.
    if (!track) this.#wanted[source] = true;
    await this.#open(source);
  }

  /** Switches to the other camera of a phone. */
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

  /** Shares a screen; to be called in a click. @throws {VisitError} `media_denied` if the participant chose none */
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

  /** Stops the shared screen without the participant's doing, and emits a notice. Idempotent. */
  endShare(): void {
    if (!this.#sources.screen.track) return;
    this.stopShare();
    this.emit('notice', { kind: 'share_ended', source: 'screen' });
  }

  /**
   * Reopens the devices that the system took away, as for a phone call or in the background. On iOS such a track may look
   * live and stay silent, so every track that was interrupted is reopened.
   */
  async recover(): Promise<void> {
    const lost = DEVICE_SOURCES.filter((source) => {
      const { state, track, busy } = this.#sources[source];
      if (state !== 'on' || !track || busy) return false;
      return track.readyState === 'ended' || this.#isSilenced(track);
    });
    await Promise.all(lost.map((source) => this.#open(source)));
  }

  /** Closes camera and microphone, so that another page or app can use them. `openAll` opens them again. */
  release(): void {
    this.#request(DEVICE_SOURCES);
    for (const source of DEVICE_SOURCES) this.#sources[source].track?.stop();
    this.#update(DEVICE_SOURCES, NOTHING);
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
    const request = this.#request([source])[source];
    this.#update([source], { busy: true });
    try {
      const tracks = await this.#openReleasing(source);
      this.#settle(source, request, tracks[source] ?? new VisitError('media_missing'));
    } catch (error) {
      this.#settle(source, request, VisitError.from(error, 'media_missing'));
    }
  }

  async #openReleasing(source: DeviceSource): Promise<Tracks> {
    try {
      return await this.#devices.open([source]);
    } catch (error) {
      const old = this.#sources[source].track;
      if (!old || VisitError.from(error).code !== 'media_in_use') throw error;
      // Some phones cannot open a second camera before the first is released.
      old.stop();
      return this.#devices.open([source]);
    }
  }

  async #openOneByOne(sources: DeviceSource[], requests: Requests, error: VisitError): Promise<void> {
    const hopeless = error.code === 'media_denied' ? await this.#deniedOf(sources) : [];
    for (const source of sources) {
      if (sources.length === 1 || hopeless.includes(source) || error.code === 'media_insecure') {
        this.#settle(source, requests[source], error);
        continue;
      }
      try {
        const tracks = await this.#devices.open([source]);
        this.#settle(source, requests[source], tracks[source] ?? new VisitError('media_missing'));
      } catch (reason) {
        this.#settle(source, requests[source], VisitError.from(reason, 'media_missing'));
      }
    }
  }

  /** Returns the sources for which another prompt is useless: denied ones, or all if the prompt was dismissed. */
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
    // Under load, or with a hanging driver, the list may take long; then opening the devices finds out.
    const lists = await this.#timers.withTimeout(this.#devices.list(), LIST_TIMEOUT_MS, NO_DEVICES);
    // A list without any device means that the browser reveals them after the prompt only.
    if (lists.camera.length + lists.microphone.length === 0) return [];
    return sources.filter((source) => lists[source].length === 0);
  }

  /** The browser can't send a track: its source is off, and says why. Ignores a track that is no longer used. */
  refuse(source: Source, track: MediaStreamTrack): void {
    if (this.#closed || this.#sources[source].track !== track) return;
    if (source === 'screen' || source === 'screenAudio') {
      this.endShare();
      return;
    }
    track.stop();
    this.#update([source], { state: 'off', track: null, problem: 'media_unsupported', busy: false });
  }

  /** Another participant's browser can't decode the camera. */
  reportUndecodable(): void {
    this.emit('notice', { kind: 'camera_undecodable', source: 'camera' });
  }

  #settleAll(sources: readonly DeviceSource[], requests: Requests, tracks: Tracks): void {
    for (const source of sources) {
      this.#settle(source, requests[source], tracks[source] ?? new VisitError('media_missing'));
    }
  }

  #settle(source: DeviceSource, request: number, outcome: MediaStreamTrack | VisitError): void {
    const isTrack = !(outcome instanceof VisitError);
    if (this.#closed || this.#requests[source] !== request) {
      if (isTrack) outcome.stop();
      return;
    }
    const old = this.#sources[source];
    if (!isTrack) {
      const problem = outcome.code as MediaErrorCode;
      // A failed change of device keeps the old one if it is still live.
      if (old.track?.readyState === 'live') {
        const isMissed = old.state === 'off' && this.#wanted[source];
        this.#update([source], { busy: false, ...(isMissed && { problem }) });
      } else {
        // A device that existed can be switched on again; one that never did cannot.
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

  /** The device was unplugged, or its permission revoked: another device takes its place if there is one. */
  async #onEnded(source: DeviceSource, track: MediaStreamTrack): Promise<void> {
    if (this.#closed || this.#sources[source].track !== track || this.#sources[source].busy) return;
    const wasOn = this.#sources[source].state === 'on';
    await this.#open(source);
    const now = this.#sources[source];
    if (this.closed || now.track === track) return;
    if (now.track) this.emit('notice', { kind: 'device_fallback', source });
    else if (wasOn) this.emit('notice', { kind: 'device_lost', source });
  }

  /** The interruption is over. A device that is silenced repeatedly is not reopened each time. */
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

  #request(sources: readonly DeviceSource[]): Requests {
    for (const source of sources) this.#requests[source] += 1;
    return { ...this.#requests };
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
