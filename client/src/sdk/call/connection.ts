import type { VisitBootstrap } from '@televisit/shared/api';
import type { EndReason } from '@televisit/shared/vocabulary';
import type { JoinResult, ServerToClientEvents, WaitingState } from '@televisit/shared/signaling';
import type { types } from 'mediasoup-client';
import { DEVICE_SOURCES } from '../devices/devices.ts';
import { Emitter } from '../core/emitter.ts';
import { endsConnection, VisitError } from '../core/errors.ts';
import type { LocalMedia, LocalSources } from '../devices/local-media.ts';
import type { MediaMode } from '../network/degradation-policy.ts';
import { TransportSwap } from '../media/transport-swap.ts';
import { MediaSession } from '../media/media-session.ts';
import { CHANGE_PATIENCE_MS, IceRecovery } from '../network/ice-recovery.ts';
import type { SignalingClient } from '../signaling/signaling-client.ts';
import type { RemoteTrack } from '../media/incoming-media.ts';
import type { View } from '../media/stream-preferences.ts';
import type { ConnectionState } from '../state/visit-state.ts';

/** Why the backend took the person out; one who was `removed` may not return. */
export type DismissReason = Parameters<ServerToClientEvents['dismissed']>[0]['reason'];

export interface ConnectionEvents {
  /** How the connection is; `error`: what it is refused with for now. */
  state: { readonly connection: ConnectionState; readonly error?: VisitError };
  /** The server has made transports: what it forgot with the last connection can be said again. */
  prepared: undefined;
  /** `resumed`: over the transports of before, by a server that has forgotten nothing. */
  joined: { readonly result: JoinResult; readonly resumed: boolean };
  /** In the waiting room, or something about it has changed. */
  waiting: WaitingState;
  /** Out of the waiting room again, until `join()`. */
  declined: undefined;
  /** In by another device, which `join()` with `takeOver` replaces. */
  elsewhere: undefined;
  tracks: readonly RemoteTrack[];
  /** It ended this moment, and why; `null`: it was over when the person came back. */
  ended: EndReason | null;
  replaced: undefined;
  dismissed: DismissReason;
  failed: VisitError;
  /** The visit goes on on another server, to which a new connection leads; nobody but one who is in it hears of that. */
  moved: undefined;
  /** The connection is lost, and after `freeze()` it is not made again. What it has played goes on as long as it comes. */
  gone: undefined;
}

export interface ConnectionOptions {
  readonly signaling: SignalingClient;
  readonly bootstrap: VisitBootstrap;
  readonly local: LocalMedia;
  /** The secret by which the server knows this page again, through a reload of the tab. */
  readonly device: string;
  /** Resolves with a loaded device; it loads while the socket connects. */
  readonly codecs: Promise<types.Device>;
}

/** How soon a server that has no room is asked again, in milliseconds; all who wait must not come back in one moment. */
const BUSY_MS = 2_600;
const BUSY_JITTER = 0.4;

/**
 * Keeps one person in one visit, or in its waiting room: prepares after every connection, joins when asked to, and
 * after a drop builds the new transports before it gives up the old.
 */
export class Connection extends Emitter<ConnectionEvents> {
  readonly #options: ConnectionOptions;
  readonly #media = new TransportSwap();
  readonly #path: IceRecovery;
  readonly #stopPublishing: () => void;
  #prepared = false;
  #isConnected = false;
  /** What the person wants, where the server has them now, and what it is to send when it lets them in. */
  #wantsIn = false;
  #place: 'outside' | 'waiting' | 'inside' = 'outside';
  #live = '';
  /** Whether the next connection may go on with the same transports. */
  #resumable = false;
  #takesOver = false;
  #attempt = 0;
  #failures = 0;
  #timers = new Set<ReturnType<typeof setTimeout>>();
  #closed = false;

  constructor(options: ConnectionOptions) {
    super();
    this.#options = options;
    const { signaling, local } = options;
    this.#path = new IceRecovery({
      signaling,
      media: this.#media,
      isConnected: () => this.#isConnected,
      onStuck: () => {
        const { current } = this.#media;
        if (current) this.#renew(current);
      },
    });
    this.#media.on('tracks', (tracks) => this.emit('tracks', tracks));
    this.#stopPublishing = local.on('change', (sources) => void this.#publish(sources));
    this.#listen();
  }

  /** The session whose streams are played and sent, for statistics. */
  get session(): MediaSession | null {
    return this.#media.shown;
  }

  /** Whether the server has everything, and the person is where they want to be; the media may have lost its way. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  open(): void {
    this.#options.signaling.connect();
  }

  /** Joins as soon as everything is prepared, and again after every reconnect. */
  join({ takeOver = false } = {}): void {
    this.#wantsIn = true;
    this.#takesOver = takeOver;
    const { current } = this.#media;
    if (current && this.#prepared) void this.#enter(current, this.#attempt);
  }

  /** Cuts the connection and makes it anew, as after any drop. */
  retry(): void {
    this.#options.signaling.drop();
  }

  /** The connection is used up: it goes on as it is, and once it is lost it is `gone`. */
  freeze(): void {
    this.#options.signaling.freeze();
  }

  /** The streams that are played. */
  get tracks(): readonly RemoteTrack[] {
    return this.#media.shown?.incoming.tracks ?? [];
  }

  /** Tells the server, waiting for its answer for a second at most. Never throws. */
  async leave(): Promise<void> {
    this.#wantsIn = false;
    this.#place = 'outside';
    await Promise.race([
      this.#options.signaling.request('leave', {}).catch(() => undefined),
      new Promise<void>((resolve) => this.#later(1_000, resolve)),
    ]);
  }

  /** See `PathKeeper`; without a patience, that of a network that has merely changed. */
  networkChanged(patience = CHANGE_PATIENCE_MS): void {
    void this.#path.networkChanged(patience);
  }

  /** What the page shows, through every reconnect. */
  setViews(views: readonly View[]): void {
    this.#media.setViews(views);
  }

  /** How much media the network carries, through every reconnect. */
  setMode(mode: MediaMode): void {
    this.#media.setMode(mode);
  }

  /** Closes everything; with a `goodbye` the person has left for the server. Idempotent. */
  close({ goodbye = true } = {}): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopPublishing();
    this.#path.close();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#options.signaling.close({ goodbye });
    this.#media.close();
    this.removeAllListeners();
  }

  #listen(): void {
    const { signaling } = this.#options;
    signaling.on('connected', () => void this.#connected());
    signaling.on('media:renew', () => void this.#renewMedia());
    signaling.on('reconnecting', (refusal) => {
      this.#interrupted();
      this.#tellState(refusal ?? undefined);
    });
    signaling.on('gone', () => {
      this.#interrupted();
      this.emit('gone', undefined);
    });
    signaling.on('visit:moved', () => {
      // Outside of the visit there is nothing to keep.
      if (this.#place === 'inside') this.emit('moved', undefined);
      else this.retry();
    });
    signaling.on('refused', (error) => this.#fail(error));
    signaling.on('consumer:new', (consumer) => this.#media.current?.incoming.add([consumer]));
    signaling.on('consumer:closed', ({ consumerId }) => this.#media.current?.incoming.remove(consumerId));
    signaling.on('admitted', (result) => void this.#admitted(result));
    signaling.on('waiting:updated', (waiting) => {
      if (this.#wantsIn && this.#place === 'waiting') this.emit('waiting', waiting);
    });
    signaling.on('declined', () => this.#declined());
    signaling.on('session:ended', ({ reason }) => this.emit('ended', reason));
    signaling.on('replaced', () => this.emit('replaced', undefined));
    signaling.on('dismissed', ({ reason }) => this.emit('dismissed', reason));
  }

  #interrupted(): void {
    this.#attempt += 1;
    this.#prepared = false;
    this.#isConnected = false;
  }

  /** Goes on with the transports that there are, where the server has kept them; otherwise makes new ones. */
  async #connected(): Promise<void> {
    const session = this.#media.current;
    const resumable = this.#place === 'inside' && this.#resumable && session?.resumable === true;
    if (resumable && (await this.#resume(session))) return;
    await this.#prepare();
  }

  /** @returns false where the server has nothing to go on with */
  async #resume(session: MediaSession): Promise<boolean> {
    const { signaling, device, local } = this.#options;
    const attempt = ++this.#attempt;
    try {
      const outcome = await signaling.request('resume', { device, live: session.sentOf(local.sources) });
      // Gone while the question was on its way: the server hears of that next.
      if (this.#isStale(attempt) || !this.#wantsIn) return true;
      if (outcome.status === 'gone') return false;
      signaling.resetBackoff();
      this.#prepared = true;
      this.#failures = 0;
      session.resumed(outcome.result);
      this.emit('prepared', undefined);
      await this.#entered(session, attempt, outcome.result, true);
    } catch (error) {
      this.#retry(attempt, VisitError.from(error));
    }
    return true;
  }

  /** The server has lost the media, or moves it: new transports over the same connection. */
  async #renewMedia(): Promise<void> {
    this.#prepared = false;
    this.#reconnecting();
    await this.#prepare();
  }

  async #prepare(): Promise<void> {
    const attempt = ++this.#attempt;
    const { signaling, bootstrap, local } = this.#options;
    try {
      const device = await this.#options.codecs;
      if (this.#isStale(attempt)) return;
      const session = await MediaSession.prepare({ device, signaling, bootstrap });
      if (this.#isStale(attempt)) {
        session.close();
        return;
      }
      this.#adopt(session);
      this.emit('prepared', undefined);
      await Promise.all([session.publish(local.sources), session.incoming.whenIdle()]);
      if (this.#isStale(attempt)) return;
      signaling.resetBackoff();
      this.#prepared = true;
      this.#failures = 0;
      if (session.interrupted) this.networkChanged();
      if (this.#wantsIn) await this.#enter(session, attempt);
      else this.#settled();
    } catch (error) {
      this.#retry(attempt, VisitError.from(error));
    }
  }

  #adopt(session: MediaSession): void {
    this.#media.adopt(session);
    session.on('failed', () => this.#renew(session));
    session.on('interrupted', (interrupted) => {
      if (this.#media.current !== session) return;
      if (this.#isConnected) this.#tellState();
      // A server that is only about to take this session up would refuse: it is asked once it has.
      if (interrupted && this.#prepared) this.networkChanged();
    });
    session.on('shareRefused', () => {
      // What was asked under the last connection says nothing of this one.
      if (session === this.#media.current && this.#prepared) this.#options.local.endShare();
    });
    // Outside of the visit there is no picture to keep.
    if (!this.#media.shown || this.#place !== 'inside') this.#media.show(session);
  }

  async #publish(sources: LocalSources): Promise<void> {
    const session = this.#media.current;
    const attempt = this.#attempt;
    await session?.publish(sources);
    if (this.#isStale(attempt) || session !== this.#media.current || !session) return;
    // The server lets a waiting person in with what the last "join" named.
    if (this.#place === 'waiting' && this.#prepared && liveOf(sources) !== this.#live)
      await this.#enter(session, attempt);
  }

  async #enter(session: MediaSession, attempt: number): Promise<void> {
    const { sources } = this.#options.local;
    this.#live = liveOf(sources);
    try {
      const takeOver = this.#takesOver ? { takeOver: true } : {};
      const outcome = await session.join(sources, { device: this.#options.device, ...takeOver });
      if (this.#isStale(attempt)) return;
      // Declined, or gone, while the question was on its way.
      if (!this.#wantsIn) this.#options.signaling.send('leave', {});
      else if (outcome.status === 'joined') await this.#entered(session, attempt, outcome.result);
      else {
        this.#place = 'waiting';
        this.#settled();
        this.emit('waiting', outcome.waiting);
      }
    } catch (error) {
      const refusal = VisitError.from(error);
      // Admitted while the question was on its way.
      if (refusal.code === 'already_joined' && this.#place === 'inside') return;
      if (refusal.code === 'joined_elsewhere' && !this.#isStale(attempt)) {
        this.#place = 'outside';
        this.#wantsIn = false;
        this.#media.show(session);
        this.#settled();
        this.emit('elsewhere', undefined);
        return;
      }
      this.#retry(attempt, refusal);
    }
  }

  async #admitted(result: JoinResult): Promise<void> {
    const { current } = this.#media;
    if (!current || !this.#wantsIn) return;
    current.admitted(result);
    await this.#entered(current, this.#attempt, result);
  }

  async #entered(session: MediaSession, attempt: number, result: JoinResult, resumed = false): Promise<void> {
    this.#place = 'inside';
    this.#resumable = true;
    this.#takesOver = false;
    this.#settled();
    this.emit('joined', { result, resumed });
    if (this.#media.shown === session) return;
    // Where the old picture is still shown there is no first one to wait for.
    session.startSending();
    await this.#media.arrived(session, result.participants);
    if (!this.#isStale(attempt)) this.#media.show(session);
  }

  #declined(): void {
    if (!this.#wantsIn || this.#place !== 'waiting') return;
    this.#place = 'outside';
    this.#wantsIn = false;
    this.emit('declined', undefined);
  }

  /** Media broke while signaling stands: a new connection brings new transports, by the same path as a drop. */
  #renew(session: MediaSession): void {
    if (this.#closed || session !== this.#media.current) return;
    this.#resumable = false;
    this.#reconnecting();
    this.#options.signaling.drop();
  }

  #retry(attempt: number, error: VisitError): void {
    if (this.#isStale(attempt)) return;
    if (endsConnection(error.code)) {
      this.#fail(error);
      return;
    }
    this.#reconnecting(error);
    const busy = error.code === 'no_capacity';
    const delay = busy
      ? BUSY_MS * (1 + Math.random() * BUSY_JITTER)
      : Math.min(500 * 2 ** this.#failures, 4_000);
    this.#failures += 1;
    this.#later(delay, () => {
      if (!this.#isStale(attempt)) this.#options.signaling.drop();
    });
  }

  #settled(): void {
    this.#isConnected = true;
    this.#tellState();
  }

  #reconnecting(error?: VisitError): void {
    this.#isConnected = false;
    this.#tellState(error);
  }

  /** The server may be out of reach, and the media may have lost its way; the person is told of the one connection. */
  #tellState(error?: VisitError): void {
    const connected = this.#isConnected && this.#media.current?.interrupted === false;
    this.emit('state', { connection: connected ? 'connected' : 'reconnecting', ...(error && { error }) });
  }

  #fail(error: VisitError): void {
    if (error.code === 'session_over') this.emit('ended', null);
    else if (error.code === 'replaced') this.emit('replaced', undefined);
    else this.emit('failed', error);
  }

  #isStale(attempt: number): boolean {
    return this.#closed || attempt !== this.#attempt;
  }

  #later(delay: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delay);
    this.#timers.add(timer);
  }
}

/** The sources that are switched on, as a join names them. */
function liveOf(sources: LocalSources): string {
  return DEVICE_SOURCES.filter((source) => sources[source].state === 'on').join();
}
