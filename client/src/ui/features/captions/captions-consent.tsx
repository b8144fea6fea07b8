import { CAPTIONS_WORDING } from '@televisit/shared/features/captions.vocabulary';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { language } from '../../../locales/index.ts';
import type { VisitClient } from '../../../sdk/index.ts';
import { useCall } from '../../hooks/call.ts';
import { useSay } from '../../hooks/speech.ts';
import type { ScreenProps } from '../feature.ts';
import { asksForConsent, hasCaptions, isAskedToBeRecorded } from './caption-rules.ts';
import { PANEL } from './captions-sign.tsx';
import { t } from './texts.ts';

/** One answer at a time; `failed` says whether the last one did not arrive. */
function useAnswer(client: VisitClient) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const answer = (given: boolean) => {
    if (busy) return;
    setBusy(true);
    setFailed(false);
    client.captions
      .setConsent({ given, wording: CAPTIONS_WORDING, language: language() })
      .catch(() => setFailed(true))
      .finally(() => setBusy(false));
  };
  return { busy, failed, answer };
}

interface QuestionProps {
  readonly client: VisitClient;
  /** Whether screen readers are told that there is a question; the focus stays where it is. */
  readonly isSaid: boolean;
}

/** The question for consent. Both answers look the same, because neither is the right one. */
export function CaptionsQuestion({ client, isSaid }: QuestionProps) {
  const id = useId();
  const { busy, failed, answer } = useAnswer(client);
  useSay(isSaid ? t('captions.consent.say') : null);
  return (
    <section class="captions-consent" aria-labelledby={id} data-testid="captions-question">
      <div>
        <h2 id={id}>{t('captions.consent.title')}</h2>
        <p>
          {t('captions.consent.what')} {t('captions.consent.free')}
        </p>
        <Failure shown={failed} />
      </div>
      <div class="captions-answers">
        <button
          type="button"
          class="button button-quiet"
          data-testid="captions-agree"
          aria-disabled={busy}
          onClick={() => answer(true)}
        >
          {t('captions.consent.agree')}
        </button>
        <button
          type="button"
          class="button button-quiet"
          data-testid="captions-refuse"
          aria-disabled={busy}
          onClick={() => answer(false)}
        >
          {t('captions.consent.refuse')}
        </button>
      </div>
    </section>
  );
}

/** What the person answered, and the way to another answer. It takes the focus of the question that it replaces. */
export function CaptionsAnswer({ client, given }: { client: VisitClient; given: boolean }) {
  const box = useRef<HTMLElement>(null);
  const { busy, failed, answer } = useAnswer(client);
  useLayoutEffect(() => {
    if (document.activeElement === document.body) box.current?.focus({ preventScroll: true });
  }, []);
  return (
    <section
      ref={box}
      tabIndex={-1}
      class="captions-consent captions-answered"
      aria-label={t('captions.consent.heading')}
    >
      <p role="status" data-testid="captions-answer" data-given={given}>
        {t(given ? 'captions.consent.yes' : 'captions.consent.no')}
      </p>
      <button
        type="button"
        class="button button-small button-quiet"
        data-testid="captions-change"
        aria-disabled={busy}
        onClick={() => answer(!given)}
      >
        {t(given ? 'captions.consent.withdraw' : 'captions.consent.agreeAfterAll')}
      </button>
      <Failure shown={failed} />
    </section>
  );
}

function Failure({ shown }: { shown: boolean }) {
  if (!shown) return null;
  return (
    <p class="captions-failure" role="alert">
      {t('captions.consent.failed')}
    </p>
  );
}

/** In the preview and the waiting room: the question or the person's answer, if captions are wanted. */
export function ConsentBeforeCall({ client, state: { captions } }: ScreenProps) {
  const { view } = captions;
  if (!hasCaptions(view) || !client.can('publish')) return null;
  if (asksForConsent(view)) return <CaptionsQuestion client={client} isSaid />;
  return view.consent === null ? null : <CaptionsAnswer client={client} given={view.consent} />;
}

/** In the call the question takes room of the stage, and covers neither faces nor controls. */
export function QuestionInCall({ client, state }: ScreenProps) {
  const isAsked = state.phase === 'joined' && asksForConsent(state.captions.view) && client.can('publish');
  return isAsked && !isAskedToBeRecorded(state) ? <BannerQuestion client={client} /> : null;
}

function BannerQuestion({ client }: Pick<ScreenProps, 'client'>) {
  // The panel has the question itself.
  if (useCall().panel === PANEL) return null;
  return (
    <div class="captions-question-in-call">
      <CaptionsQuestion client={client} isSaid />
    </div>
  );
}
