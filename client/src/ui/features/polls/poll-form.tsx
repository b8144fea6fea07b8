import {
  MAX_POLL_ANSWER,
  MAX_POLL_ANSWERS,
  MAX_POLL_QUESTION,
  MIN_POLL_ANSWERS,
} from '@televisit/shared/features/polls.vocabulary';
import { useId, useState } from 'preact/hooks';
import type { NewPoll } from '../../../sdk/index.ts';
import { CloseIcon } from '../../components/call-icons.tsx';
import { Switch } from '../../components/toggles.tsx';
import { EMPTY_DRAFT, pollOf, withoutAnswer, type DraftProblem } from './poll-draft.ts';
import { t } from './texts.ts';

/** For hosts: asks a question. */
export function PollForm({ onStart }: { onStart: (poll: NewPoll) => void }) {
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  const [problem, setProblem] = useState<DraftProblem | null>(null);
  // A new element each time, so that screen readers say a problem that remains.
  const [attempts, setAttempts] = useState(0);
  const id = useId();
  const { answers } = draft;
  const change = (part: Partial<typeof draft>) => {
    setProblem(null);
    setDraft({ ...draft, ...part });
  };
  const submit = (event: Event) => {
    event.preventDefault();
    setAttempts(attempts + 1);
    const poll = pollOf(draft);
    setProblem(typeof poll === 'string' ? poll : null);
    if (typeof poll !== 'string') onStart(poll);
  };
  return (
    <form class="poll-form" noValidate onSubmit={submit} data-testid="poll-form">
      <label class="field">
        <span class="field-name">{t('polls.question')}</span>
        <input
          type="text"
          class="text-field"
          dir="auto"
          maxLength={MAX_POLL_QUESTION}
          value={draft.question}
          data-testid="poll-question-field"
          onInput={({ currentTarget }) => change({ question: currentTarget.value })}
        />
      </label>
      <fieldset class="poll-fields">
        <legend class="field-name">{t('polls.answers')}</legend>
        {answers.map((answer, index) => (
          <div key={index} class="line-form">
            <input
              type="text"
              class="text-field"
              dir="auto"
              maxLength={MAX_POLL_ANSWER}
              aria-label={t('polls.answer', { number: index + 1 })}
              placeholder={t('polls.answer', { number: index + 1 })}
              value={answer}
              data-testid="poll-answer-field"
              onInput={({ currentTarget: { value } }) =>
                change({ answers: answers.map((other, at) => (at === index ? value : other)) })
              }
            />
            {answers.length > MIN_POLL_ANSWERS && (
              <button
                type="button"
                class="icon-button"
                aria-label={t('polls.removeAnswer', { number: index + 1 })}
                onClick={({ currentTarget }) => {
                  // The button goes with its answer.
                  currentTarget.closest('fieldset')?.querySelector('input')?.focus();
                  setDraft(withoutAnswer(draft, index));
                }}
              >
                <CloseIcon />
              </button>
            )}
          </div>
        ))}
        {answers.length < MAX_POLL_ANSWERS && (
          <button
            type="button"
            class="link-button poll-add"
            onClick={() => change({ answers: [...answers, ''] })}
          >
            {t('polls.addAnswer')}
          </button>
        )}
      </fieldset>
      <Switch
        on={draft.multiple}
        label={t('polls.multiple')}
        onChange={() => change({ multiple: !draft.multiple })}
      />
      <Switch
        on={draft.anonymous}
        label={t('polls.anonymous')}
        detail={t('polls.anonymousHint')}
        onChange={() => change({ anonymous: !draft.anonymous })}
      />
      <div class="field">
        <label class="field-name" for={`${id}-correct`}>
          {t('polls.correctAnswer')}
        </label>
        <select
          id={`${id}-correct`}
          value={String(draft.correct ?? '')}
          onChange={({ currentTarget: { value } }) =>
            change({ correct: value === '' ? null : Number(value) })
          }
        >
          <option value="">{t('polls.noQuiz')}</option>
          {answers.map((answer, index) => (
            <option key={index} value={String(index)}>
              {answer.trim() || t('polls.answer', { number: index + 1 })}
            </option>
          ))}
        </select>
      </div>
      {problem !== null && (
        <p key={attempts} class="poll-problem" role="alert">
          {t(problem)}
        </p>
      )}
      <button type="submit" class="button button-primary" data-testid="poll-start">
        {t('polls.start')}
      </button>
    </form>
  );
}
