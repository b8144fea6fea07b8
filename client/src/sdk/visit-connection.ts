import type { VisitBootstrap } from '@televisit/shared/api';
import type {
  JoinResult,
  LeaveReason,
  ParticipantView,
  ServerToClientEvents,
} from '@televisit/shared/signaling';
import type { types } from 'mediasoup-client';
import { Emitter } from './emitter.ts';
import { endsConnection, VisitError } from './errors.ts';
import type { LocalMedia } from './local-media.ts';
import { MediaSession } from './media-session.ts';
import type { SignalingClient } from './signaling-client.ts';
import type { ConnectionState, RemoteTrack } from './visit-state.ts';

/** Why the backend took the person out; one who was `removed` may not return. */
export type DismissReason = Parameters<ServerToClientEvents['dismissed']>[0]['reason'];

export interface ConnectionEvents {
  state: ConnectionState;
  joined: JoinResult;
  tracks: readonly RemoteTrack[];
  participant: ParticipantView;
  participantLeft: { userId: string; reason: LeaveReason };
  token: string;
  /** `now`: it ended this moment; `before`: it was over when the person came back. */
  ended: 'now' | 'before';
  replaced: undefined;
  dismissed: DismissReason;
  failed: VisitError;
}

export interface ConnectionOptions {
  readonly signaling: SignalingClient;
  readonly bootstrap: VisitBootstrap;
  readonly local: LocalMedia;
  /** Resolves with a loaded device; it loads while the socket connects. */
  readonly device: Promise<types.Device>;
}

/** How long to wait for the first packet on new transports before the old picture is given up, in milliseconds. */
const SWAP_PATIENCE_MS = 1_500;

/**
 * Keeps one person in one visit: prepares after every connection, joins when asked to, and after a drop builds the new
 * transports before it gives up the old.
 */
export class VisitConnection extends Emitter<ConnectionEvents> {
  readonly #options: ConnectionOptions;
  /** The session of the current signaling connection. */
  #current: MediaSession | null = null;
  /** The session whose streams are played; older than `current` while a reconnect is under way. */
  #shown: MediaSession | null = null;
  #prepared = false;
  #wantsIn = false;
  #attempt = 0;
  #failures = 0;
  #timers = new Set<ReturnType<typeof setTimeout>>();
  #closed = false;

  constructor(options: ConnectionOptions) {
    super();
    this.#options = options;
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
  join(): void {
    this.#wantsIn = true;
    if (this.#current && this.#prepared) void this.#enter(this.#current, this.#attempt);
  }

  /** Tells the server, waiting for its answer for a second at most. Never throws. */
  async leave(): Promise<void> {
    this.#wantsIn = false;
    await Promise.race([
      this.#options.signaling.request('leave', {}).catch(() => undefined),
      new Promise<void>((resolve) => this.#later(1_000, resolve)),
    ]);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#options.signaling.close();
    this.#current?.close();
    this.#shown?.close();
    this.#current = this.#shown = null;
    this.removeAllListeners();
  }

  #listen(): void {
    const { signaling, local } = this.#options;
    signaling.on('connected', () => void this.#prepare());
    signaling.on('reconnecting', () => {
      this.#attempt += 1;
      this.#prepared = false;
      this.emit('state', 'reconnecting');
    });
    signaling.on('refused', (error) => this.#fail(error));
    signaling.on('participant:joined', (participant) => this.emit('participant', participant));
    signaling.on('participant:updated', (participant) => this.emit('participant', participant));
    signaling.on('participant:left', (left) => this.emit('participantLeft', left));
    signaling.on('consumer:new', (consumer) => this.#current?.incoming.add([consumer]));
    signaling.on('consumer:closed', ({ consumerId }) => this.#current?.incoming.remove(consumerId));
    signaling.on('session:ended', () => this.emit('ended', 'now'));
    signaling.on('replaced', () => this.emit('replaced', undefined));
    signaling.on('dismissed', ({ reason }) => this.emit('dismissed', reason));
    signaling.on('token:refreshed', ({ token }) => this.emit('token', token));
    local.on('change', (sources) => void this.#current?.publish(sources));
  }

  async #prepare(): Promise<void> {
    const attempt = ++this.#attempt;
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
      await Promise.all([session.publish(local.sources), session.incoming.settled()]);
      if (this.#isStale(attempt)) return;
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
    session.on('failed', () => this.#renew(session));
    session.on('interrupted', (interrupted) => {
      if (this.#shown === session) this.emit('state', interrupted ? 'reconnecting' : 'connected');
    });
    session.incoming.on('tracks', (tracks) => {
      if (this.#shown === session) this.emit('tracks', tracks);
    });
    // In front of the preview there is no picture to keep.
    if (!this.#shown || !this.#wantsIn) this.#show(session);
  }

  async #enter(session: MediaSession, attempt: number): Promise<void> {
    try {
      const result = await session.join(this.#options.local.sources);
      if (this.#isStale(attempt) || !this.#wantsIn) return;
      this.emit('joined', result);
      if (this.#shown === session) return;
      await session.incoming.settled();
      await this.#firstPacket(session);
      if (!this.#isStale(attempt)) this.#show(session);
    } catch (error) {
      this.#retry(attempt, VisitError.from(error));
    }
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
    if (error.code === 'session_over') this.emit('ended', 'before');
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
