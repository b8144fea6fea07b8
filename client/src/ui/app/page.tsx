import { useRef } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import type { LanguageChoice } from '../../locales/language-choice.ts';
import type { VisitClient } from '../../sdk/index.ts';
import { LanguageContext, useLanguage, useSettledLanguage } from '../hooks/language.ts';
import { useVisit } from '../hooks/visit.ts';
import { Message } from '../screens/message.tsx';
import { App } from './app.tsx';

interface Props {
  client: VisitClient;
  choice: LanguageChoice;
}

/** A visit in the person's language. Until the language is loaded, the visit shows its loading screen. */
export function Page({ client, choice }: Props) {
  const { phase, session } = useVisit(client);
  const opened = useRef(false);
  const visitLanguage = useRef<string | null>(null);
  // A visit that restarts keeps its language while it loads.
  if (session) visitLanguage.current = session.options.language;
  const settled = useSettledLanguage(choice.tagFor(visitLanguage.current));
  opened.current ||= phase === 'ready' && settled;
  const waits = phase === 'ready' && !opened.current;
  return (
    <LanguageContext.Provider value={choice}>
      {waits ? <Message title={t('loading.title')} busy /> : <App client={client} />}
    </LanguageContext.Provider>
  );
}

/** The page for an address without a visit. */
export function Landing({ choice }: { choice: LanguageChoice }) {
  useLanguage();
  return (
    <LanguageContext.Provider value={choice}>
      <Message title={t('landing.title')} text={t('landing.text')} testId="landing" />
    </LanguageContext.Provider>
  );
}
