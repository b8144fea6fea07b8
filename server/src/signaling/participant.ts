import type { LeaveReason, ParticipantView } from '@televisit/shared/signaling';
import { iso, type Clock } from '../domain/clock.ts';
import type { Quality } from '../domain/session.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { Connection } from './connection.ts';

const NO_QUALITY: Quality = { sent: null, received: null };

/** Somebody who has joined the visit. It outlives a dropped connection by the grace. */
export class Participant {
  readonly userId: string;
  readonly joinedAt: number;
  readonly media: PeerMedia;
  readonly #role: ParticipantView['role'];
  readonly #displayName: string | null;
  /** What came before this connection; a copy, so that nothing of it is kept alive. */
  readonly #before: { readonly quality: Quality; readonly ms: number };
  readonly #since: number;
  #connection: Connection | undefined;
  #droppedAt: number | null = null;
  #endGrace: (() => void) | undefined;

  /** @param previous the same person's connection before this one, if they come back */
  constructor(connection: Connection, now: number, previous?: Participant) {
    const { sub, role, name } = connection.claims;
    this.userId = sub;
    this.joinedAt = previous?.joinedAt ?? now;
    this.#since = now;
    this.#before = { quality: previous?.quality(now) ?? NO_QUALITY, ms: now - this.joinedAt };
    this.media = connection.media;
    this.#role = role;
    this.#displayName = name;
    this.#connection = connection;
  }

  /** Undefined while the person's connection is dropped. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** When the connection dropped, in milliseconds since the Unix epoch; null while it is there. */
  get droppedAt(): number | null {
    return this.#droppedAt;
  }

  /** How well media arrived up to `now`, over all of the person's connections, each weighed by its length. */
  quality(now: number): Quality {
    const { sent, received } = this.media.quality;
    const { quality, ms } = this.#before;
    const here = Math.max(1, now - this.#since);
    return { sent: mean(quality.sent, ms, sent, here), received: mean(quality.received, ms, received, here) };
  }

  view(): ParticipantView {
    return {
      userId: this.userId,
      role: this.#role,
      displayName: this.#displayName,
      media: {
        microphone: this.media.mediaState('microphone'),
        camera: this.media.mediaState('camera'),
      },
      connected: this.#connection !== undefined,
      joinedAt: iso(this.joinedAt),
    };
  }

  /** The connection dropped; the media stays up until `expired` is called after the grace. */
  waitForReturn(clock: Clock, graceMs: number, expired: () => void): void {
    this.#connection = undefined;
    this.#droppedAt = clock.now();
    this.#endGrace = clock.after(graceMs, expired);
  }

  /** Idempotent. A connection that is still there hears why and is dismissed. */
  close(reason: LeaveReason): void {
    this.#endGrace?.();
    this.media.close();
    const connection = this.#connection;
    this.#connection = undefined;
    if (!connection) return;
    connection.joined = false;
    if (reason === 'replaced') connection.emit('replaced');
    connection.dismiss();
  }
}

function mean(before: number | null, beforeMs: number, here: number | null, hereMs: number): number | null {
  if (before === null || here === null) return before ?? here;
  return (before * beforeMs + here * hereMs) / (beforeMs + hereMs);
}
