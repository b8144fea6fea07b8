import type { ParticipantView } from '@televisit/shared/signaling';
import { iso, type Clock } from '../domain/clock.ts';
import type { Seat, Session } from '../domain/session.ts';

export interface ExpectedPeopleOptions {
  readonly clock: Clock;
  /** How long they have to come, in milliseconds. */
  readonly graceMs: number;
  /** Somebody who was in the visit did not come; they were there last at a time, in milliseconds since the Unix epoch. */
  readonly onLeft: (userId: string, at: number) => void;
  /** Somebody who waited did not come. */
  readonly onNoLongerWaiting: (userId: string) => void;
  /** Nobody is expected any more. */
  readonly onNobody: () => void;
}

/**
 * Those who, as far as is stored, are in a visit or wait for it while its room is made: it was somewhere else until now, and
 * they are on their way.
 */
export class ExpectedPeople {
  readonly #options: ExpectedPeopleOptions;
  readonly #since: number;
  /** How they look to those who are there already. */
  readonly #inside: Map<string, ParticipantView>;
  readonly #waiting: Set<string>;
  #cancel: () => void = () => undefined;

  constructor({ seats, intervals }: Session, options: ExpectedPeopleOptions) {
    const { clock, graceMs, onNobody } = options;
    this.#options = options;
    this.#since = clock.now();
    const open = intervals.filter(({ leftAt }) => leftAt === null);
    this.#inside = new Map(
      open.flatMap(({ seat: place, joinedAt }) => {
        const seat = seats[place];
        return seat ? [[seat.userId, viewOf(seat, joinedAt)]] : [];
      }),
    );
    this.#waiting = new Set(
      seats.filter(({ waitingSince }) => waitingSince !== null).map(({ userId }) => userId),
    );
    if (this.size === 0) return;
    this.#cancel = clock.after(graceMs, () => {
      this.giveUp();
      onNobody();
    });
  }

  /** How many have not come yet. */
  get size(): number {
    return this.#inside.size + this.#waiting.size;
  }

  /** Those who have not left the visit, as far as is stored, and are not here yet. */
  get inside(): readonly ParticipantView[] {
    return [...this.#inside.values()];
  }

  /**
   * Somebody is here, inside or in the waiting room, or will not come: from now on the room knows more than the store.
   * @returns whether they were taken for one of those inside
   */
  came(userId: string): boolean {
    this.#waiting.delete(userId);
    return this.#inside.delete(userId);
  }

  /** Whoever has not come will not. Idempotent. */
  giveUp(): void {
    this.close();
    const { onLeft, onNoLongerWaiting } = this.#options;
    const [inside, waiting] = [[...this.#inside.keys()], [...this.#waiting]];
    this.#inside.clear();
    this.#waiting.clear();
    for (const userId of inside) onLeft(userId, this.#since);
    for (const userId of waiting) onNoLongerWaiting(userId);
  }

  /** Somebody else knows better who comes. Idempotent. */
  close(): void {
    this.#cancel();
  }
}

/** Somebody whose connection is away, as all who were in a room that is gone look to each other. */
function viewOf({ userId, role, displayName }: Seat, joinedAt: number): ParticipantView {
  return {
    userId,
    role,
    displayName,
    media: { microphone: 'none', camera: 'none', screen: 'none', screenAudio: 'none' },
    connected: false,
    away: false,
    handRaisedAt: null,
    network: null,
    joinedAt: iso(joinedAt),
  };
}
