import type { Fields } from '@televisit/shared/core/contract';
import type { Feature } from '@televisit/shared/features/index';
import type { RoomView } from '@televisit/shared/signaling';
import type { Actor } from '../domain/events.ts';
import type { MemberConnection } from './member-connection.ts';
import { isOver, seatIndex, seatOf, type Session } from '../domain/session.ts';

/** The session that a room is for, as it was last stored, and what holds for the room as a whole. */
export class RoomState {
  readonly #featureFields: () => Fields<Feature, 'room'>;
  readonly #onViewChanged: (view: RoomView) => void;
  #session: Session;
  #activeSpeaker: string | null = null;

  /** @param featureFields returns what features say of the room as a whole, from the session as it is here */
  constructor(
    session: Session,
    featureFields: () => Fields<Feature, 'room'>,
    onViewChanged: (view: RoomView) => void,
  ) {
    this.#session = session;
    this.#featureFields = featureFields;
    this.#onViewChanged = onViewChanged;
  }

  get session(): Session {
    return this.#session;
  }

  get isOver(): boolean {
    return isOver(this.#session);
  }

  get view(): RoomView {
    return { ...this.#featureFields(), activeSpeaker: this.#activeSpeaker };
  }

  /** Takes over a stored session. @returns false if this or a later version is known */
  apply(session: Session): boolean {
    if (session.version <= this.#session.version) return false;
    this.#change(() => (this.#session = session));
    return true;
  }

  /** @param userId null once the last speaker is gone */
  setActiveSpeaker(userId: string | null): void {
    this.#change(() => (this.#activeSpeaker = userId));
  }

  /** Returns a person as the history names them. */
  actor(userId: string): Actor {
    return { type: 'participant', seat: seatIndex(this.#session, userId) };
  }

  /** Whether a person has lost the seat, or never had one. */
  isRemoved(userId: string): boolean {
    return seatOf(this.#session, userId)?.removedAt !== null;
  }

  /** Whether the link that a page was opened with is void. */
  isVoid({ userId, linkVersion }: Pick<MemberConnection, 'userId' | 'linkVersion'>): boolean {
    return linkVersion < (seatOf(this.#session, userId)?.linkVersion ?? 0);
  }

  #change(apply: () => void): void {
    const before = JSON.stringify(this.view);
    apply();
    const { view } = this;
    if (JSON.stringify(view) !== before) this.#onViewChanged(view);
  }
}
