import type { LeaveReason, ParticipantView } from '@televisit/shared/signaling';
import type { Clock } from '../domain/clock.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { Connection } from './connection.ts';

/** Somebody who has joined the visit. It outlives a dropped connection by the grace. */
export class Participant {
  readonly userId: string;
  readonly joinedAt: number;
  readonly media: PeerMedia;
  readonly #role: ParticipantView['role'];
  readonly #displayName: string | null;
  #connection: Connection | undefined;
  #endGrace: (() => void) | undefined;

  constructor(connection: Connection, joinedAt: number) {
    const { sub, role, name } = connection.claims;
    this.userId = sub;
    this.joinedAt = joinedAt;
    this.media = connection.media;
    this.#role = role;
    this.#displayName = name;
    this.#connection = connection;
  }

  /** Undefined while the person's connection is dropped. */
  get connection(): Connection | undefined {
    return this.#connection;
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
      joinedAt: new Date(this.joinedAt).toISOString(),
    };
  }

  /** The connection dropped; the media stays up until `expired` is called after the grace. */
  waitForReturn(clock: Clock, graceMs: number, expired: () => void): void {
    this.#connection = undefined;
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
