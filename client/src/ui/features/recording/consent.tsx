import type { RecordingView } from '@televisit/shared/features/recording';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { VisitClient } from '../../../sdk/index.ts';
import { useSay } from '../../hooks/speech.ts';
import type { ScreenProps } from '../feature.ts';
import { asksForConsent, isRecordable } from './recording-rules.ts';
import { StateIcon } from './recording-sign.tsx';
import { t } from './texts.ts';
import { answerConsent, useRequest } from './use-request.ts';

interface QuestionProps {
  readonly client: VisitClient;
  readonly view: RecordingView;
  /** What happens without an answer. */
  readonly without: 'consent.before' | 'consent.inCall';
  /** Whether screen readers are told that there is a question; the focus stays where it is. */
  readonly isSaid: boolean;
}

/** The question for consent. Both answers look the same, because neither is the right one. */
export function ConsentQuestion({ client, view, without, isSaid }: QuestionProps) {
  const id = useId();
  const { busy, problem, send } = useRequest();
  useSay(isSaid ? t('consent.say') : null);
  const [transcript, setTranscript] = useState(false);
  const answer = (given: boolean) =>
    send(async () => {
      // First, because the answer about the recording ends the question.
      if (given && transcript) await answerConsent(client, { purpose: 'transcript', given });
      await answerConsent(client, { given });
    });
  return (
    <section class="consent" aria-labelledby={id} data-testid="consent-question">
      <div class="consent-words">
        <h2 id={id}>{t('consent.title')}</h2>
        <p>
          {t('consent.what')} {t('consent.when')} {t('consent.free')}
        </p>
        <p>{t(without)}</p>
      </div>
      {view.transcript !== 'off' && (
        <label class="switch">
          <input
            type="checkbox"
            role="switch"
            data-testid="consent-transcript"
            checked={transcript}
            onChange={() => setTranscript(!transcript)}
          />
          <span>
            {t('consent.transcript')}
            <span class="row-detail">{t('consent.transcriptHint')}</span>
          </span>
        </label>
      )}
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

/** Whether what the person says is transcribed. */
function TranscriptSwitch({ client, view }: AnswerProps) {
  const { busy, problem, send } = useRequest();
  const given = view.transcriptConsent === true;
  // What was chosen is shown at once, and not what was before until the server answers.
  const [chosen, setChosen] = useState<boolean | null>(null);
  useEffect(() => setChosen(null), [given, problem]);
  const isOn = chosen ?? given;
  const change = () => {
    if (busy) return;
    setChosen(!isOn);
    send(() => answerConsent(client, { purpose: 'transcript', given: !isOn, erase: isOn }));
  };
  return (
    <>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          data-testid="transcript-switch"
          checked={isOn}
          aria-disabled={busy}
          onChange={change}
        />
        <span>
          {t('consent.transcriptSwitch')}
          <span class="row-detail">{t(isOn ? 'consent.transcriptOff' : 'consent.transcriptHint')}</span>
        </span>
      </label>
      <Problem text={problem} />
    </>
  );
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
      {asksForConsent(view) && (
        <ConsentQuestion client={client} view={view} without="consent.before" isSaid />
      )}
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
      {props.view.consent && props.view.transcript !== 'off' && <TranscriptSwitch {...props} />}
    </section>
  );
}
