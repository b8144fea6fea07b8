import type { VisitBootstrap } from '@televisit/shared/api';
import type { EndReason } from '@televisit/shared/session';
import type { JoinResult, ServerToClientEvents, WaitingState } from '@televisit/shared/signaling';
import type { types } from 'mediasoup-client';
import { DEVICE_SOURCES } from './devices.ts';
import { Emitter } from './emitter.ts';
import { endsConnection, VisitError } from './errors.ts';
import type { LocalMedia, LocalSources } from './local-media.ts';
import type { MediaMode } from './media-ladder.ts';
import { MediaSession } from './media-session.ts';
import { PathWatch } from './path-watch.ts';
import type { SignalingClient } from './signaling-client.ts';
import type { ConnectionState, RemoteTrack, View } from './visit-state.ts';

/** Why the backend took the person out; one who was `removed` may not return. */
export type DismissReason = Parameters<ServerToClientEvents['dismissed']>[0]['reason'];

export interface ConnectionEvents {
  state: ConnectionState;
  /** The server has made transports: what it forgot with the last connection can be said again. */
  prepared: undefined;
  joined: JoinResult;
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

/**
 * How long a signaling connection may take to answer before it is made anew, in milliseconds: after a mere change of the
 * network, and where the media has certainly lost its way.
 */
export const CHANGE_PATIENCE_MS = 1_000;
const LOST_PATIENCE_MS = 300;

/** How long to wait for the first packet on new transports before the old picture is given up, in milliseconds. */
const SWAP_PATIENCE_MS = 1_500;

/**
 * Keeps one person in one visit, or in its waiting room: prepares after every connection, joins when asked to, and
 * after a drop builds the new transports before it gives up the old.
 */
export class VisitConnection extends Emitter<ConnectionEvents> {
  readonly #options: ConnectionOptions;
  /** The session of the current signaling connection. */
  #current: MediaSession | null = null;
  /** The session whose streams are played; older than `current` while a reconnect is under way. */
  #shown: MediaSession | null = null;
  #prepared = false;
  /** What the person wants, where the server has them now, and what it is to send when it lets them in. */
  #wantsIn = false;
  #place: 'outside' | 'waiting' | 'inside' = 'outside';
  #live = '';
  /** Whether the next connection may go on with the same transports. */
  #resumable = false;
  #takesOver = false;
  #mode: MediaMode = 'full';
  #views: readonly View[] = [];
  #attempt = 0;
  #failures = 0;
  readonly #watch: PathWatch;
  #timers = new Set<ReturnType<typeof setTimeout>>();
  #closed = false;

  constructor(options: ConnectionOptions) {
    super();
    this.#options = options;
    this.#watch = new PathWatch(
      {
        newestPacket: () => this.#shown?.newestPacket() ?? null,
        sends: () => this.#shown?.sends ?? 'nothing',
        answeredBytes: async () => (await this.#shown?.answeredBytes()) ?? null,
      },
      (certainly) => void this.#pathLost(certainly),
    );
    this.#listen();
  }

  /** The session whose streams are played and sent, for statistics. */
  get session(): MediaSession | null {
    return this.#shown;
  }

  open(): void {
    this.#options.signaling.connect();
  }

  /** Joins as soon as everything is prepared, and again after every reconnect. */
  join({ takeOver = false } = {}): void {
    this.#wantsIn = true;
    this.#takesOver = takeOver;
    if (this.#current && this.#prepared) void this.#enter(this.#current, this.#attempt);
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

  /**
   * The network has changed: the media looks for new ways, and a connection that gives no answer is made anew.
   * @param patience how long to wait for that answer, in milliseconds
   */
  async networkChanged(patience: number): Promise<void> {
    const { signaling } = this.#options;
    signaling.retryNow();
    const session = this.#current;
    if (session && !this.#closed) await this.#dropUnless(session.restartIce(), patience);
  }

  /** Media has stopped to come, while the browser believes that all is well. */
  async #pathLost(certainly: boolean): Promise<void> {
    // Before everything stands, and while it is built anew, there is no way to lose.
    if (!this.#prepared || this.#shown !== this.#current) return;
    if (certainly) await this.networkChanged(LOST_PATIENCE_MS);
    else await this.#dropUnless(this.#answers(), CHANGE_PATIENCE_MS);
  }

  /** Whether the server answers to anything. Never throws. */
  #answers(): Promise<boolean> {
    return this.#options.signaling.request('consumer:ready', { consumerIds: [] }).then(
      () => true,
      () => false,
    );
  }

  /** Makes the connection anew unless the server answers in time; what was not answered is asked again then. */
  async #dropUnless(answering: Promise<boolean>, patience: number): Promise<void> {
    const { signaling } = this.#options;
    const session = this.#current;
    const tooLate = new Promise<false>((resolve) => this.#later(patience, () => resolve(false)));
    const answered = await Promise.race([answering, tooLate]);
    if (!answered && session === this.#current && signaling.connected) signaling.drop();
  }

  /** What the page shows, through every reconnect. */
  setViews(views: readonly View[]): void {
    this.#views = views;
    for (const session of this.#sessions()) session.setViews(views);
  }

  /** How much media the network carries, through every reconnect. */
  setMode(mode: MediaMode): void {
    this.#mode = mode;
    for (const session of this.#sessions()) session.setMode(mode);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch.close();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#options.signaling.close();
    for (const session of this.#sessions()) session.close();
    this.#current = this.#shown = null;
    this.removeAllListeners();
  }

  #sessions(): Set<MediaSession> {
    return new Set([this.#current, this.#shown].filter((session) => session !== null));
  }

  #listen(): void {
    const { signaling, local } = this.#options;
    signaling.on('connected', () => void this.#connected());
    signaling.on('media:renew', () => void this.#renewMedia());
    signaling.on('reconnecting', () => {
      this.#attempt += 1;
      this.#prepared = false;
      this.emit('state', 'reconnecting');
    });
    signaling.on('refused', (error) => this.#fail(error));
    signaling.on('consumer:new', (consumer) => this.#current?.incoming.add([consumer]));
    signaling.on('consumer:closed', ({ consumerId }) => this.#current?.incoming.remove(consumerId));
    signaling.on('admitted', (result) => void this.#admitted(result));
    signaling.on('waiting:updated', (waiting) => {
      if (this.#wantsIn && this.#place === 'waiting') this.emit('waiting', waiting);
    });
    signaling.on('declined', () => this.#declined());
    signaling.on('session:ended', ({ reason }) => this.emit('ended', reason));
    signaling.on('replaced', () => this.emit('replaced', undefined));
    signaling.on('dismissed', ({ reason }) => this.emit('dismissed', reason));
    local.on('change', (sources) => void this.#publish(sources));
  }

  /** Goes on with the transports that there are, where the server has kept them; otherwise makes new ones. */
  async #connected(): Promise<void> {
    const session = this.#current;
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
      if (this.#isStale(attempt)) return true;
      if (outcome.status === 'gone') return false;
      signaling.settled();
      this.#prepared = true;
      this.#failures = 0;
      session.resumed(outcome.result);
      this.emit('prepared', undefined);
      await this.#entered(session, attempt, outcome.result);
    } catch (error) {
      this.#retry(attempt, VisitError.from(error));
    }
    return true;
  }

  /** The server has lost the media, or moves it: new transports over the same connection. */
  async #renewMedia(): Promise<void> {
    this.#prepared = false;
    this.emit('state', 'reconnecting');
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
      await Promise.all([session.publish(local.sources), session.incoming.settled()]);
      if (this.#isStale(attempt)) return;
      signaling.settled();
      this.#prepared = true;
      this.#failures = 0;
      if (this.#wantsIn) await this.#enter(session, attempt);
      else this.emit('state', 'connected');
    } catch (error) {
      this.#retry(attempt, VisitError.from(error));
    }
  }

  #adopt(session: MediaSession): void {
    if (this.#current !== this.#shown) this.#current?.close();
    this.#current = session;
    session.setMode(this.#mode);
    session.setViews(this.#views);
    session.on('failed', () => this.#renew(session));
    session.on('interrupted', (interrupted) => {
      if (this.#shown === session) this.emit('state', interrupted ? 'reconnecting' : 'connected');
      if (this.#current === session && interrupted) void this.networkChanged(CHANGE_PATIENCE_MS);
    });
    session.on('shareRefused', () => {
      // What was asked under the last connection says nothing of this one.
      if (session === this.#current && this.#prepared) this.#options.local.endShare();
    });
    session.incoming.on('tracks', (tracks) => {
      if (this.#shown === session) this.emit('tracks', tracks);
    });
    // Outside of the visit there is no picture to keep.
    if (!this.#shown || this.#place !== 'inside') this.#show(session);
  }

  async #publish(sources: LocalSources): Promise<void> {
    const session = this.#current;
    const attempt = this.#attempt;
    await session?.publish(sources);
    if (this.#isStale(attempt) || session !== this.#current || !session) return;
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
        this.emit('waiting', outcome.waiting);
      }
    } catch (error) {
      const refusal = VisitError.from(error);
      // Admitted while the question was on its way.
      if (refusal.code === 'already_joined' && this.#place === 'inside') return;
      if (refusal.code === 'joined_elsewhere' && !this.#isStale(attempt)) {
        this.#place = 'outside';
        this.#wantsIn = false;
        this.#show(session);
        this.emit('elsewhere', undefined);
        return;
      }
      this.#retry(attempt, refusal);
    }
  }

  async #admitted(result: JoinResult): Promise<void> {
    if (!this.#current || !this.#wantsIn) return;
    this.#current.admitted(result);
    await this.#entered(this.#current, this.#attempt, result);
  }

  async #entered(session: MediaSession, attempt: number, result: JoinResult): Promise<void> {
    this.#place = 'inside';
    this.#resumable = true;
    this.#takesOver = false;
    this.emit('joined', result);
    if (this.#shown === session) return;
    await session.incoming.settled();
    await this.#firstPacket(session);
    if (!this.#isStale(attempt)) this.#show(session);
  }

  #declined(): void {
    if (!this.#wantsIn || this.#place !== 'waiting') return;
    this.#place = 'outside';
    this.#wantsIn = false;
    this.emit('declined', undefined);
  }

  #show(session: MediaSession): void {
    if (this.#shown !== session) this.#shown?.close();
    this.#shown = session;
    this.emit('tracks', session.incoming.tracks);
  }

  /** Waits until every new stream has brought something (`unmute`), or patience ends. */
  async #firstPacket(session: MediaSession): Promise<void> {
    const silent = session.incoming.tracks.map(({ track }) => track).filter((track) => track.muted);
    const arrived = silent.map(
      (track) =>
        new Promise<void>((resolve) => track.addEventListener('unmute', () => resolve(), { once: true })),
    );
    await Promise.race([
      Promise.all(arrived),
      new Promise<void>((resolve) => this.#later(SWAP_PATIENCE_MS, resolve)),
    ]);
  }

  /** Media broke while signaling stands: a new connection brings new transports, by the same path as a drop. */
  #renew(session: MediaSession): void {
    if (this.#closed || session !== this.#current) return;
    this.#resumable = false;
    this.emit('state', 'reconnecting');
    this.#options.signaling.drop();
  }

  #retry(attempt: number, error: VisitError): void {
    if (this.#isStale(attempt)) return;
    if (endsConnection(error.code)) {
      this.#fail(error);
      return;
    }
    this.emit('state', 'reconnecting');
    const delay = Math.min(500 * 2 ** this.#failures, 4_000);
    this.#failures += 1;
    this.#later(delay, () => {
      if (!this.#isStale(attempt)) this.#options.signaling.drop();
    });
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
