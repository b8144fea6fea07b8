import type { PollView } from '@televisit/shared/features/polls';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { CheckIcon } from '../../components/icons.tsx';
import { nameOf } from '../../format/names.ts';
import { allParticipants, useCall } from '../../hooks/call.ts';
import { t } from './texts.ts';

/** A poll: to vote in while it is open, with the counts so far. */
export function PollCard({ poll }: { poll: PollView }) {
  const { client, host, publishes, attempt } = useCall();
  const id = useId();
  const { pollId, question, anonymous, closedAt, voters } = poll;
  const isOpen = closedAt === null;
  const close = (card: Element | null) => {
    attempt(client.polls.close(pollId));
    // The button goes when the poll is closed.
    card?.querySelector('h3')?.focus();
  };
  return (
    <article class="poll panel-section" data-testid="poll" aria-labelledby={id}>
      <h3 id={id} class="poll-question" tabIndex={-1} data-testid="poll-question">
        <bdi>{question}</bdi>
      </h3>
      <p class="row-detail">
        <span class={`poll-state ${isOpen ? 'poll-open' : ''}`} data-testid="poll-state">
          {t(isOpen ? 'polls.isOpen' : 'polls.isClosed')}
        </span>
        {anonymous ? t('polls.anonymousHint') : t('polls.named')}
      </p>
      <Ballot poll={poll} labelledBy={id} votes={isOpen && publishes} />
      <p class="row-detail" data-testid="poll-voters">
        {t('polls.voters', { count: voters })}
      </p>
      {isOpen && host && (
        <button
          type="button"
          class="button button-small button-quiet"
          data-testid="poll-close"
          onClick={({ currentTarget }) => close(currentTarget.closest('article'))}
        >
          {t('polls.close')}
        </button>
      )}
    </article>
  );
}

interface BallotProps {
  poll: PollView;
  labelledBy: string;
  /** Whether this person can vote. */
  votes: boolean;
}

function Ballot({ poll, labelledBy, votes }: BallotProps) {
  const { client, attempt } = useCall();
  const { pollId, answers, multiple, mine } = poll;
  const [chosen, setChosen] = useState(mine);
  // The person may have voted on another device.
  useEffect(() => setChosen(mine), [String(mine)]);
  const isNew = chosen.length > 0 && String(chosen) !== String(mine);
  const choose = (index: number) => {
    const others = multiple ? chosen.filter((one) => one !== index) : [];
    setChosen([...others, ...(chosen.includes(index) ? [] : [index])].sort((left, right) => left - right));
  };
  const list = (
    <ol class="poll-answers">
      {answers.map((_, index) => (
        <li key={index}>
          <Answer
            poll={poll}
            index={index}
            input={
              votes && (
                <input
                  type={multiple ? 'checkbox' : 'radio'}
                  name={pollId}
                  checked={chosen.includes(index)}
                  onChange={() => choose(index)}
                />
              )
            }
          />
        </li>
      ))}
    </ol>
  );
  if (!votes) return list;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isNew) attempt(client.polls.vote(pollId, chosen));
      }}
    >
      <div role="group" aria-labelledby={labelledBy}>
        {list}
      </div>
      <button
        type="submit"
        class="button button-small button-primary"
        data-testid="poll-vote"
        aria-disabled={!isNew}
      >
        {t(mine.length === 0 ? 'polls.vote' : 'polls.changeVote')}
      </button>
    </form>
  );
}

interface AnswerProps {
  poll: PollView;
  index: number;
  /** The control that chooses it; false if this person cannot vote. */
  input: ComponentChildren;
}

/** An answer with its count, bar and voters. */
function Answer({ poll, index, input }: AnswerProps) {
  const { answers, counts, voters, correct, mine } = poll;
  const count = counts[index] ?? 0;
  const words = (
    <>
      {input}
      <span class="poll-text">
        <bdi>{answers[index]}</bdi>
      </span>
    </>
  );
  return (
    <div class={`poll-answer ${correct === index ? 'poll-correct' : ''}`}>
      {input === false ? (
        <span class="poll-choice" data-testid="poll-answer">
          {words}
        </span>
      ) : (
        <label class="poll-choice" data-testid="poll-answer">
          {words}
        </label>
      )}
      <span class="poll-count" data-testid="poll-result" data-votes={count}>
        {t('polls.votes', { count })}
      </span>
      <progress class="poll-bar" aria-hidden="true" max={Math.max(voters, 1)} value={count} />
      <Remarks poll={poll} index={index} />
      {correct === index && (
        <span class="poll-mark">
          <CheckIcon />
          {t('polls.correct')}
        </span>
      )}
      {mine.includes(index) && <span class="row-detail">{t('polls.yours')}</span>}
    </div>
  );
}

/** The names of those who chose an answer, in a named poll. */
function Remarks({ poll, index }: { poll: PollView; index: number }) {
  const { state } = useCall();
  const people = allParticipants(state);
  const names = (poll.votes ?? [])
    .filter(({ answers }) => answers.includes(index))
    .map((vote) => nameOf(people.find(({ userId }) => userId === vote.userId) ?? vote));
  if (names.length === 0) return null;
  return (
    <span class="row-detail poll-names">
      <bdi>{names.join(', ')}</bdi>
    </span>
  );
}
