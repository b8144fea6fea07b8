import type { polls } from '@televisit/shared/features/polls';
import { AwaitQueue } from 'awaitqueue';
import { seatIndex, type Session } from '../../domain/session.ts';
import type { Member } from '../../room/member.ts';
import type { HandlersOf, PartOf, RoomContext } from '../../room/room-part.ts';
import type { StoredPoll } from './poll-store.ts';
import type { Polls } from './polls.ts';
import { viewOf } from './rules.ts';

/** The polls of a room: every participant gets their own view of them. */
export class RoomPolls implements PartOf<typeof polls> {
  readonly #room: RoomContext;
  readonly #polls: Polls;
  /** One reading after another, so that a view is never followed by an older one. */
  readonly #queue = new AwaitQueue();
  #stored: readonly StoredPoll[];

  /** @param stored all polls so far */
  constructor(room: RoomContext, polls: Polls, stored: readonly StoredPoll[]) {
    this.#room = room;
    this.#polls = polls;
    this.#stored = stored;
  }

  readonly handlers: HandlersOf<typeof polls> = {
    'poll:open': async ({ member }, question) => {
      const pollId = await this.#polls.open(this.#room.sessionId, member.userId, question);
      await this.#refresh();
      return { pollId };
    },

    'poll:vote': async ({ member }, { pollId, answers }) => {
      await this.#polls.vote(this.#room.sessionId, member.userId, pollId, answers);
      await this.#refresh();
      return null;
    },

    'poll:close': async ({ member }, { pollId }) => {
      await this.#polls.close(this.#room.sessionId, member.userId, pollId);
      await this.#refresh();
      return null;
    },
  };

  snapshot(viewer: Member) {
    const { session } = this.#room;
    const seat = seatIndex(session, viewer.userId);
    return { polls: session.options.polls ? this.#stored.map((poll) => viewOf(session, poll, seat)) : [] };
  }

  /** Another process may have changed a poll while the session migrates, or erased a voter. */
  onSession(before: Session, after: Session): void {
    const isOpen = this.#stored.some(({ closedAt }) => closedAt === null);
    if (!after.options.polls || (!isOpen && before.eventCount === after.eventCount)) return;
    this.#refresh().catch((error: unknown) =>
      this.#room.logger.warn({ err: error }, 'failed to read the polls'),
    );
  }

  /** Reads the polls, and sends those that have changed to all participants. */
  #refresh(): Promise<void> {
    return this.#queue.push(async () => {
      const known = new Map(this.#stored.map(({ pollId, version }) => [pollId, version]));
      this.#stored = await this.#polls.of(this.#room.session);
      const changed = this.#stored.filter(({ pollId, version }) => known.get(pollId) !== version);
      const { session, members } = this.#room;
      for (const member of members.participants) {
        const seat = seatIndex(session, member.userId);
        for (const poll of changed) member.connection?.emit('poll:changed', viewOf(session, poll, seat));
      }
    });
  }
}
