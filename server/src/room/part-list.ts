import type { ClientMessage, WaitingState } from '@televisit/shared/signaling';
import type { Source } from '@televisit/shared/vocabulary';
import type { SessionEvent } from '../domain/events.ts';
import type { Session } from '../domain/session.ts';
import type { MemberConnection } from './member-connection.ts';
import type { Member } from './member.ts';
import type {
  Arrival,
  Handler,
  HandlerContext,
  Joined,
  LeftPlace,
  ParticipantFields,
  RoomFields,
  RoomPart,
  SnapshotFields,
} from './room-part.ts';

/** The parts of a room, called in order. */
export class PartList {
  readonly #parts: RoomPart[] = [];
  readonly #features = new Map<string, RoomPart>();

  add(...parts: RoomPart[]): void {
    this.#parts.push(...parts);
  }

  addFeature(name: string, part: RoomPart): void {
    this.#features.set(name, part);
    this.#parts.push(part);
  }

  /** Passes a request on to the part of a feature. @returns its answer */
  request(feature: string, request: unknown): unknown {
    return this.#features.get(feature)?.onRequest?.(request);
  }

  handler<M extends ClientMessage>(message: M): Handler<M> | undefined {
    for (const { handlers } of this.#parts) {
      // Each key of `Handlers` has the handler of that message, which is lost in the lookup.
      if (handlers && message in handlers) return handlers[message];
    }
    return undefined;
  }

  snapshot(viewer: Member): SnapshotFields {
    return this.#merge((part) => part.snapshot?.(viewer));
  }

  participantFields(member: Member): ParticipantFields {
    return this.#merge((part) => part.participantFields?.(member));
  }

  roomFields(): RoomFields {
    return this.#merge((part) => part.roomFields?.());
  }

  /** Returns what the first part that makes the page wait has it wait for; null if it may enter. */
  async admit(arrival: Arrival): Promise<WaitingState | null> {
    for (const part of this.#parts) {
      const waiting = part.admit && (await part.admit(arrival));
      if (waiting) return waiting;
    }
    return null;
  }

  holdsBack(member: Member, source: Source): boolean {
    return this.#parts.some((part) => part.holdsBack?.(member, source));
  }

  beforeProduce(context: HandlerContext, source: Source): void {
    for (const part of this.#parts) part.beforeProduce?.(context, source);
  }

  afterProduce(context: HandlerContext, source: Source, heldBack: boolean): void {
    for (const part of this.#parts) part.afterProduce?.(context, source, heldBack);
  }

  connected(connection: MemberConnection): void {
    for (const part of this.#parts) part.onConnected?.(connection);
  }

  disconnected(connection: MemberConnection): void {
    for (const part of this.#parts) part.onDisconnected?.(connection);
  }

  session(before: Session, after: Session): void {
    for (const part of this.#parts) part.onSession?.(before, after);
  }

  fact(fact: SessionEvent, userId: string | undefined): void {
    for (const part of this.#parts) part.onFact?.(fact, userId);
  }

  joined(member: Member, joined: Joined): void {
    for (const part of this.#parts) part.onJoined?.(member, joined);
  }

  left(member: Member, left: LeftPlace): void {
    for (const part of this.#parts) part.onLeft?.(member, left);
  }

  changed(member: Member): void {
    for (const part of this.#parts) part.onChanged?.(member);
  }

  close(): void {
    for (const part of this.#parts) part.close?.();
  }

  /** Merges fields of all parts; together they are complete, because every feature has the part that its contract asks for. */
  #merge<T extends object>(fieldsOf: (part: RoomPart) => Partial<T> | undefined): T {
    return Object.assign({}, ...this.#parts.map(fieldsOf)) as T;
  }
}
