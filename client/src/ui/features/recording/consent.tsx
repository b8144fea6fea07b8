import type { RecordingView } from '@televisit/shared/features/recording';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { VisitClient } from '../../../sdk/index.ts';
import { useSay } from '../../hooks/speech.ts';
import type { ScreenProps } from '../feature.ts';
import { asksForConsent, isRecordable } from './recording-rules.ts';
import { StateIcon } from './recording-sign.tsx';
import { t } from './texts.ts';
import { answerConsent, useRequest } from './use-request.ts';

interface QuestionProps {
  readonly client: VisitClient;
  /** What happens without an answer. */
  readonly without: 'consent.before' | 'consent.inCall';
  /** Whether screen readers are told that there is a question; the focus stays where it is. */
  readonly isSaid: boolean;
}

/** The question for consent. Both answers look the same, because neither is the right one. */
export function ConsentQuestion({ client, without, isSaid }: QuestionProps) {
  const id = useId();
  const { busy, problem, send } = useRequest();
  useSay(isSaid ? t('consent.say') : null);
  const answer = (given: boolean) => send(() => answerConsent(client, { given }));
  return (
    <section class="consent" aria-labelledby={id} data-testid="consent-question">
      <div class="consent-words">
        <h2 id={id}>{t('consent.title')}</h2>
        <p>
          {t('consent.what')} {t('consent.when')} {t('consent.free')}
        </p>
        <p>{t(without)}</p>
      </div>
      <Problem text={problem} />
      <div class="consent-buttons">
        <button
          type="button"
          class="button button-quiet"
          data-testid="consent-agree"
          aria-disabled={busy}
          onClick={() => answer(true)}
        >
          {t('consent.agree')}
        </button>
        <button
          type="button"
          class="button button-quiet"
          data-testid="consent-refuse"
          aria-disabled={busy}
          onClick={() => answer(false)}
        >
          {t('consent.refuse')}
        </button>
      </div>
    </section>
  );
}

interface AnswerProps {
  readonly client: VisitClient;
  readonly view: RecordingView & { readonly consent: boolean };
}

/** What the person answered, and the way to another one; with it, or later, they can have their recordings deleted. */
function ConsentAnswer({ client, view: { consent, isRecorded } }: AnswerProps) {
  const { busy, problem, send } = useRequest();
  const [erase, setErase] = useState(false);
  const change = () =>
    send(() =>
      answerConsent(client, consent ? { given: false, erase: erase && isRecorded } : { given: true }),
    );
  return (
    <>
      <p role="status" data-testid="consent-answer" data-given={consent}>
        {t(consent ? 'consent.yes' : 'consent.no')}
      </p>
      {consent && isRecorded && (
        <label class="switch">
          <input
            type="checkbox"
            role="switch"
            data-testid="consent-erase"
            checked={erase}
            onChange={() => setErase(!erase)}
          />
          <span>
            {t('consent.erase')}
            <span class="row-detail">{t('consent.eraseHint')}</span>
          </span>
        </label>
      )}
      <div class="consent-changes">
        <button
          type="button"
          class="button button-small button-quiet"
          data-testid="consent-change"
          aria-disabled={busy}
          onClick={change}
        >
          {t(consent ? 'consent.withdraw' : 'consent.agreeAfterAll')}
        </button>
        {!consent && isRecorded && (
          <button
            type="button"
            class="button button-small button-quiet"
            data-testid="consent-erase-now"
            aria-disabled={busy}
            onClick={() => send(() => answerConsent(client, { given: false, erase: true }))}
          >
            {t('consent.eraseNow')}
          </button>
        )}
      </div>
      {!consent && isRecorded && <p class="row-detail">{t('consent.eraseHint')}</p>}
      <Problem text={problem} />
    </>
  );
}

/** A failed request, said at once. */
export function Problem({ text }: { text: string | null }) {
  return text === null ? null : (
    <p class="consent-problem" role="alert">
      {text}
    </p>
  );
}

/** Whether a view holds an answer. */
export function isAnswered(view: RecordingView): view is AnswerProps['view'] {
  return view.consent !== null;
}

/** In the preview and the waiting room: whether the visit is being recorded, and the question or the person's answer. */
export function ConsentBeforeCall({ client, state: { recording: view } }: ScreenProps) {
  const isOn = isRecordable(view) && view.state === 'on';
  useSay(isOn ? t('recording.here') : null);
  if (!isRecordable(view)) return null;
  return (
    <>
      {isOn && (
        <p class="recording-here" data-testid="recording-here">
          <StateIcon state="on" />
          {t('recording.here')}
        </p>
      )}
      {asksForConsent(view) && <ConsentQuestion client={client} without="consent.before" isSaid />}
      {isAnswered(view) && <AnswerSection client={client} view={view} />}
    </>
  );
}

/** The person's answer. It takes the focus of the question that it replaces. */
export function AnswerSection(props: AnswerProps) {
  const box = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    if (document.activeElement === document.body) box.current?.focus({ preventScroll: true });
  }, []);
  return (
    <section ref={box} tabIndex={-1} class="consent consent-answered" aria-label={t('consent.heading')}>
      <ConsentAnswer {...props} />
    </section>
  );
}
