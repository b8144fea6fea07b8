import { Emitter } from '../core/emitter.ts';
import type { NodeSession } from './node-session.ts';
import type { RemoteTrack } from '../media/incoming-media.ts';
import type { VisitState } from '../state/visit-state.ts';

interface MigrationEvents {
  /** The new side is to be shown. */
  ready: undefined;
  /** Streams that were still shown of the old side have come over the new one, or have ended. */
  tracks: undefined;
  /** These people were still shown because the old side had them, and are gone. */
  departed: readonly string[];
  /** The old side is of no use any more. */
  closed: undefined;
}

export interface MigrationOptions {
  readonly from: NodeSession;
  readonly to: NodeSession;
  /** Whether a stream of the old side is live, and looked at: then it is waited for. */
  readonly isLive: (track: RemoteTrack) => boolean;
}

/** How often it looks, in milliseconds. */
const LOOK_MS = 100;
/** By then the first picture of a stream that has brought packets is decoded, in milliseconds. */
const DECODE_MS = 200;
/**
 * How long after the new side's join the last stream may come, in milliseconds; also where the old side's connection is
 * lost, because a last picture that stands still is better than none.
 */
const STREAMS_PATIENCE_MS = 5_000;
/** How long the old side goes on at most once the new one is shown, in milliseconds. */
const SENDING_MS = 15_000;

/** One move of a visit: tells when the new side can be shown in place of the old one, and when the old one can go. */
export class Migration extends Emitter<MigrationEvents> {
  readonly from: NodeSession;
  readonly to: NodeSession;
  readonly #isLive: MigrationOptions['isLive'];
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #stops: readonly (() => void)[];
  /** When the new side was shown; null before. */
  #shownAt: number | null = null;
  /** Since when the new side brings all that is waited for; null while it does not. */
  #completeSince: number | null = null;
  /** The streams that are still shown of the old side … */
  #awaited: ReadonlySet<string> = new Set();
  /** … and the people. */
  #kept = new Set<string>();
  #closed = false;

  constructor({ from, to, isLive }: MigrationOptions) {
    super();
    this.from = from;
    this.to = to;
    this.#isLive = isLive;
    const look = () => this.#look();
    this.#timer = setInterval(look, LOOK_MS);
    this.#stops = [
      from.on('gone', look),
      from.on('tracks', look),
      to.on('tracks', look),
      from.on('left', (userId) => {
        if (this.#kept.delete(userId)) this.emit('departed', [userId]);
      }),
    ];
  }

  /** Whether the new side is shown. */
  get done(): boolean {
    return this.#shownAt !== null;
  }

  /** The streams that are still shown of the old side. */
  get streams(): readonly RemoteTrack[] {
    return this.from.tracks.filter((track) => this.#awaited.has(keyOf(track)));
  }

  /**
   * The new side is shown from now on.
   * @param after what it tells of the visit
   * @returns the same with those who are not there yet, as the old side has them
   */
  show(before: VisitState, after: VisitState): VisitState {
    this.#shownAt = performance.now();
    this.#awaited = this.#missing(this.from.tracks);
    const there = new Map(after.participants.map((one) => [one.userId, one]));
    const here = before.participants.filter(
      ({ userId }) => !there.get(userId)?.connected && !this.to.hasLeft(userId) && !this.from.hasLeft(userId),
    );
    const late = here.filter(({ userId }) => !there.has(userId));
    this.#kept = new Set(late.map(({ userId }) => userId));
    for (const one of here) there.set(one.userId, one);
    return { ...after, participants: [...there.values()] };
  }

  /** Somebody is there on the new side. */
  arrived(userId: string): void {
    this.#kept.delete(userId);
  }

  /** Idempotent; the sides are their owner's. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const stop of this.#stops) stop();
    this.removeAllListeners();
  }

  #look(): void {
    if (this.#closed) return;
    if (this.#shownAt === null) {
      if (this.from.gone || this.#isReady()) this.emit('ready', undefined);
      return;
    }
    const { size } = this.#awaited;
    this.#awaited = this.#missing(this.streams);
    if (this.#awaited.size !== size) this.emit('tracks', undefined);
    if (this.#isOver(this.#shownAt)) this.#finish();
  }

  #isReady(): boolean {
    const { joinedAt } = this.to;
    if (joinedAt === null) return false;
    const live = this.from.tracks.filter(this.#isLive);
    const now = performance.now();
    if (live.length === 0 || now - joinedAt >= STREAMS_PATIENCE_MS) return true;
    this.#completeSince = this.#missing(live).size === 0 ? (this.#completeSince ?? now) : null;
    return this.#completeSince !== null && now - this.#completeSince >= DECODE_MS;
  }

  #isOver(shownAt: number): boolean {
    const now = performance.now();
    if (now - shownAt >= SENDING_MS) return true;
    const { joinedAt } = this.to;
    if (!this.from.gone || joinedAt === null) return false;
    return this.#awaited.size === 0 || now - Math.max(joinedAt, shownAt) >= STREAMS_PATIENCE_MS;
  }

  /** Those of the streams that have brought nothing over the new side, by their keys. */
  #missing(streams: readonly RemoteTrack[]): ReadonlySet<string> {
    const come = new Set(this.to.tracks.filter(({ track }) => !track.muted).map(keyOf));
    const missing = streams.filter((one) => !come.has(keyOf(one)) && !this.to.hasLeft(one.userId));
    return new Set(missing.map(keyOf));
  }

  #finish(): void {
    const kept = [...this.#kept];
    if (kept.length > 0) this.emit('departed', kept);
    this.emit('closed', undefined);
  }
}

/** The same for a person's stream on every side. */
export function keyOf({ userId, source }: RemoteTrack): string {
  return `${source} ${userId}`;
}
