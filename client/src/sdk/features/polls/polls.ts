import type { polls as contract, PollView } from '@televisit/shared/features/polls';
import type { JoinResult } from '@televisit/shared/signaling';
import { defineClientFeature } from '../feature.ts';

/** The question of a host with its answers. */
export interface NewPoll {
  readonly question: string;
  /** 2 to 8 different answers. */
  readonly answers: string[];
  /** Whether participants may choose several answers. */
  readonly multiple: boolean;
  /** Whether voters stay unknown. */
  readonly anonymous: boolean;
  /** The index of the correct answer of a quiz; null without one. */
  readonly correct: number | null;
}

export interface Polls {
  /** For hosts: opens a poll. @throws {VisitError} `poll_open` if another one is open, `polls_off`, `polls_full` */
  open(poll: NewPoll): Promise<void>;
  /** Votes, or replaces the earlier vote. @throws {VisitError} `poll_closed` */
  vote(pollId: string, answers: readonly number[]): Promise<void>;
  /** For hosts: closes a poll. @throws {VisitError} `poll_closed` if it is closed */
  close(pollId: string): Promise<void>;
}

export interface PollsSlice {
  /** The oldest first. */
  readonly polls: readonly PollView[];
}

/** Adds a poll, or replaces an older version of it: during a migration events come from two nodes. */
export function withPoll(polls: readonly PollView[], poll: PollView): readonly PollView[] {
  const known = polls.find(({ pollId }) => pollId === poll.pollId);
  if (!known) return [...polls, poll].sort((left, right) => left.openedAt.localeCompare(right.openedAt));
  if (known.version >= poll.version) return polls;
  return polls.map((one) => (one === known ? { ...poll, mine: ownVote(known, poll) } : one));
}

/** Returns the participant's own vote, which the server forgets when an anonymous poll is closed. */
function ownVote(known: PollView, poll: PollView): readonly number[] {
  return poll.anonymous && poll.closedAt !== null ? known.mine : poll.mine;
}

export const polls = defineClientFeature<typeof contract, PollsSlice, Polls>({
  name: 'polls',
  initial: { polls: [] },
  reduce: {
    'poll:changed': (state, poll) => ({ ...state, polls: withPoll(state.polls, poll) }),
  },
  create: ({ signaling }) => ({
    commands: {
      open: async (poll) => {
        await signaling.request('poll:open', poll);
      },
      vote: async (pollId, answers) => {
        await signaling.request('poll:vote', { pollId, answers: [...answers] });
      },
      close: async (pollId) => {
        await signaling.request('poll:close', { pollId });
      },
    },
    admitted: (state, admission) => {
      if (admission.kind !== 'joined') return state;
      // A server that does not know polls yet sends none.
      const result: Partial<JoinResult> = admission.result;
      return { ...state, polls: (result.polls ?? []).reduce(withPoll, state.polls) };
    },
  }),
});
