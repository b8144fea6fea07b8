import type { VisitBootstrap } from '@televisit/shared/api';
import type { JoinResult, ServerToClientEvents, WaitingState } from '@televisit/shared/signaling';
import type { EndReason } from '@televisit/shared/vocabulary';
import { DEVICE_SOURCES } from '@televisit/shared/vocabulary';
import type { types } from 'mediasoup-client';
import { Emitter } from '../core/emitter.ts';
import { endsConnection, VisitError } from '../core/errors.ts';
import { Timers, Backoff } from '../core/timers.ts';
import type { LocalMedia, LocalSources } from '../devices/local-media.ts';
import type { RemoteTrack } from '../media/incoming-media.ts';
import { MediaSession } from '../media/media-session.ts';
import type { View } from '../media/stream-preferences.ts';
import { TransportSwap } from '../media/transport-swap.ts';
import type { MediaMode } from '../network/degradation-policy.ts';
import { CHANGE_PATIENCE_MS, IceRecovery } from '../network/ice-recovery.ts';
import type { SignalingClient } from '../signaling/signaling-client.ts';
import type { ConnectionState } from '../state/visit-state.ts';
import {
  INITIAL_STAGE,
  OUTSIDE,
  takesOver,
  transition,
  type ConnectionEvent,
  type ConnectionStage,
  type Membership,
} from './connection-machine.ts';

/** Why the backend took the participant out; a participant who was `removed` may not return. */
export type DismissReason = Parameters<ServerToClientEvents['dismissed']>[0]['reason'];

export interface ConnectionEvents {
  /**
   * The connection as the participant sees it. `error`: why the server refuses for now; `mediaBlocked`: media finds no path
   * to the server.
   */
  state: {
    readonly connection: ConnectionState;
    readonly mediaBlocked: boolean;
    readonly error?: VisitError;
  };
  /** The server has made transports, or resumed them. It may have forgotten earlier reports. */
  prepared: undefined;
  /** `resumed`: over the existing transports, by a server that kept the participant's state. */
  joined: { readonly result: JoinResult; readonly resumed: boolean };
  /** The participant is in the waiting room, or something about the waiting has changed. */
  waiting: WaitingState;
  /** A host declined; the participant is out of the waiting room until the next `join()`. */
  declined: undefined;
  /** The participant is in the call on another device, which `join()` with `takeOver` replaces. */
  elsewhere: undefined;
  tracks: readonly RemoteTrack[];
  /** The session ended, and why; null if it was already over when the participant returned. */
  ended: EndReason | null;
  replaced: undefined;
  dismissed: DismissReason;
  failed: VisitError;
  /** The call migrates to another node, which a new connection finds. Emitted only inside the call. */
  moved: undefined;
  /** The connection is lost and, after `freeze()`, is not made again. Media continues while packets arrive. */
  gone: undefined;
}

export interface ConnectionOptions {
  readonly signaling: SignalingClient;
  readonly bootstrap: VisitBootstrap;
  readonly local: LocalMedia;
  /** The secret by which the server recognizes this page, also after a reload of the tab. */
  readonly pageSecret: string;
  /** Resolves with a loaded mediasoup device; it loads while the socket connects. */
  readonly device: Promise<types.Device>;
}

/** Delays before a failed step is tried over a new signaling connection, in milliseconds. */
const RETRIES = { delays: [500, 1_000, 2_000, 4_000] };
/** Delay before a server without capacity is asked again; jitter spreads the clients that wait. */
const CAPACITY_RETRIES = { delays: [2_600], jitter: 0.4 };
/** How long `leave()` waits for the server's answer, in milliseconds. */
const LEAVE_TIMEOUT_MS = 1_000;

/**
 * Keeps one participant connected to one node: prepares transports after every signaling connection, joins on request,
 * resumes the call after a lost connection, and replaces the old transports only when the new ones deliver.
 */
export class Connection extends Emitter<ConnectionEvents> {
  readonly #options: ConnectionOptions;
  readonly #media = new TransportSwap();
  readonly #recovery: IceRecovery;
  readonly #stopPublishing: () => void;
  readonly #timers = new Timers();
  readonly #retries = new Backoff(RETRIES);
  readonly #capacityRetries = new Backoff(CAPACITY_RETRIES);
  #stage: ConnectionStage = INITIAL_STAGE;
  /** Whether the newest transports that were given time found no path; later ones may not have had that time yet. */
  #mediaBlocked = false;

  constructor(options: ConnectionOptions) {
    super();
    this.#options = options;
    const { signaling, local } = options;
    this.#recovery = new IceRecovery({
      signaling,
      media: this.#media,
      isConnected: () => this.isConnected,
      onStuck: () => {
        const { current } = this.#media;
        if (current) this.#replaceMedia(current);
      },
    });
    this.#media.on('tracks', (tracks) => this.emit('tracks', tracks));
    this.#stopPublishing = local.on('change', (sources) => void this.#publish(sources));
    this.#handleSignaling();
  }

  /** The session whose streams are played and sent, for statistics. */
  get session(): MediaSession | null {
    return this.#media.shown;
  }

  /** Whether the participant is where they want to be, as the server knows; ICE may be recovering. */
  get isConnected(): boolean {
    return this.#stage.kind === 'established';
  }

  /** The streams that are played. */
  get tracks(): readonly RemoteTrack[] {
    return this.#media.shown?.incoming.tracks ?? [];
  }

  open(): void {
    this.#options.signaling.connect();
  }

  /** Joins as soon as transports are prepared, and again after every reconnect. */
  join({ takeOver = false } = {}): void {
    this.#dispatch({ type: 'join-requested', takeOver });
    const { current } = this.#media;
    if (current && this.#isPrepared) void this.#enter(current, this.#attempt);
  }

  /** Drops the signaling connection and makes it again. */
  retry(): void {
    this.#options.signaling.drop();
  }

  /** Keeps the connection as it is; once it is lost, it is `gone` instead of being made again. */
  freeze(): void {
    this.#options.signaling.freeze();
  }

  /** Tells the server that the participant leaves, and waits for its answer for a second at most. Never throws. */
  async leave(): Promise<void> {
    this.#dispatch({ type: 'left' });
    const answer = this.#options.signaling.request('leave', {}).catch(() => undefined);
    await this.#timers.withTimeout(answer, LEAVE_TIMEOUT_MS, undefined);
  }

  /** Looks for new network paths; see `IceRecovery.networkChanged`. */
  networkChanged(patience = CHANGE_PATIENCE_MS): void {
    void this.#recovery.networkChanged(patience);
  }

  /** Sets which pictures the page shows, through every reconnect. */
  setViews(views: readonly View[]): void {
    this.#media.setViews(views);
  }

  /** Sets how much media the network carries, through every reconnect. */
  setMode(mode: MediaMode): void {
    this.#media.setMode(mode);
  }

  /** Closes everything; with a `goodbye` the server marks the participant as left. Idempotent. */
  close({ goodbye = true } = {}): void {
    if (this.#stage.kind === 'closed') return;
    this.#dispatch({ type: 'closed' });
    this.#stopPublishing();
    this.#recovery.close();
    this.#timers.clear();
    this.#options.signaling.close({ goodbye });
    this.#media.close();
    this.removeAllListeners();
  }

  #dispatch(event: ConnectionEvent): void {
    this.#stage = transition(this.#stage, event);
  }

  get #membership(): Membership {
    return this.#stage.kind === 'closed' ? OUTSIDE : this.#stage.membership;
  }

  get #attempt(): number {
    return this.#stage.kind === 'closed' ? -1 : this.#stage.attempt;
  }

  /** Whether the server has the transports of the current signaling connection. */
  get #isPrepared(): boolean {
    return this.#stage.kind === 'joining' || this.#stage.kind === 'established';
  }

  #isStale(attempt: number): boolean {
    return this.#stage.kind === 'closed' || attempt !== this.#stage.attempt;
  }

  #handleSignaling(): void {
    const { signaling } = this.#options;
    signaling.on('connected', () => void this.#handleConnected());
    signaling.on('media:renew', () => void this.#handleRenewal());
    signaling.on('reconnecting', (refusal) => {
      this.#dispatch({ type: 'disconnected' });
      this.#emitState(refusal ?? undefined);
    });
    signaling.on('gone', () => {
      this.#dispatch({ type: 'disconnected' });
      this.emit('gone', undefined);
    });
    signaling.on('visit:moved', () => {
      // Outside the call there is no media to keep.
      if (this.#membership.kind === 'inside') this.emit('moved', undefined);
      else this.retry();
    });
    signaling.on('refused', (error) => this.#fail(error));
    signaling.on('consumer:new', (consumer) => this.#media.current?.incoming.add([consumer]));
    signaling.on('consumer:closed', ({ consumerId }) => this.#media.current?.incoming.remove(consumerId));
    signaling.on('admitted', (result) => void this.#handleAdmitted(result));
    signaling.on('waiting:updated', (waiting) => {
      if (this.#membership.kind === 'waiting') this.emit('waiting', waiting);
    });
    signaling.on('declined', () => {
      if (this.#membership.kind !== 'waiting') return;
      this.#dispatch({ type: 'declined' });
      this.emit('declined', undefined);
    });
    signaling.on('session:ended', ({ reason }) => this.emit('ended', reason));
    signaling.on('replaced', () => this.emit('replaced', undefined));
    signaling.on('dismissed', ({ reason }) => this.emit('dismissed', reason));
  }

  /** Resumes the existing transports if the server kept them; otherwise prepares new ones. */
  async #handleConnected(): Promise<void> {
    this.#dispatch({ type: 'connected' });
    const session = this.#media.current;
    const { kind } = this.#membership;
    const resumable = kind === 'inside' && this.#membership.resumable && session?.resumable === true;
    if (resumable && (await this.#resume(session))) return;
    await this.#prepare();
  }

  /** @returns false if the server has nothing to resume */
  async #resume(session: MediaSession): Promise<boolean> {
    const { signaling, pageSecret, local } = this.#options;
    const attempt = this.#attempt;
    try {
      const outcome = await signaling.request('resume', {
        device: pageSecret,
        live: session.sentOf(local.sources),
      });
      // The participant may have left while the request was in flight; the server learns that next.
      if (this.#isStale(attempt) || this.#membership.kind === 'outside') return true;
      if (outcome.status === 'gone') {
        this.#dispatch({ type: 'resume-refused' });
        return false;
      }
      this.#resetBackoff();
      this.#dispatch({ type: 'resumed' });
      session.resumed(outcome.result);
      this.emit('prepared', undefined);
      await this.#handleJoined(session, attempt, outcome.result, true);
    } catch (error) {
      this.#retryLater(attempt, VisitError.from(error));
    }
    return true;
  }

  /** The server lost the media, or moves it: makes new transports over the same signaling connection. */
  async #handleRenewal(): Promise<void> {
    this.#dispatch({ type: 'renewal-requested' });
    if (this.#stage.kind !== 'preparing') return;
    this.#emitState();
    await this.#prepare();
  }

  async #prepare(): Promise<void> {
    const attempt = this.#attempt;
    const { signaling, bootstrap, local } = this.#options;
    try {
      const device = await this.#options.device;
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
      this.#resetBackoff();
      this.#dispatch({ type: 'prepared' });
      if (session.interrupted) this.networkChanged();
      if (this.#membership.kind === 'outside') this.#emitState();
      else await this.#enter(session, attempt);
    } catch (error) {
      this.#retryLater(attempt, VisitError.from(error));
    }
  }

  #adopt(session: MediaSession): void {
    session.on('failed', () => this.#replaceMedia(session));
    session.on('interrupted', (interrupted) => {
      if (this.#media.current !== session) return;
      if (this.isConnected) this.#emitState();
      // A server that is still resuming this session would refuse; it is asked once it has.
      if (interrupted && this.#isPrepared) this.networkChanged();
    });
    session.on('blocked', (blocked) => {
      if (this.#media.current !== session) return;
      this.#mediaBlocked = blocked;
      this.#emitState();
    });
    session.on('unsendable', ({ source, track }) => this.#options.local.refuse(source, track));
    session.on('undecodable', (source) => {
      if (source === 'camera' && session === this.#media.current) this.#options.local.reportUndecodable();
    });
    session.on('shareRefused', () => {
      // A refusal over the previous signaling connection means nothing for this one.
      if (session === this.#media.current && this.#isPrepared) this.#options.local.endShare();
    });
    // Outside the call there is no picture to keep.
    this.#media.adopt(session, { keepShown: this.#membership.kind === 'inside' });
  }

  async #publish(sources: LocalSources): Promise<void> {
    const session = this.#media.current;
    const attempt = this.#attempt;
    await session?.publish(sources);
    if (this.#isStale(attempt) || session !== this.#media.current || !session) return;
    // The server admits a waiting participant with the sources that the last `join` named.
    const membership = this.#membership;
    if (membership.kind !== 'waiting' || !this.#isPrepared) return;
    if (liveOf(sources) !== membership.live) await this.#enter(session, attempt);
  }

  async #enter(session: MediaSession, attempt: number): Promise<void> {
    const { local, pageSecret, signaling } = this.#options;
    const { sources } = local;
    const live = liveOf(sources);
    const takeOver = takesOver(this.#membership) ? { takeOver: true } : {};
    this.#dispatch({ type: 'join-sent', live });
    try {
      const outcome = await session.join(sources, { device: pageSecret, ...takeOver });
      if (this.#isStale(attempt)) return;
      if (this.#membership.kind === 'outside') {
        // The participant left, or was declined, while the request was in flight.
        signaling.send('leave', {});
      } else if (outcome.status === 'joined') {
        this.#dispatch({ type: 'joined' });
        await this.#handleJoined(session, attempt, outcome.result);
      } else {
        this.#dispatch({ type: 'waiting', live });
        this.#emitState();
        this.emit('waiting', outcome.waiting);
      }
    } catch (error) {
      this.#handleJoinRefused(session, attempt, VisitError.from(error));
    }
  }

  #handleJoinRefused(session: MediaSession, attempt: number, refusal: VisitError): void {
    if (this.#isStale(attempt)) return;
    if (refusal.code === 'already_joined' && this.#membership.kind === 'inside') {
      // Admitted while the request was in flight.
      this.#dispatch({ type: 'joined' });
    } else if (refusal.code === 'joined_elsewhere') {
      this.#dispatch({ type: 'joined-elsewhere' });
      this.#media.show(session);
      this.#emitState();
      this.emit('elsewhere', undefined);
    } else {
      this.#retryLater(attempt, refusal);
    }
  }

  async #handleAdmitted(result: JoinResult): Promise<void> {
    const { current } = this.#media;
    if (!current || this.#membership.kind === 'outside') return;
    current.admitted(result);
    this.#dispatch({ type: 'joined' });
    await this.#handleJoined(current, this.#attempt, result);
  }

  async #handleJoined(
    session: MediaSession,
    attempt: number,
    result: JoinResult,
    resumed = false,
  ): Promise<void> {
    this.#emitState();
    this.emit('joined', { result, resumed });
    if (this.#media.shown === session) return;
    // The old picture is still shown, so the senders need not wait for a first one.
    session.startSending();
    await this.#media.arrived(session, result.participants);
    if (!this.#isStale(attempt)) this.#media.show(session);
  }

  /** A transport failed while signaling works: a new signaling connection brings new transports, as after any drop. */
  #replaceMedia(session: MediaSession): void {
    if (this.#stage.kind === 'closed' || session !== this.#media.current) return;
    this.#dispatch({ type: 'media-failed' });
    this.#emitState();
    this.#options.signaling.drop();
  }

  #retryLater(attempt: number, error: VisitError): void {
    if (this.#isStale(attempt)) return;
    if (endsConnection(error.code)) {
      this.#fail(error);
      return;
    }
    this.#dispatch({ type: 'request-failed' });
    this.#emitState(error);
    const retries = error.code === 'no_capacity' ? this.#capacityRetries : this.#retries;
    this.#timers.after(retries.next(), () => {
      if (!this.#isStale(attempt)) this.#options.signaling.drop();
    });
  }

  #resetBackoff(): void {
    this.#options.signaling.resetBackoff();
    this.#retries.reset();
  }

  /** Emits one state for two things that may fail: signaling and ICE. */
  #emitState(error?: VisitError): void {
    const connected = this.isConnected && this.#media.current?.interrupted === false;
    const connection = connected ? 'connected' : 'reconnecting';
    this.emit('state', { connection, mediaBlocked: this.#mediaBlocked, ...(error && { error }) });
  }

  #fail(error: VisitError): void {
    if (error.code === 'session_over') this.emit('ended', null);
    else if (error.code === 'replaced') this.emit('replaced', undefined);
    else this.emit('failed', error);
  }
}

/** Returns the sources that are switched on, as a join names them. */
function liveOf(sources: LocalSources): string {
  return DEVICE_SOURCES.filter((source) => sources[source].state === 'on').join();
}
