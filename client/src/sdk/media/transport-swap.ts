import type { ParticipantView } from '@televisit/shared/signaling';
import { Emitter } from '../core/emitter.ts';
import { Timers } from '../core/timers.ts';
import type { MediaMode } from '../network/degradation-policy.ts';
import type { RemoteTrack } from './incoming-media.ts';
import type { MediaSession } from './media-session.ts';
import { isExpected, type View } from './stream-preferences.ts';

interface TransportSwapEvents {
  /** The streams that are played. */
  tracks: readonly RemoteTrack[];
}

/** `swapping`: `current` has just been made, and `shown` is played until `current` delivers. */
type Sessions =
  | { readonly kind: 'none' }
  | { readonly kind: 'single'; readonly session: MediaSession }
  | { readonly kind: 'swapping'; readonly current: MediaSession; readonly shown: MediaSession };

/** How long to wait for the first packets on new transports before the old picture is dropped, in milliseconds. */
const SWAP_TIMEOUT_MS = 1_500;

/** The media sessions of one connection: the newest, and the previous one while the newest delivers nothing yet. */
export class TransportSwap extends Emitter<TransportSwapEvents> {
  readonly #timers = new Timers();
  #sessions: Sessions = { kind: 'none' };
  #mode: MediaMode = 'full';
  #views: readonly View[] = [];

  /** The session of the current signaling connection. */
  get current(): MediaSession | null {
    if (this.#sessions.kind === 'none') return null;
    return this.#sessions.kind === 'single' ? this.#sessions.session : this.#sessions.current;
  }

  /** The session whose streams are played; older than `current` during a swap. */
  get shown(): MediaSession | null {
    if (this.#sessions.kind === 'none') return null;
    return this.#sessions.kind === 'single' ? this.#sessions.session : this.#sessions.shown;
  }

  /** Adds the newest session. With `keepShown` the previous one is played until `show()`, if there is one. */
  adopt(session: MediaSession, { keepShown }: { readonly keepShown: boolean }): void {
    const { shown } = this;
    if (this.#sessions.kind === 'swapping') this.#sessions.current.close();
    session.setMode(this.#mode);
    session.setViews(this.#views);
    session.incoming.on('tracks', (tracks) => {
      if (this.shown === session) this.emit('tracks', tracks);
    });
    if (keepShown && shown) {
      this.#sessions = { kind: 'swapping', current: session, shown };
      return;
    }
    shown?.close();
    this.#play(session);
  }

  /** Plays the current session and closes the previous one. A session that is no longer current is ignored. */
  show(session: MediaSession): void {
    if (session !== this.current) return;
    if (this.#sessions.kind === 'swapping') this.#sessions.shown.close();
    this.#play(session);
  }

  /**
   * Waits until every new stream that can be expected has delivered something (`unmute`), for a limited time.
   * @param participants the others, with the media that they have switched on
   */
  async arrived(session: MediaSession, participants: readonly ParticipantView[]): Promise<void> {
    await session.incoming.whenIdle();
    const silent = session.incoming.tracks.filter(
      (stream) => stream.track.muted && isExpected(stream, participants, this.#views, this.#mode),
    );
    const arrived = silent.map(
      ({ track }) =>
        new Promise<void>((resolve) => track.addEventListener('unmute', () => resolve(), { once: true })),
    );
    await this.#timers.withTimeout(Promise.all(arrived), SWAP_TIMEOUT_MS, null);
  }

  /** Sets which pictures the page shows, through every reconnect. */
  setViews(views: readonly View[]): void {
    this.#views = views;
    for (const session of this.#all()) session.setViews(views);
  }

  /** Sets how much media the network carries, through every reconnect. */
  setMode(mode: MediaMode): void {
    this.#mode = mode;
    for (const session of this.#all()) session.setMode(mode);
  }

  close(): void {
    this.#timers.clear();
    for (const session of this.#all()) session.close();
    this.#sessions = { kind: 'none' };
    this.removeAllListeners();
  }

  #play(session: MediaSession): void {
    this.#sessions = { kind: 'single', session };
    this.emit('tracks', session.incoming.tracks);
  }

  #all(): Set<MediaSession> {
    return new Set([this.current, this.shown].filter((session) => session !== null));
  }
}
