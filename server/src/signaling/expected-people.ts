import type { Clock } from '../domain/clock.ts';
import type { Session } from '../domain/session.ts';

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
  readonly #inside: Set<string>;
  readonly #waiting: Set<string>;
  #cancel: () => void = () => undefined;

  constructor({ seats, intervals }: Session, options: ExpectedPeopleOptions) {
    const { clock, graceMs, onNobody } = options;
    this.#options = options;
    this.#since = clock.now();
    const open = intervals.filter(({ leftAt }) => leftAt === null);
    this.#inside = new Set(open.flatMap(({ seat }) => seats[seat]?.userId ?? []));
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

  /** Somebody is here, inside or in the waiting room: from now on the room knows more than the store. */
  came(userId: string): void {
    this.#inside.delete(userId);
    this.#waiting.delete(userId);
  }

  /** Whoever has not come will not. Idempotent. */
  giveUp(): void {
    this.close();
    const { onLeft, onNoLongerWaiting } = this.#options;
    const [inside, waiting] = [[...this.#inside], [...this.#waiting]];
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
