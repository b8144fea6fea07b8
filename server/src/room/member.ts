import type { Fields } from '@televisit/shared/core/contract';
import type { Feature } from '@televisit/shared/features/index';
import type { ParticipantView } from '@televisit/shared/signaling';
import type { LeaveReason, Source, Role } from '@televisit/shared/vocabulary';
import type { Left } from '../domain/attendance.ts';
import { iso, type Clock } from '../core/clock.ts';
import type { PeerMedia } from '../media/peer-media.ts';
import type { MemberConnection } from './member-connection.ts';
import { Participation } from './participation.ts';
import { placeOf, transition, type Place, type Presence, type PresenceEvent } from './presence.ts';

/** A connection that dropped may not have delivered what was sent this shortly before, in milliseconds. */
const UNDELIVERED_MS = 10_000;

/** The view of a participant for the others, without the fields of features. */
export type CoreParticipantView = Omit<ParticipantView, keyof Fields<Feature, 'participant'>>;

/** How many pages one person may have open outside the call; each has transports. */
const MAX_PREVIEWS = 4;

/** How a person appears to others. */
export interface Identity {
  readonly role: Role;
  readonly displayName: string | null;
  /** Whether the person may moderate. */
  readonly isHost: boolean;
}

/** The page and the media that another page of the member has replaced. */
export interface Replaced {
  readonly connection: MemberConnection | undefined;
  readonly media: PeerMedia | undefined;
}

export interface MemberOptions {
  readonly clock: Clock;
  /** Called when the member's network has been poor for a while during the call. */
  readonly onDegraded: (member: Member) => void;
}

/** A person known to a room: in the preview, waiting, in the call, or expected back. */
export class Member {
  readonly userId: string;
  /** The person's open pages, in the order in which they connected. */
  readonly connections = new Set<MemberConnection>();
  readonly #options: MemberOptions;
  #identity: Identity;
  #presence: Presence = { kind: 'preview' };
  #connection: MemberConnection | undefined;
  #participation: Participation | undefined;
  /** When an expected member joined the call, in milliseconds since the Unix epoch. */
  #joinedBefore: number | null = null;
  #endGrace: (() => void) | undefined;

  constructor(userId: string, identity: Identity, options: MemberOptions) {
    this.userId = userId;
    this.#identity = identity;
    this.#options = options;
  }

  get role(): Role {
    return this.#identity.role;
  }

  get displayName(): string | null {
    return this.#identity.displayName;
  }

  get isHost(): boolean {
    return this.#identity.isHost;
  }

  /** Takes over what the session states of the person. @returns whether others see a change */
  identify({ role, displayName, isHost }: Identity): boolean {
    const before = this.#identity;
    this.#identity = { role, displayName, isHost };
    return before.role !== role || before.displayName !== displayName;
  }

  get presence(): Presence {
    return this.#presence;
  }

  get place(): Place | null {
    return placeOf(this.#presence);
  }

  /** The page that waits, or is in the call; undefined in the preview and while the connection is dropped. */
  get connection(): MemberConnection | undefined {
    return this.#connection;
  }

  /** Undefined unless the member is in the call; an expected member has none yet. */
  get participation(): Participation | undefined {
    return this.#participation;
  }

  get isParticipant(): boolean {
    return this.#participation !== undefined;
  }

  /** Whether the room has nothing to keep of this person. */
  get isGone(): boolean {
    return this.place === null && this.connections.size === 0;
  }

  /** The oldest page outside the call if there are too many: opening one link over and over must not fill the server. */
  get surplusPage(): MemberConnection | undefined {
    const previews = [...this.connections].filter((one) => !this.isInBy(one));
    return previews.length > MAX_PREVIEWS ? previews[0] : undefined;
  }

  /** Whether the member is in the call by this connection. */
  isInBy(connection: MemberConnection): boolean {
    return this.#participation !== undefined && this.#connection === connection;
  }

  /** The time until which everything that the member was sent has certainly arrived. */
  get deliveredUntil(): number {
    const { clock } = this.#options;
    const last = this.#presence.kind === 'away' ? this.#presence.since : clock.now();
    return last - UNDELIVERED_MS;
  }

  get isSharing(): boolean {
    const media = this.#participation?.media;
    return media !== undefined && !media.closed && media.mediaState('screen') !== 'none';
  }

  /** Returns what others see of a member who is in the call, or expected there. */
  view(): CoreParticipantView {
    const { joinedAt, network = null, inBackground = false } = this.#participation ?? {};
    const { clock } = this.#options;
    const stateOf = (source: Source) => this.#participation?.media.mediaState(source) ?? 'none';
    return {
      userId: this.userId,
      role: this.role,
      displayName: this.displayName,
      media: {
        microphone: stateOf('microphone'),
        camera: stateOf('camera'),
        screen: stateOf('screen'),
        screenAudio: stateOf('screenAudio'),
      },
      connected: this.#connection !== undefined,
      away: inBackground,
      network,
      joinedAt: iso(joinedAt ?? this.#joinedBefore ?? clock.now()),
    };
  }

  /** Returns how the member leaves the call for this reason; a dropped connection left when it dropped. */
  left(reason: LeaveReason): Left {
    const { presence } = this;
    const isAway = presence.kind === 'away' || presence.kind === 'expected';
    const at = isAway ? presence.since : this.#options.clock.now();
    return { at, reason, ...this.#participation?.resultAt(at) };
  }

  /** The store has the member in a place; this room has yet to see them. */
  expect(place: Place, joinedAt: number | null): void {
    this.#transition({ type: 'expect', place, at: this.#options.clock.now() });
    this.#joinedBefore = joinedAt;
  }

  /** A page of the member waits. @returns another page whose place it takes */
  wait(connection: MemberConnection): MemberConnection | undefined {
    this.#transition({ type: 'wait' });
    return this.#takeOver(connection);
  }

  /** A page of the member is in the call, with the media that it prepared. @returns what it takes the place of */
  enter(connection: MemberConnection, media: PeerMedia, device: string | undefined): Replaced {
    this.#transition({ type: 'enter' });
    const replaced = this.#takeOver(connection);
    const participation = this.#participation;
    if (participation) {
      return { connection: replaced, media: participation.replaceMedia(connection, media, device) };
    }
    this.#participation = new Participation(connection, media, device, {
      clock: this.#options.clock,
      onDegraded: () => this.#options.onDegraded(this),
    });
    return { connection: replaced, media: undefined };
  }

  /** Another connection continues with the media of one that dropped. */
  resume(connection: MemberConnection): void {
    this.#transition({ type: 'enter' });
    this.holdPlace();
    this.#connection = connection;
    this.#participation?.resume(connection);
  }

  /** The connection dropped. */
  drop(): void {
    this.#transition({ type: 'drop', at: this.#options.clock.now() });
    this.#connection = undefined;
    this.#participation?.pause();
  }

  /** Calls back once the member has been away for the grace period, in milliseconds. */
  startGrace(graceMs: number, onExpired: () => void): void {
    this.holdPlace();
    this.#endGrace = this.#options.clock.after(graceMs, onExpired);
  }

  /** Stops the grace period: the member is on the way back in. Idempotent. */
  holdPlace(): void {
    this.#endGrace?.();
    this.#endGrace = undefined;
  }

  /** The member gives the place up, or loses it. @returns the page and the media that had it */
  release(): Replaced {
    this.#transition({ type: 'release' });
    this.holdPlace();
    const released = { connection: this.#connection, media: this.#participation?.media };
    this.#participation?.pause();
    this.#connection = undefined;
    this.#participation = undefined;
    this.#joinedBefore = null;
    return released;
  }

  #takeOver(connection: MemberConnection): MemberConnection | undefined {
    const previous = this.#connection;
    this.holdPlace();
    this.#connection = connection;
    const { role, displayName, isHost } = connection;
    this.#identity = { role, displayName, isHost };
    return previous === connection ? undefined : previous;
  }

  #transition(event: PresenceEvent): void {
    this.#presence = transition(this.#presence, event);
  }
}
