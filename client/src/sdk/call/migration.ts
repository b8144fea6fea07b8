import { Emitter } from '../core/emitter.ts';
import type { RemoteTrack } from '../media/incoming-media.ts';
import type { VisitState } from '../state/visit-state.ts';
import type { NodeSession } from './node-session.ts';

interface MigrationEvents {
  /** The target can be shown. */
  ready: undefined;
  /** Streams that were still played from the source arrive from the target, or have ended. */
  tracks: undefined;
  /** Participants that only the source had have left. */
  departed: readonly string[];
  /** The source is no longer needed. */
  closed: undefined;
}

export interface MigrationOptions {
  readonly from: NodeSession;
  readonly to: NodeSession;
  /** Returns whether a stream from the source is live and looked at; the migration waits for those streams. */
  readonly isLive: (track: RemoteTrack) => boolean;
}

/** How often the streams are checked, in milliseconds. */
const CHECK_MS = 100;
/** Time after which the sound of a stream that delivers packets is played, in milliseconds. */
const SOUND_MS = 200;
/** How long the first picture of a stream that delivers packets may take, in milliseconds; lost packets delay it. */
const PICTURE_TIMEOUT_MS = 1_000;
/**
 * How long the last stream may take after the join over the target, in milliseconds; also if the connection of the source
 * is lost, because a picture that stands still is better than none.
 */
const STREAMS_TIMEOUT_MS = 5_000;
/** How long the source continues to send after the target is shown, at most, in milliseconds. */
const DRAIN_TIMEOUT_MS = 15_000;

/**
 * - `connecting`: the source is shown; `completeSince`: since when the target delivers every live stream; `pictured`: whether
 *   the first picture of each has been decoded.
 * - `draining`: the target is shown; `awaited`: keys of the streams that are still played from the source; `kept`:
 *   participants that only the source has.
 */
export type MigrationStage =
  | { readonly kind: 'connecting'; readonly completeSince: number | null; readonly pictured: boolean }
  | {
      readonly kind: 'draining';
      readonly shownAt: number;
      readonly awaited: ReadonlySet<string>;
      readonly kept: ReadonlySet<string>;
    }
  | { readonly kind: 'closed' };

export type MigrationEvent =
  /** `complete`: the target delivers every live stream. */
  | { readonly type: 'checked'; readonly complete: boolean; readonly at: number }
  /** The first picture of every live stream over the target has been decoded. */
  | { readonly type: 'pictured' }
  | {
      readonly type: 'shown';
      readonly at: number;
      readonly awaited: ReadonlySet<string>;
      readonly kept: ReadonlySet<string>;
    }
  /** The streams that the target still lacks. */
  | { readonly type: 'streams'; readonly awaited: ReadonlySet<string> }
  /** The target has a participant, or the source has lost one. */
  | { readonly type: 'resolved'; readonly userId: string }
  | { readonly type: 'closed' };

/** Returns the stage after an event; the same object if the event changes nothing. */
export function migrationTransition(stage: MigrationStage, event: MigrationEvent): MigrationStage {
  if (stage.kind === 'closed') return stage;
  switch (event.type) {
    case 'checked':
      if (stage.kind !== 'connecting') return stage;
      if (!event.complete) return { kind: 'connecting', completeSince: null, pictured: false };
      return { ...stage, completeSince: stage.completeSince ?? event.at };
    case 'pictured':
      if (stage.kind !== 'connecting' || stage.completeSince === null) return stage;
      return { ...stage, pictured: true };
    case 'shown': {
      const { at, awaited, kept } = event;
      return stage.kind === 'connecting' ? { kind: 'draining', shownAt: at, awaited, kept } : stage;
    }
    case 'streams':
      return stage.kind === 'draining' ? { ...stage, awaited: event.awaited } : stage;
    case 'resolved':
      if (stage.kind !== 'draining' || !stage.kept.has(event.userId)) return stage;
      return { ...stage, kept: new Set([...stage.kept].filter((userId) => userId !== event.userId)) };
    case 'closed':
      return { kind: 'closed' };
  }
}

/** Returns whether a target that delivers every live stream can be shown without a gap, or has had its time. */
export function isShowable(stage: MigrationStage, now: number): boolean {
  if (stage.kind !== 'connecting' || stage.completeSince === null) return false;
  const since = now - stage.completeSince;
  return since >= PICTURE_TIMEOUT_MS || (stage.pictured && since >= SOUND_MS);
}

/**
 * One migration of the call from a node to another: tells when the target can be shown in place of the source, and when
 * the source is no longer needed.
 */
export class Migration extends Emitter<MigrationEvents> {
  readonly from: NodeSession;
  readonly to: NodeSession;
  readonly #isLive: MigrationOptions['isLive'];
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #stops: readonly (() => void)[];
  #stage: MigrationStage = { kind: 'connecting', completeSince: null, pictured: false };
  #looking = false;

  constructor({ from, to, isLive }: MigrationOptions) {
    super();
    this.from = from;
    this.to = to;
    this.#isLive = isLive;
    const check = () => this.#check();
    this.#timer = setInterval(check, CHECK_MS);
    this.#stops = [
      from.on('gone', check),
      from.on('tracks', check),
      to.on('tracks', check),
      from.on('left', (userId) => {
        if (this.#stage.kind !== 'draining' || !this.#stage.kept.has(userId)) return;
        this.#dispatch({ type: 'resolved', userId });
        this.emit('departed', [userId]);
      }),
    ];
  }

  /** Whether the target is shown. */
  get done(): boolean {
    return this.#stage.kind === 'draining';
  }

  /** The streams that are still played from the source. */
  get streams(): readonly RemoteTrack[] {
    const stage = this.#stage;
    if (stage.kind !== 'draining') return [];
    return this.from.tracks.filter((track) => stage.awaited.has(keyOf(track)));
  }

  /**
   * The target is shown from now on.
   * @param after the state that the target reports
   * @returns the same with the participants that are not on the target yet, as the source has them
   */
  show(before: VisitState, after: VisitState): VisitState {
    const present = new Map(after.participants.map((one) => [one.userId, one]));
    const late = before.participants.filter(
      ({ userId }) =>
        !present.get(userId)?.connected && !this.to.hasLeft(userId) && !this.from.hasLeft(userId),
    );
    const kept = new Set(late.map(({ userId }) => userId).filter((userId) => !present.has(userId)));
    this.#dispatch({ type: 'shown', at: performance.now(), awaited: this.#missing(this.from.tracks), kept });
    for (const one of late) present.set(one.userId, one);
    return { ...after, participants: [...present.values()] };
  }

  /** A participant is present on the target. */
  arrived(userId: string): void {
    this.#dispatch({ type: 'resolved', userId });
  }

  /** Stops checking; closing the node sessions is up to their owner. Idempotent. */
  close(): void {
    this.#dispatch({ type: 'closed' });
    clearInterval(this.#timer);
    for (const stop of this.#stops) stop();
    this.removeAllListeners();
  }

  #dispatch(event: MigrationEvent): void {
    this.#stage = migrationTransition(this.#stage, event);
  }

  #check(): void {
    const stage = this.#stage;
    if (stage.kind === 'connecting') {
      if (this.from.gone || this.#isReady()) this.emit('ready', undefined);
    } else if (stage.kind === 'draining') {
      const awaited = this.#missing(this.streams);
      this.#dispatch({ type: 'streams', awaited });
      if (awaited.size !== stage.awaited.size) this.emit('tracks', undefined);
      if (this.#isDrained(stage.shownAt, awaited)) this.#finish();
    }
  }

  #isReady(): boolean {
    const { joinedAt } = this.to;
    if (joinedAt === null) return false;
    const live = this.from.tracks.filter(this.#isLive);
    const now = performance.now();
    if (live.length === 0 || now - joinedAt >= STREAMS_TIMEOUT_MS) return true;
    this.#dispatch({ type: 'checked', complete: this.#missing(live).size === 0, at: now });
    void this.#look(live);
    return isShowable(this.#stage, now);
  }

  /** Finds out whether the target has a picture of each live stream. */
  async #look(live: readonly RemoteTrack[]): Promise<void> {
    const stage = this.#stage;
    if (this.#looking || stage.kind !== 'connecting' || stage.completeSince === null || stage.pictured)
      return;
    this.#looking = true;
    const without = await this.to.withoutFrame();
    this.#looking = false;
    const keys = new Set(live.map(keyOf));
    const isAwaited = (one: RemoteTrack) => keys.has(keyOf(one)) && without.has(one.consumerId);
    if (!this.to.tracks.some(isAwaited)) this.#dispatch({ type: 'pictured' });
  }

  #isDrained(shownAt: number, awaited: ReadonlySet<string>): boolean {
    const now = performance.now();
    if (now - shownAt >= DRAIN_TIMEOUT_MS) return true;
    const { joinedAt } = this.to;
    if (!this.from.gone || joinedAt === null) return false;
    return awaited.size === 0 || now - Math.max(joinedAt, shownAt) >= STREAMS_TIMEOUT_MS;
  }

  /** Returns the keys of those streams that the target has not delivered. */
  #missing(streams: readonly RemoteTrack[]): ReadonlySet<string> {
    const delivered = new Set(this.to.tracks.filter(({ track }) => !track.muted).map(keyOf));
    const missing = streams.filter((one) => !delivered.has(keyOf(one)) && !this.to.hasLeft(one.userId));
    return new Set(missing.map(keyOf));
  }

  #finish(): void {
    if (this.#stage.kind === 'draining' && this.#stage.kept.size > 0) {
      this.emit('departed', [...this.#stage.kept]);
    }
    this.emit('closed', undefined);
  }
}

/** Returns a key that is the same for one participant's stream over every node. */
export function keyOf({ userId, source }: RemoteTrack): string {
  return `${source} ${userId}`;
}
