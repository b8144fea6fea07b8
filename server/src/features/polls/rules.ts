import { TelevisitError } from '@televisit/shared/errors';
import type { PollRecord, PollView, PollVote } from '@televisit/shared/features/polls';
import { MAX_POLLS } from '@televisit/shared/features/polls.vocabulary';
import { iso, isoOrNull } from '../../core/clock.ts';
import { isHost, isOver, type Session } from '../../domain/session.ts';
import type { ExportedVote, StoredPoll, StoredVote } from './poll-store.ts';

/** The decisions about polls. Pure functions: callers store the returned poll; null means that nothing changes. */

/** The question of a host with its answers. */
export type Question = Pick<StoredPoll, 'question' | 'answers' | 'multiple' | 'anonymous' | 'correct'>;

/** Opens a poll. @throws {TelevisitError} `poll_open`, `polls_full` */
export function openPoll(
  polls: readonly StoredPoll[],
  question: Question,
  pollId: string,
  now: number,
): StoredPoll {
  if (polls.some(({ closedAt }) => closedAt === null)) throw new TelevisitError('poll_open');
  if (polls.length >= MAX_POLLS) throw new TelevisitError('polls_full');
  const seq = (polls.at(-1)?.seq ?? 0) + 1;
  return { ...question, seq, pollId, version: 1, openedAt: now, closedAt: null, votes: [] };
}

/** Replaces the vote of a participant. @throws {TelevisitError} `poll_closed`, `validation_failed` */
export function castVote(poll: StoredPoll, seat: number, chosen: readonly number[]): StoredPoll | null {
  if (poll.closedAt !== null) throw new TelevisitError('poll_closed');
  const answers = [...chosen].sort((left, right) => left - right);
  const known = answers.every((index) => index < poll.answers.length);
  if (!known || (!poll.multiple && answers.length > 1)) {
    throw new TelevisitError('validation_failed', { detail: 'The poll does not have such answers.' });
  }
  const previous = poll.votes.find((vote) => vote.seat === seat);
  if (previous && String(previous.answers) === String(answers)) return null;
  const vote = { seat, answers };
  const votes = previous ? poll.votes.map((one) => (one === previous ? vote : one)) : [...poll.votes, vote];
  return { ...poll, version: poll.version + 1, votes };
}

/** Closes a poll. An anonymous one forgets who voted for what. Null if it is closed. */
export function closePoll(poll: StoredPoll, now: number): StoredPoll | null {
  if (poll.closedAt !== null) return null;
  const votes = poll.anonymous
    ? sorted(poll.votes.map(({ answers }) => ({ seat: null, answers })))
    : poll.votes;
  return { ...poll, version: poll.version + 1, closedAt: now, votes };
}

/** Takes the vote of a person from their seat, and from its place in the order. The counts remain. */
export function forgetVoter(poll: StoredPoll, seat: number): StoredPoll | null {
  if (poll.votes.every((vote) => vote.seat !== seat)) return null;
  const votes = poll.votes.map((vote) => (vote.seat === seat ? { ...vote, seat: null } : vote));
  return { ...poll, version: poll.version + 1, votes: sorted(votes) };
}

/** Returns the number of votes for each answer. */
export function countsOf({ answers, votes }: StoredPoll): number[] {
  return answers.map((_, index) => votes.filter((vote) => vote.answers.includes(index)).length);
}

/** Returns a poll as the person in a seat sees it. */
export function viewOf(session: Session, poll: StoredPoll, seat: number): PollView {
  const { pollId, version, question, answers, multiple, anonymous, correct } = poll;
  const closedAt = endOf(session, poll);
  return {
    pollId,
    version,
    question,
    answers,
    multiple,
    anonymous,
    quiz: correct !== null,
    correct: closedAt !== null || isHost(session, seat) ? correct : null,
    counts: countsOf(poll),
    voters: poll.votes.length,
    votes: anonymous ? null : namedVotes(session, poll),
    mine: poll.votes.find((vote) => vote.seat === seat)?.answers ?? [],
    openedAt: iso(poll.openedAt),
    closedAt: isoOrNull(closedAt),
  };
}

/** Returns a poll as the backend sees it. */
export function recordOf(session: Session, poll: StoredPoll): PollRecord {
  const { pollId, question, multiple, anonymous, correct, openedAt } = poll;
  const counts = countsOf(poll);
  const named = namedVotes(session, poll);
  return {
    pollId,
    question,
    answers: poll.answers.map((text, index) => ({
      text,
      votes: counts[index] ?? 0,
      userIds: anonymous
        ? null
        : named.flatMap(({ userId, answers }) => (answers.includes(index) ? [userId] : [])),
    })),
    multiple,
    anonymous,
    correct,
    voters: poll.votes.length,
    openedAt: iso(openedAt),
    closedAt: isoOrNull(endOf(session, poll)),
  };
}

/** Returns what the person in a seat chose. */
export function exportedVotes(polls: readonly StoredPoll[], seat: number): readonly ExportedVote[] {
  return polls.flatMap(({ question, answers, votes }) =>
    votes
      .filter((vote) => vote.seat === seat)
      .map((vote) => ({ question, answers: vote.answers.map((index) => answers[index] ?? '') })),
  );
}

/** Returns when a poll was closed: at the latest when the visit ended; null while it is open. */
function endOf(session: Session, { closedAt }: StoredPoll): number | null {
  return closedAt ?? (isOver(session) ? session.endedAt : null);
}

function namedVotes({ seats }: Session, { votes }: StoredPoll): PollVote[] {
  return votes.flatMap(({ seat, answers }) => {
    const person = seat === null ? undefined : seats[seat];
    if (!person) return [];
    const { userId, displayName, role } = person;
    return [{ userId, displayName, role, answers }];
  });
}

/** Puts the votes without a voter at the end, in an order that says nothing about their voters. */
function sorted(votes: readonly StoredVote[]): readonly StoredVote[] {
  const ownerless = votes.filter(({ seat }) => seat === null);
  ownerless.sort((left, right) => String(left.answers).localeCompare(String(right.answers)));
  return [...votes.filter(({ seat }) => seat !== null), ...ownerless];
}
