import { TelevisitError } from '@televisit/shared/errors';
import type { Clock } from '../../core/clock.ts';
import { change } from '../../domain/change.ts';
import type { SessionFact } from '../../domain/events.ts';
import type { Ids } from '../../domain/ids.ts';
import { isOver, type Session } from '../../domain/session.ts';
import type { Changed } from '../../domain/session-changes.ts';
import type { Sessions } from '../../domain/sessions.ts';
import { changeEach, type PollStore, type StoredPoll } from './poll-store.ts';
import { castVote, closePoll, countsOf, forgetVoter, openPoll, recordOf, type Question } from './rules.ts';

export interface PollsOptions {
  readonly store: PollStore;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly onError: (error: unknown) => void;
}

/** The polls of visits. Every change increases the version of the session, so that all rooms of the session notice. */
export class Polls {
  readonly #options: PollsOptions;
  readonly #closing = new Set<Promise<void>>();

  constructor(options: PollsOptions) {
    this.#options = options;
  }

  /** Returns the stored polls of a session; none if it has them switched off. */
  async of({ sessionId, options }: Session): Promise<readonly StoredPoll[]> {
    return options.polls ? this.#options.store.list(sessionId) : [];
  }

  /** Returns the polls as the backend sees them. */
  async records(session: Session) {
    return (await this.of(session)).map((poll) => recordOf(session, poll));
  }

  /**
   * Opens a poll. @returns its id
   * @throws {TelevisitError} `session_over`, `removed`, `not_joined`, `polls_off`, `poll_open`, `polls_full`, `conflict`
   */
  async open(sessionId: string, userId: string, question: Question): Promise<string> {
    const { store, clock, ids } = this.#options;
    const seat = await this.#present(sessionId, userId);
    const pollId = ids.unique();
    let poll: StoredPoll;
    // Of two hosts at the same time, the second finds the poll of the first.
    do poll = openPoll(await store.list(sessionId), question, pollId, clock.now());
    while (!(await store.add(sessionId, poll)));
    await this.#record(sessionId, userId, seat, {
      type: 'poll.opened',
      pollId,
      anonymous: poll.anonymous,
    });
    return pollId;
  }

  /**
   * Votes, or replaces an earlier vote.
   * @throws {TelevisitError} `session_over`, `removed`, `not_joined`, `polls_off`, `poll_not_found`, `poll_closed`,
   * `validation_failed`, `conflict`
   */
  async vote(sessionId: string, userId: string, pollId: string, answers: readonly number[]): Promise<void> {
    const seat = await this.#present(sessionId, userId);
    const poll = await this.#change(sessionId, pollId, (stored) => castVote(stored, seat, answers));
    if (poll) await this.#record(sessionId, userId, seat);
  }

  /**
   * Closes a poll.
   * @throws {TelevisitError} `session_over`, `removed`, `not_joined`, `polls_off`, `poll_not_found`, `poll_closed`,
   * `conflict`
   */
  async close(sessionId: string, userId: string, pollId: string): Promise<void> {
    const { clock } = this.#options;
    const seat = await this.#present(sessionId, userId);
    const poll = await this.#change(sessionId, pollId, (stored) => closePoll(stored, clock.now()));
    if (!poll) throw new TelevisitError('poll_closed');
    const result = { pollId, counts: countsOf(poll), voters: poll.votes.length };
    await this.#record(sessionId, userId, seat, { type: 'poll.closed', ...result });
  }

  /** Closes the open poll of a session when a change ends it, so that an anonymous one forgets its voters. */
  sessionChanged({ previous, next }: Changed): void {
    if (!isOver(next) || isOver(previous) || !next.options.polls) return;
    const closing = this.#closeAll(next.sessionId)
      .catch(this.#options.onError)
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** Waits for work in progress. */
  async settled(): Promise<void> {
    await Promise.all(this.#closing);
  }

  /** Returns the seat of a user who is present in a visit with polls. */
  async #present(sessionId: string, userId: string): Promise<number> {
    const { session, seat } = await this.#options.sessions.present(sessionId, userId);
    if (!session.options.polls) throw new TelevisitError('polls_off');
    return seat;
  }

  /** Changes one poll. @returns the changed poll; null if nothing changed */
  async #change(
    sessionId: string,
    pollId: string,
    decide: (poll: StoredPoll) => StoredPoll | null,
  ): Promise<StoredPoll | null> {
    const { store } = this.#options;
    const known = (await store.list(sessionId)).some((poll) => poll.pollId === pollId);
    if (!known) throw new TelevisitError('poll_not_found');
    const changed = await changeEach(store, sessionId, (poll) =>
      poll.pollId === pollId ? decide(poll) : null,
    );
    return changed[0] ?? null;
  }

  /**
   * Records in the session what was just stored. Closes the poll if the visit has ended, and forgets the participant's
   * votes if they were erased, in the meantime.
   * @throws {TelevisitError} `session_over`, `removed`
   */
  async #record(sessionId: string, userId: string, seat: number, ...facts: SessionFact[]): Promise<void> {
    const { store, sessions } = this.#options;
    const by = { type: 'participant', seat } as const;
    const session = await sessions.apply(sessionId, (stored, now) =>
      isOver(stored) ? null : change(stored, {}, now, by, ...facts),
    );
    if (isOver(session)) {
      await this.#closeAll(sessionId);
      throw new TelevisitError('session_over');
    }
    if (session.seats[seat]?.userId === userId) return;
    await changeEach(store, sessionId, (poll) => forgetVoter(poll, seat));
    throw new TelevisitError('removed');
  }

  async #closeAll(sessionId: string): Promise<void> {
    const { store, clock } = this.#options;
    await changeEach(store, sessionId, (poll) => closePoll(poll, clock.now()));
  }
}
