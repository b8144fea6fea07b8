import type { VisitBootstrap } from '@televisit/shared/api';
import { fetchBootstrap } from '../signaling/bootstrap.ts';
import { ConnectionCheck } from '../network/connection-check.ts';
import { Emitter } from '../core/emitter.ts';
import { VisitError } from '../core/errors.ts';
import { loadDevice } from '../media/loaded-device.ts';
import { LocalMedia } from '../devices/local-media.ts';
import { watchNetwork } from '../network/network-changes.ts';
import { Quality } from './quality.ts';
import type { CallEnd, CallFeatures } from './call-features.ts';
import type { Connection } from './connection.ts';
import { NodeSessions } from './node-sessions.ts';
import type { View } from '../media/stream-preferences.ts';
import { loaded, noticed } from '../state/visit-state.ts';

export interface JoinAttemptEvents {
  /** The visit is there, and the preview begins. */
  loaded: undefined;
  /** The server did not tell of the visit. */
  refused: VisitError;
  /** The camera or microphone was opened or closed. */
  devices: undefined;
  /** The visit is over for this person. */
  over: CallEnd;
}

/** One start of the client, from loading the visit to its end: everything in it is new, and closed with it. */
export class JoinAttempt extends Emitter<JoinAttemptEvents> {
  readonly local: LocalMedia;
  readonly #parts: CallFeatures;
  readonly #abort = new AbortController();
  readonly #stopWatching: () => void;
  #sides: NodeSessions | null = null;
  #quality: Quality | null = null;
  #check: ConnectionCheck | null = null;

  constructor(parts: CallFeatures) {
    super();
    this.#parts = parts;
    this.#stopWatching = watchNetwork((wasOffline) => {
      // No connection of before can be of use.
      this.#sides?.networkChanged(wasOffline ? 0 : undefined);
    });
    this.local = new LocalMedia(parts.devices, permissions(), () => !parts.presence.away);
  }

  /** The connection that is shown. */
  get connection(): Connection | null {
    return this.#sides?.shown.connection ?? null;
  }

  /** Asks for the visit, opens the devices and prepares everything up to the join. Never throws. */
  async load(): Promise<void> {
    const { sessionId, baseUrl = '', store, token } = this.#parts;
    const { signal } = this.#abort;
    try {
      const known = token.get();
      if (known === null) throw new VisitError('token_missing');
      const { visit, clockOffset } = await fetchBootstrap({ baseUrl, sessionId, token: known, signal });
      if (signal.aborted) return;
      // Before anybody hears of the visit: who does may join, or close everything, at once.
      this.#connect(visit);
      store.update((state) => loaded(state, visit, clockOffset));
      if (this.#abort.signal.aborted) return;
      this.emit('loaded', undefined);
      this.#openMedia(visit);
    } catch (error) {
      if (!signal.aborted) this.emit('refused', VisitError.from(error));
    }
  }

  /** Applies what the person decided about saving data. */
  applyQuality(): void {
    this.#quality?.apply();
  }

  /** Tries every way to the server. Throws a `VisitError`. */
  async testConnection(): Promise<void> {
    if (!this.#check) throw new VisitError('not_prepared');
    await this.#check.run();
  }

  setViews(views: readonly View[]): void {
    this.#sides?.setViews(views);
  }

  /** Leaves the visit or the waiting room. Never throws. */
  async leave(): Promise<void> {
    await this.#sides?.leave();
  }

  /** Idempotent. */
  close(): void {
    this.removeAllListeners();
    this.#stopWatching();
    this.#abort.abort();
    this.#quality?.stop();
    this.#check?.stop();
    this.#sides?.close();
    this.local.close();
    this.#parts.chat.stop();
    this.#parts.reactions.stop();
    this.#parts.presence.stop();
  }

  #connect(bootstrap: VisitBootstrap): void {
    const { createDevice, signaling, store } = this.#parts;
    const device = loadDevice(bootstrap, createDevice);
    // The connection that awaits the device handles the failure.
    device.catch(() => undefined);
    const iceServers = bootstrap.iceServers as RTCIceServer[];
    this.#check = new ConnectionCheck({ store, device, signaling: signaling, iceServers });
    const sides = new NodeSessions({ parts: this.#parts, bootstrap, local: this.local, device });
    this.#sides = sides;
    const quality = this.#newQuality(sides);
    this.#quality = quality;
    quality.apply();
    sides.on('prepared', () => {
      quality.start();
      quality.reportAgain();
    });
    sides.on('over', (over) => this.emit('over', over));
    sides.open();
  }

  #newQuality(sides: NodeSessions): Quality {
    return new Quality({
      store: this.#parts.store,
      sample: async () => (await sides.shown.connection.session?.networkSample()) ?? null,
      setMode: (mode) => sides.setMode(mode),
      report: (level) => sides.report(level),
    });
  }

  #openMedia({ self }: VisitBootstrap): void {
    const { store } = this.#parts;
    this.local.on('change', (local) => {
      store.update({ local });
      // Names of devices appear when the person has allowed them.
      if (!local.camera.busy && !local.microphone.busy) this.emit('devices', undefined);
    });
    this.local.on('notice', ({ kind }) => store.update((state) => noticed(state, kind)));
    if (self.permissions.includes('publish')) void this.local.openAll();
    else this.emit('devices', undefined);
  }
}

function permissions(): Permissions | undefined {
  return (globalThis.navigator as Navigator | undefined)?.permissions;
}
