import type { VisitBootstrap } from '@televisit/shared/api';
import { can, noticed } from '../core/base-state.ts';
import { Emitter } from '../core/emitter.ts';
import { VisitError } from '../core/errors.ts';
import { LocalMedia } from '../devices/local-media.ts';
import { loadDevice } from '../media/media-session.ts';
import type { View } from '../media/stream-preferences.ts';
import type { MeetingSession } from '../meeting/meeting-session.ts';
import { watchNetwork } from '../network/network-monitor.ts';
import { fetchBootstrap } from '../signaling/visit-request.ts';
import type { CallContext, CallEnd } from './call-context.ts';
import { ConnectionCheck } from './connection-check.ts';
import type { Connection } from './connection.ts';
import { NodeSessions } from './node-sessions.ts';
import { Quality } from './quality.ts';

interface JoinAttemptEvents {
  /** The visit is loaded, and the preview begins. */
  loaded: undefined;
  /** The visit could not be loaded. */
  refused: VisitError;
  /** A camera or microphone was opened or closed. */
  devices: undefined;
  /** The call is over for this participant. */
  over: CallEnd;
  /** This server carries the visit from now on, instead of another provider. */
  moved: undefined;
}

/** One attempt to join, from loading the visit to the end of the call. Everything it owns is new, and closed with it. */
export class JoinAttempt extends Emitter<JoinAttemptEvents> {
  readonly local: LocalMedia;
  readonly #context: CallContext;
  readonly #abort = new AbortController();
  readonly #stopWatching: () => void;
  #sessions: NodeSessions | null = null;
  #quality: Quality | null = null;
  #check: ConnectionCheck | null = null;
  #meeting: MeetingSession | null = null;

  constructor(context: CallContext) {
    super();
    this.#context = context;
    const { devices, features } = context;
    this.#stopWatching = watchNetwork((wasOffline) => {
      // After a period offline no existing connection can work: there is no point in waiting for its answer.
      this.#sessions?.networkChanged(wasOffline ? 0 : undefined);
    });
    this.local = new LocalMedia(devices, permissions(), () => !features.commands.presence.away);
  }

  /** The connection that is shown. */
  get connection(): Connection | null {
    return this.#sessions?.shown.connection ?? null;
  }

  /** The meeting at the provider that carries the visit; null if this server does. */
  get meeting(): MeetingSession | null {
    return this.#meeting;
  }

  /** Loads the visit, opens the devices and prepares everything up to the join. Never throws. */
  async load(): Promise<void> {
    const { sessionId, baseUrl = '', store, token, features } = this.#context;
    const { signal } = this.#abort;
    try {
      const known = token.get();
      if (known === null) throw new VisitError('token_missing');
      const { visit, clockOffset } = await fetchBootstrap({ baseUrl, sessionId, token: known, signal });
      if (signal.aborted) return;
      if (visit.session.provider !== 'sfu') {
        await this.#meet(visit, clockOffset);
        return;
      }
      // Before the state changes, because a listener may join, or close everything, at once.
      this.#connect(visit);
      store.update((state) => features.loaded(state, visit, clockOffset));
      if (this.#abort.signal.aborted) return;
      this.emit('loaded', undefined);
      this.#openMedia(visit);
    } catch (error) {
      if (!signal.aborted) this.emit('refused', VisitError.from(error));
    }
  }

  /** Applies the participant's choice about saving data. */
  applyQuality(): void {
    this.#quality?.apply();
  }

  /** Tests every network path to the server. @throws {VisitError} if the test cannot run */
  async testConnection(): Promise<void> {
    if (!this.#check) throw new VisitError('not_prepared');
    await this.#check.run();
  }

  setViews(views: readonly View[]): void {
    this.#sessions?.setViews(views);
  }

  /** Leaves the call or the waiting room. Never throws. */
  async leave(): Promise<void> {
    await this.#sessions?.leave();
  }

  /** Idempotent. */
  close(): void {
    this.removeAllListeners();
    this.#stopWatching();
    this.#abort.abort();
    this.#quality?.stop();
    this.#check?.stop();
    this.#meeting?.close();
    this.#sessions?.close();
    this.local.close();
    this.#context.features.stopped();
  }

  #connect(bootstrap: VisitBootstrap): void {
    const context = this.#context;
    const { createDevice, signaling, store } = context;
    const device = loadDevice(bootstrap, createDevice);
    // The connection that awaits the device handles the failure.
    device.catch(() => undefined);
    const iceServers = bootstrap.iceServers as RTCIceServer[];
    this.#check = new ConnectionCheck({ store, device, signaling, iceServers });
    const sessions = new NodeSessions({ context, bootstrap, local: this.local, device });
    this.#sessions = sessions;
    const quality = this.#newQuality(sessions);
    this.#quality = quality;
    quality.apply();
    sessions.on('prepared', () => {
      quality.start();
      quality.reportAgain();
    });
    sessions.on('over', (over) => this.emit('over', over));
    sessions.open();
  }

  #newQuality(sessions: NodeSessions): Quality {
    return new Quality({
      store: this.#context.store,
      sample: async () => (await sessions.shown.connection.session?.networkSample()) ?? null,
      setMode: (mode) => sessions.setMode(mode),
      report: (network) => sessions.report(network),
    });
  }

  /** Another provider carries the visit. Camera and microphone stay closed unless the participant tests them. */
  async #meet(visit: VisitBootstrap, clockOffset: number): Promise<void> {
    const { baseUrl = '', store, sessionId, token, features } = this.#context;
    const { signal } = this.#abort;
    const { MeetingSession, newMeeting } = await loadMeetings();
    if (signal.aborted) return;
    const meeting = new MeetingSession({
      store,
      ownId: visit.self.userId,
      request: () => ({ baseUrl, sessionId, token: token.get() ?? '' }),
      onToken: (fresh) => token.set(fresh),
      onEntered: () => features.commands.feedback.open(),
    });
    this.#meeting = meeting;
    meeting.on('ended', (why) => this.emit('over', { phase: 'ended', why }));
    meeting.on('refused', (error) => this.emit('refused', error));
    meeting.on('moved', () => this.emit('moved', undefined));
    store.update((state) => ({
      ...features.loaded(state, visit, clockOffset),
      phase: 'meeting',
      meeting: newMeeting(visit),
    }));
    if (this.#abort.signal.aborted) return;
    this.emit('loaded', undefined);
    this.#watchMedia();
    this.emit('devices', undefined);
    meeting.start();
  }

  #openMedia({ self }: VisitBootstrap): void {
    this.#watchMedia();
    if (can(self, 'publish')) void this.local.openAll();
    else this.emit('devices', undefined);
  }

  #watchMedia(): void {
    const { store } = this.#context;
    this.local.on('change', (local) => {
      store.update({ local });
      // Browsers reveal the names of devices once the participant has allowed access.
      if (!local.camera.busy && !local.microphone.busy) this.emit('devices', undefined);
    });
    this.local.on('notice', ({ kind }) => store.update((state) => noticed(state, kind)));
  }
}

/** Loads what only visits at other providers need. */
async function loadMeetings() {
  try {
    return await import('../meeting/index.ts');
  } catch (cause) {
    throw new VisitError('unreachable', { cause });
  }
}

function permissions(): Permissions | undefined {
  return (globalThis.navigator as Navigator | undefined)?.permissions;
}
