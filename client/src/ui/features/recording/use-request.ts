import { useState } from 'preact/hooks';
import { CONSENT_WORDING } from '@televisit/shared/features/recording.vocabulary';
import { language } from '../../../locales/index.ts';
import { VisitError, type ConsentAnswer, type VisitClient } from '../../../sdk/index.ts';
import { errorTextKey } from './recording-rules.ts';
import { t } from './texts.ts';

/** Returns the text about a failed request of this feature. */
export function errorText(error: unknown): string {
  return t(errorTextKey(VisitError.from(error).code));
}

/** One request to the server at a time; `problem` is the text about the last one if it failed. */
export function useRequest() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const send = (work: () => Promise<void>) => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    work()
      .catch((error: unknown) => setProblem(errorText(error)))
      .finally(() => setBusy(false));
  };
  return { busy, problem, send };
}

/** Sends an answer to the question of this page, in the language in which it is shown. */
export function answerConsent(
  client: VisitClient,
  answer: Pick<ConsentAnswer, 'purpose' | 'given' | 'erase'>,
): Promise<void> {
  return client.recording.setConsent({ ...answer, wording: CONSENT_WORDING, language: language() });
}
