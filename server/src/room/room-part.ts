import type {
  AckData,
  ClientMessage,
  JoinResult,
  ParticipantView,
  Payload,
  ServerToClientEvents,
  WaitingState,
} from '@televisit/shared/signaling';
import type { DeviceSource, LeaveReason, ProbePath, Source } from '@televisit/shared/vocabulary';
import type { FeatureContract, Fields, Typed } from '@televisit/shared/core/contract';
import type { Feature } from '@televisit/shared/features/index';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import type { Actor, SessionEvent } from '../domain/events.ts';
import type { Session } from '../domain/session.ts';
import type { Sessions } from '../domain/sessions.ts';
import type { RtpReceiver, RtpReceiverOptions } from '../media/rtp-receiver.ts';
import type { Departure } from './departure-rules.ts';
import type { MemberConnection } from './member-connection.ts';
import type { Member } from './member.ts';
import type { Members } from './members.ts';
import type { Place } from './presence.ts';

/** Is told what can be measured of the rooms. What pages report is within the bounds of the contract, and may be false. */
export interface RoomObserver {
  /** @param network round-trip time in seconds and the share of lost packets, 0 to 1; null if unknown */
  network(network: { readonly rtt: number | null; readonly loss: number | null }): void;
  /** @param seconds from the click to the first remote picture */
  firstFrame(seconds: number): void;
  /** A page has tested a path to this server. */
  connectionTested(path: ProbePath, isConnected: boolean): void;
  /** A room whose worker died has another one, or got none in time. */
  workerReplaced(outcome: 'moved' | 'failed'): void;
}

/** The room as its parts see it. */
export interface RoomContext {
  readonly sessionId: string;
  /** The session as it was last stored. */
  readonly session: Session;
  readonly members: Members;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly closed: boolean;
  /** Whether a connection is open, and one of this open room's. */
  isAttached(connection: MemberConnection): boolean;
  /** Returns a person as the history names them. */
  actor(userId: string): Actor;
  /** Returns what others see of a member who is in the call, or expected there. */
  viewOf(member: Member): ParticipantView;
  /** Sends an event to all participants but `except`. */
  broadcast<E extends keyof ServerToClientEvents>(
    event: E,
    payload: Parameters<ServerToClientEvents[E]>[0],
    except?: Member,
  ): void;
  /** Tells the parts that something about a member has changed, and the other participants if the member is one. */
  changed(member: Member): void;
  /** Takes a member's place away. Does nothing if the member has none, unless the departure is of all their pages. */
  release(member: Member, departure: Departure): void;
  /**
   * Opens a receiver of the session's streams that is no participant, waiting for the next router if the last one died. It
   * closes with its router.
   * @throws {TelevisitError} `media_unavailable`
   */
  openReceiver(options: RtpReceiverOptions): Promise<RtpReceiver>;
  /** Takes a member into the call who may enter. @throws {TelevisitError} as `Admission.join` */
  enter(arrival: Arrival): Promise<() => JoinResult>;
}

/** A page of a member that wants to enter. */
export interface Arrival {
  readonly member: Member;
  readonly connection: MemberConnection;
  /** The sources that the page enters with. */
  readonly live: readonly DeviceSource[];
  /** The secret of the page; undefined if it made none. */
  readonly device: string | undefined;
}

/** How a member came to be in the call by a new connection. */
export interface Joined {
  /** The sources that the page sends. */
  readonly live: readonly Source[];
  /** Whether the connection continues with the media of one before. */
  readonly resumed: boolean;
  /** As `Member.deliveredUntil` just before. */
  readonly deliveredUntil: number;
}

/** How a member lost a place. */
export interface LeftPlace {
  readonly place: Place;
  readonly reason: LeaveReason;
  /** Whether a waiting member is to be stored as no longer waiting. */
  readonly endsWaiting: boolean;
}

/** The context of a message. */
export interface HandlerContext {
  readonly connection: MemberConnection;
  readonly member: Member;
  readonly room: RoomContext;
}

/** The fields of all features in the answer to "join", in a participant and in the state of a room. */
export type SnapshotFields = Fields<Feature, 'snapshot'>;
export type ParticipantFields = Fields<Feature, 'participant'>;
export type RoomFields = Fields<Feature, 'room'>;

/** Handles a message whose payload, phase and permission have been checked. */
export type Handler<M extends ClientMessage> = (
  context: HandlerContext,
  payload: Payload<M>,
) => AckData[M] | Promise<AckData[M]>;

export type Handlers<M extends ClientMessage> = { readonly [K in M]: Handler<K> };

/** A share of a room: one concern of the live session, with its messages. All members are optional. */
export interface RoomPart {
  /** The messages that the part handles; a class declares them as `Handlers<…>`, so that none is missing. */
  readonly handlers?: Partial<Handlers<ClientMessage>>;
  /** Returns the part's fields of what a participant gets on entering. */
  snapshot?(viewer: Member): Partial<SnapshotFields>;
  /** Returns the part's fields of what others see of a participant. */
  participantFields?(member: Member): Partial<ParticipantFields>;
  /** Returns the part's fields of the state of the room as a whole. */
  roomFields?(): Partial<RoomFields>;
  /** A page has connected. */
  onConnected?(connection: MemberConnection): void;
  /** A page is gone, or about to be. */
  onDisconnected?(connection: MemberConnection): void;
  /** The session was stored, and the room stays open. */
  onSession?(before: Session, after: Session): void;
  /** Called for a fact that this process stored; `userId` is the person concerned, if any. */
  onFact?(fact: SessionEvent, userId: string | undefined): void;
  /** A member is in the call by a new connection. */
  onJoined?(member: Member, joined: Joined): void;
  /** A member has lost a place. */
  onLeft?(member: Member, left: LeftPlace): void;
  /** Something about a member has changed: streams, network, connection. */
  onChanged?(member: Member): void;
  /** Decides whether a page has to wait. @returns what it waits for; null if it may enter */
  admit?(arrival: Arrival): Promise<WaitingState | null>;
  /** Checks a stream before it is created. @throws {TelevisitError} if it must not be */
  beforeProduce?(context: HandlerContext, source: Source): void;
  /** Checks a stream once the worker has created it; a rule may have changed. @throws {TelevisitError} to close it */
  afterProduce?(context: HandlerContext, source: Source, heldBack: boolean): void;
  /** Whether a stream of a member has to start paused. */
  holdsBack?(member: Member, source: Source): boolean;
  /** Answers a request of the same feature elsewhere on the servers. */
  onRequest?(request: unknown): unknown;
  /** The room closes; all members have left. */
  close?(): void;
}

/** The part of a feature: the compiler asks for everything that the feature's contract puts on the wire. */
export type PartOf<F extends FeatureContract> = RoomPart &
  (F extends { messages: infer M } ? { readonly handlers: Handlers<keyof M & ClientMessage> } : unknown) &
  (F extends { snapshot: infer S } ? { snapshot(viewer: Member): Typed<S> } : unknown) &
  (F extends { participant: infer P } ? { participantFields(member: Member): Typed<P> } : unknown) &
  (F extends { room: infer R } ? { roomFields(): Typed<R> } : unknown);

/** The messages of a feature, for the declaration of its part's handlers. */
export type HandlersOf<F extends FeatureContract> = F extends { messages: infer M }
  ? Handlers<keyof M & ClientMessage>
  : never;

/** Makes the parts of a feature. */
export interface RoomFeature<P extends RoomPart = RoomPart> {
  /** Loads what the feature needs for a room that opens. @returns what makes its part */
  prepare(session: Session): PartFactory<P> | Promise<PartFactory<P>>;
}

export type PartFactory<P extends RoomPart = RoomPart> = (room: RoomContext) => P;
