import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { loadMessages, t } from '../../locales/index.ts';
import type { LanguageChoice } from '../../locales/language-choice.ts';
import { mediaBlocked, type MediaErrorCode, type VisitClient } from '../../sdk/index.ts';
import type { ScreenProps } from '../features/feature.ts';
import { FEATURES } from '../features/index.ts';
import type { PlayerLink } from '../features/recording-player/player-link.ts';
import { FeaturesContext, isPreparing, useFeatureLoader, useFeatures } from '../hooks/features.ts';
import { LanguageContext, useLanguage, useSettledLanguage } from '../hooks/language.ts';
import { Lazy, useLazy } from '../hooks/lazy.ts';
import { useVisit } from '../hooks/visit.ts';
import { EndedScreen, LeftScreen } from '../screens/call-ended.tsx';
import { ErrorScreen, JoinedElsewhereScreen, MediaScreen } from '../screens/error-screens.tsx';
import { Message } from '../screens/message.tsx';
import { NotOpenYetScreen } from '../screens/not-open-yet.tsx';
import { Prejoin } from '../screens/prejoin/prejoin.tsx';
import { NO_RECORD, recorded, type VisitRecord } from '../screens/visit-record.ts';
import { prepareVideoElements } from '../stage/video-element-pool.ts';
import { useAdmissionAlert } from './admission-alert.ts';
import { ScreenReader } from './screen-reader.tsx';

/** The call is loaded during the preview, so that it is there when the person joins. */
const JOINED = new Lazy(async () => {
  const { Joined } = await import('../screens/joined.tsx');
  // On failure its texts are English.
  await loadMessages().catch(() => undefined);
  return Joined;
});

/** Only people who watch a recording load it. */
const PLAYER = new Lazy(async () => (await import('../features/recording-player/index.tsx')).PlayerPage);

interface PageProps {
  client: VisitClient;
  choice: LanguageChoice;
}

/** A visit in the person's language. Until the language is loaded, the visit shows its loading screen. */
export function Page({ client, choice }: PageProps) {
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

/** The page that plays a recording. */
export function RecordingPage({ link, choice }: { link: PlayerLink; choice: LanguageChoice }) {
  useLanguage();
  const Player = useLazy(PLAYER);
  return (
    <LanguageContext.Provider value={choice}>
      {Player ? <Player link={link} /> : <Message title={t('loading.title')} busy />}
    </LanguageContext.Provider>
  );
}

/** Shows the screen for the current state of the visit. */
function App({ client }: { client: VisitClient }) {
  const state = useVisit(client);
  const features = useFeatureLoader(FEATURES, state);
  const record = useRef(NO_RECORD);
  record.current = recorded(record.current, state, Date.now());
  useLazy(JOINED, state.session !== null && !isPreparing(state));
  useAdmissionAlert(state);
  const { tracks, upcomingTracks } = state;
  useLayoutEffect(() => prepareVideoElements([...tracks, ...upcomingTracks]), [tracks, upcomingTracks]);
  return (
    <FeaturesContext.Provider value={features}>
      {state.phase !== 'joined' &&
        features.map(({ Banner }, index) => Banner && <Banner key={index} client={client} state={state} />)}
      <Screen client={client} state={state} record={record.current} />
      <ScreenReader state={state} />
    </FeaturesContext.Provider>
  );
}

function Screen({ client, state, record }: ScreenProps & { record: VisitRecord }) {
  const features = useFeatures();
  const declined = useRef(false);
  // Asking again happens on the same screen.
  declined.current = state.phase === 'declined' || (declined.current && state.phase === 'joining');
  const phase = declined.current ? 'declined' : state.phase;
  const FeatureScreen = features.map(({ screens }) => screens?.[phase]).find((screen) => screen);
  if (FeatureScreen) return <FeatureScreen key={phase} client={client} state={state} />;
  switch (phase) {
    case 'early':
      return <NotOpenYetScreen key="early" client={client} state={state} />;
    case 'ready':
    case 'joining':
      return <Preparation key="prejoin" client={client} state={state} />;
    case 'elsewhere':
      return <JoinedElsewhereScreen key="elsewhere" client={client} />;
    case 'joined':
      if (JOINED.value) return <JOINED.value key="joined" client={client} state={state} />;
      break;
    case 'left':
      return <LeftScreen key="left" client={client} state={state} record={record} />;
    case 'ended':
      return <EndedScreen key="ended" client={client} state={state} record={record} />;
    case 'replaced':
      return <ErrorScreen key="replaced" client={client} code="replaced" />;
    case 'failed':
      return <ErrorScreen key="failed" client={client} code={state.error?.code ?? 'internal_error'} />;
  }
  // The visit, or the part of the page that shows it, is being loaded.
  return <Message key="loading" title={t('loading.title')} busy />;
}

/** The preview, or the page about a camera and microphone that both fail. */
function Preparation({ client, state }: ScreenProps) {
  const [skipped, setSkipped] = useState(false);
  const shown = useRef<MediaErrorCode | null>(null);
  const busy = state.local.camera.busy || state.local.microphone.busy;
  // The page stays during another attempt, so that it doesn't flicker.
  const code = mediaBlocked(state.local) ?? (busy ? shown.current : null);
  useEffect(() => {
    shown.current = code;
  }, [code]);
  if (code === null || skipped || state.phase !== 'ready') return <Prejoin client={client} state={state} />;
  return <MediaScreen client={client} code={code} busy={busy} onSkip={() => setSkipped(true)} />;
}
