import { TelevisitError } from '@televisit/shared/errors';
import type { RoomView, WaitingState } from '@televisit/shared/signaling';
import type { Source } from '@televisit/shared/vocabulary';
import type { Clock } from '../domain/clock.ts';
import type { Actor } from '../domain/events.ts';
import { mayShare } from '../domain/screen-share.ts';
import { isOver, seatIndex, seatOf, type Session } from '../domain/session.ts';
import { mustWait, needsAdmission } from '../domain/waiting-room.ts';
import type { Connection } from './connection.ts';
import type { Participants } from './participants.ts';

export interface RoomRulesOptions {
  readonly participants: Participants;
  readonly clock: Clock;
  readonly graceMs: number;
}

/** What holds in a room now: the visit as it was last stored, and who is in. */
export class RoomRules {
  readonly #options: RoomRulesOptions;
  #session: Session;
  #activeSpeaker: string | null = null;

  constructor(session: Session, options: RoomRulesOptions) {
    this.#session = session;
    this.#options = options;
  }

  get session(): Session {
    return this.#session;
  }

  get over(): boolean {
    return isOver(this.#session);
  }

  get view(): RoomView {
    const { locked, screenShareAllowed } = this.#session;
    return { locked, screenShareAllowed, activeSpeaker: this.#activeSpeaker };
  }

  /** What waiting people wait for. */
  get waiting(): Omit<WaitingState, 'since'> {
    const { hostPresent } = this.#options.participants;
    return { hostPresent, needsAdmission: needsAdmission(this.#session) };
  }

  /** The visit was stored. @returns false where that is known already, or older than what is known */
  follow(session: Session): boolean {
    if (session.version <= this.#session.version) return false;
    const before = this.view;
    this.#session = session;
    this.#tell(before);
    return true;
  }

  /** Somebody speaks; null where the one who spoke last is gone. */
  speaks(userId: string | null): void {
    const before = this.view;
    this.#activeSpeaker = userId;
    this.#tell(before);
  }

  /** A person as the history names them. */
  actor(userId: string): Actor {
    return { type: 'participant', seat: this.#seat(userId) };
  }

  isRemoved(userId: string): boolean {
    return seatOf(this.#session, userId)?.removedAt !== null;
  }

  /** Whether a host let this person in, and they need not ask again. */
  isAdmitted(userId: string): boolean {
    return seatOf(this.#session, userId)?.admittedAt != null && !this.mustWait(userId);
  }

  mustWait(userId: string): boolean {
    const { participants, graceMs, clock } = this.#options;
    if (participants.get(userId)) return false;
    const { hostPresent } = participants;
    return mustWait(this.#session, this.#seat(userId), { hostPresent, graceMs, now: clock.now() });
  }

  /** @throws TelevisitError `not_joined`, `screen_share_off` */
  requireMaySend(connection: Connection, source: Source): void {
    if (source !== 'screen' && source !== 'screenAudio') return;
    connection.requirePhase('joined');
    if (!mayShare(this.#session, this.#seat(connection.userId))) throw new TelevisitError('screen_share_off');
  }

  #tell(before: RoomView): void {
    const { view } = this;
    if (JSON.stringify(before) === JSON.stringify(view)) return;
    this.#options.participants.tell('room:updated', view);
  }

  #seat(userId: string): number {
    return seatIndex(this.#session, userId);
  }
}
