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
}

/**
 * Those who, as far as is stored, are in a visit or wait for it while its room is made: it was somewhere else until now, and
 * they are on their way.
 */
export class ExpectedPeople {
  readonly #inside: Set<string>;
  readonly #waiting: Set<string>;
  readonly #cancel: () => void;

  constructor(
    { seats, intervals }: Session,
    { clock, graceMs, onLeft, onNoLongerWaiting }: ExpectedPeopleOptions,
  ) {
    const open = intervals.filter(({ leftAt }) => leftAt === null);
    this.#inside = new Set(open.flatMap(({ seat }) => seats[seat]?.userId ?? []));
    this.#waiting = new Set(
      seats.filter(({ waitingSince }) => waitingSince !== null).map(({ userId }) => userId),
    );
    const since = clock.now();
    this.#cancel = clock.after(graceMs, () => {
      for (const userId of this.#inside) onLeft(userId, since);
      for (const userId of this.#waiting) onNoLongerWaiting(userId);
      this.#inside.clear();
      this.#waiting.clear();
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

  close(): void {
    this.#cancel();
  }
}
