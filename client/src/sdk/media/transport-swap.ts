import type { ParticipantView } from '@televisit/shared/signaling';
import { Emitter } from '../core/emitter.ts';
import type { MediaMode } from '../network/degradation-policy.ts';
import type { MediaSession } from './media-session.ts';
import type { RemoteTrack } from './incoming-media.ts';
import { isExpected, type View } from './stream-preferences.ts';

interface TransportSwapEvents {
  /** The streams that are played. */
  tracks: readonly RemoteTrack[];
}

/** How long to wait for the first packet on new transports before the old picture is given up, in milliseconds. */
const SWAP_PATIENCE_MS = 1_500;

/** The media of one way to the server: the newest session, and while that has brought nothing yet, the one of before. */
export class TransportSwap extends Emitter<TransportSwapEvents> {
  #current: MediaSession | null = null;
  #shown: MediaSession | null = null;
  #mode: MediaMode = 'full';
  #views: readonly View[] = [];
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();

  /** The session of the current signaling connection. */
  get current(): MediaSession | null {
    return this.#current;
  }

  /** The session whose streams are played; older than `current` while a reconnect is under way. */
  get shown(): MediaSession | null {
    return this.#shown;
  }

  /** Takes the newest session in; what is played stays so. */
  adopt(session: MediaSession): void {
    if (this.#current !== this.#shown) this.#current?.close();
    this.#current = session;
    session.setMode(this.#mode);
    session.setViews(this.#views);
    session.incoming.on('tracks', (tracks) => {
      if (this.#shown === session) this.emit('tracks', tracks);
    });
  }

  show(session: MediaSession): void {
    if (this.#shown !== session) this.#shown?.close();
    this.#shown = session;
    this.emit('tracks', session.incoming.tracks);
  }

  /**
   * Resolves when every new stream that is to be expected has brought something (`unmute`), or patience ends.
   * @param people the others, with what they have switched on
   */
  async arrived(session: MediaSession, people: readonly ParticipantView[]): Promise<void> {
    await session.incoming.whenIdle();
    const silent = session.incoming.tracks.filter(
      (stream) => stream.track.muted && isExpected(stream, people, this.#views, this.#mode),
    );
    const arrived = silent.map(
      ({ track }) =>
        new Promise<void>((resolve) => track.addEventListener('unmute', () => resolve(), { once: true })),
    );
    const patience = new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, SWAP_PATIENCE_MS);
      this.#timers.add(timer);
    });
    await Promise.race([Promise.all(arrived), patience]);
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
    for (const timer of this.#timers) clearTimeout(timer);
    for (const session of this.#sessions()) session.close();
    this.#current = this.#shown = null;
    this.removeAllListeners();
  }

  #sessions(): Set<MediaSession> {
    return new Set([this.#current, this.#shown].filter((session) => session !== null));
  }
}
