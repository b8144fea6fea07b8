import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { VisitError, type VisitClient } from '../../../sdk/index.ts';
import { CheckIcon } from '../../components/icons.tsx';
import type { UiFeature } from '../feature.ts';
import { commentOf, LONGEST_COMMENT, stateAfter, type FormState } from './feedback-form.ts';
import { StarRating } from './star-rating.tsx';
import { t } from './texts.ts';
import './feedback.css';

interface Props {
  client: VisitClient;
  /** Whether sending is the main action of the page. */
  primary: boolean;
}

/** Asks a participant for feedback; nothing for people who did not join or have answered already. */
function Feedback({ client, primary }: Props) {
  // The form stays after sending, so that the person can read the thanks.
  const [asked] = useState(client.getState().feedback === 'open');
  const [state, setState] = useState<FormState>('open');
  const id = useId();
  if (!asked) return null;
  const send = (rating: number, comment: string | null) => {
    setState('sending');
    client.sendFeedback({ rating, comment }).then(
      () => setState('thanks'),
      (error: unknown) => setState(stateAfter(VisitError.from(error).code)),
    );
  };
  const title = t('feedback.title');
  return (
    <section class="feedback" data-testid="feedback" aria-label={title}>
      {state === 'thanks' ? (
        <Thanks />
      ) : (
        <>
          <h2 id={id}>{title}</h2>
          <FeedbackForm titleId={id} state={state} primary={primary} onSend={send} />
        </>
      )}
    </section>
  );
}

interface FormProps {
  titleId: string;
  state: FormState;
  primary: boolean;
  onSend: (rating: number, comment: string | null) => void;
}

function FeedbackForm({ titleId, state, primary, onSend }: FormProps) {
  const [rating, setRating] = useState(0);
  const [comment, setComment] = useState('');
  // Counts the attempts to send without a star, so that screen readers say the problem each time.
  const [hurried, setHurried] = useState(0);
  if (state === 'refused') return <p role="alert">{t('feedback.refused')}</p>;
  const sending = state === 'sending';
  const submit = (event: Event) => {
    event.preventDefault();
    if (rating === 0) setHurried(hurried + 1);
    if (rating > 0 && !sending) onSend(rating, commentOf(comment));
  };
  const problem =
    state === 'failed' ? 'feedback.failed' : hurried > 0 && rating === 0 ? 'feedback.choose' : null;
  return (
    <form class="feedback-form" noValidate onSubmit={submit}>
      <StarRating labelledBy={titleId} rating={rating} onRate={setRating} />
      <Comment text={comment} onText={setComment} />
      {problem !== null && (
        <p key={hurried} class="feedback-problem" role="alert">
          {t(problem)}
        </p>
      )}
      <button
        type="submit"
        class={`button ${primary ? 'button-primary' : 'button-quiet'}`}
        data-testid="feedback-send"
        aria-busy={sending}
        aria-disabled={sending}
      >
        {sending && <span class="spinner" aria-hidden="true" />}
        {t(state === 'failed' ? 'screen.retry' : 'feedback.send')}
      </button>
    </form>
  );
}

function Comment({ text, onText }: { text: string; onText: (text: string) => void }) {
  const id = useId();
  const left = LONGEST_COMMENT - text.length;
  return (
    <div class="field feedback-comment">
      <label class="field-name" for={`${id}-text`}>
        {t('feedback.comment')}
      </label>
      <textarea
        id={`${id}-text`}
        rows={2}
        maxLength={LONGEST_COMMENT}
        value={text}
        data-testid="feedback-comment"
        dir="auto"
        aria-describedby={`${id}-hint`}
        onInput={(event) => onText(event.currentTarget.value)}
      />
      <span id={`${id}-hint`} class="field-name">
        {left <= 200 ? t('feedback.left', { count: left }) : t('feedback.reader')}
      </span>
    </div>
  );
}

function Thanks() {
  const line = useRef<HTMLParagraphElement>(null);
  // The focused button was removed.
  useEffect(() => line.current?.focus({ preventScroll: true }), []);
  return (
    <p ref={line} class="feedback-thanks" data-testid="feedback-thanks" tabIndex={-1}>
      <CheckIcon />
      {t('feedback.thanks')}
    </p>
  );
}

export const feedback: UiFeature = { AfterCall: Feedback };
