import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../locales/index.ts';
import { mediaBlocked, type MediaErrorCode, type VisitClient, type VisitState } from '../sdk/index.ts';
import { Announcements, useAnnouncementSound } from './components/announcements.tsx';
import { Announcer } from './components/announcer.tsx';
import { useArrival } from './arrival.ts';
import { useVisit } from './hooks.ts';
import { readyPlayers } from './players.ts';
import { Call } from './screens/call.tsx';
import { FirstPicture, firstPicture } from './screens/first-picture.tsx';
import { ElsewhereScreen } from './screens/elsewhere.tsx';
import { EndedScreen, LeftScreen } from './screens/after.tsx';
import { DeclinedScreen } from './screens/declined.tsx';
import { EarlyScreen } from './screens/early.tsx';
import { ErrorScreen, MediaScreen, Message } from './screens/message.tsx';
import { Prejoin } from './screens/prejoin.tsx';
import { WaitingScreen } from './screens/waiting.tsx';
import { NO_RECORD, recorded, type VisitRecord } from './visit-record.ts';

/** Shows the screen that the visit's state asks for. */
export function App({ client }: { client: VisitClient }) {
  const state = useVisit(client);
  const record = useRef(NO_RECORD);
  record.current = recorded(record.current, state, Date.now());
  useArrival(state);
  useAnnouncementSound(state);
  useLayoutEffect(() => readyPlayers(state.tracks), [state.tracks]);
  return (
    <>
      {state.phase !== 'joined' && <Announcements client={client} state={state} />}
      <Screen client={client} state={state} record={record.current} />
      <Announcer state={state} />
    </>
  );
}

interface ScreenProps {
  client: VisitClient;
  state: VisitState;
  record: VisitRecord;
}

function Screen({ client, state, record }: ScreenProps) {
  const declined = useRef(false);
  // Asking again is done in front of the same screen.
  declined.current = state.phase === 'declined' || (declined.current && state.phase === 'joining');
  if (declined.current) return <DeclinedScreen key="declined" client={client} state={state} />;
  switch (state.phase) {
    case 'loading':
      return <Message key="loading" title={t('loading.title')} busy />;
    case 'early':
      return <EarlyScreen key="early" client={client} state={state} />;
    case 'ready':
    case 'joining':
      return <Preparation key="prejoin" client={client} state={state} />;
    case 'declined':
      return <DeclinedScreen key="declined" client={client} state={state} />;
    case 'elsewhere':
      return <ElsewhereScreen key="elsewhere" client={client} />;
    case 'waiting':
      return <WaitingScreen key="waiting" client={client} state={state} />;
    case 'joined':
      return <Joined key="joined" client={client} state={state} />;
    case 'left':
      return <LeftScreen key="left" client={client} state={state} record={record} />;
    case 'ended':
      return <EndedScreen key="ended" client={client} state={state} record={record} />;
    case 'replaced':
      return <ErrorScreen key="replaced" client={client} code="replaced" />;
    case 'failed':
      return <ErrorScreen key="failed" client={client} code={state.error?.code ?? 'internal_error'} />;
  }
}

/** How long the call waits for the first picture, in milliseconds. */
const PICTURE_PATIENCE_MS = 250;

/** The call; before it, for a moment, nothing but the picture of the one person who is there. */
function Joined({ client, state }: { client: VisitClient; state: VisitState }) {
  const [built, setBuilt] = useState(() => firstPicture(state) === null);
  useEffect(() => {
    const timer = setTimeout(() => setBuilt(true), PICTURE_PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  const first = firstPicture(state);
  if (built || !first) return <Call client={client} state={state} />;
  const onShown = () => {
    client.reportFirstFrame();
    setBuilt(true);
  };
  return <FirstPicture {...first} onShown={onShown} />;
}

/** The preview, or the page about a camera and microphone that both don't work. */
function Preparation({ client, state }: { client: VisitClient; state: VisitState }) {
  const [skipped, setSkipped] = useState(false);
  const shown = useRef<MediaErrorCode | null>(null);
  const busy = state.local.camera.busy || state.local.microphone.busy;
  // While another try runs the page stays, so that it doesn't flicker.
  const code = mediaBlocked(state.local) ?? (busy ? shown.current : null);
  useEffect(() => {
    shown.current = code;
  }, [code]);
  if (code === null || skipped || state.phase !== 'ready') return <Prejoin client={client} state={state} />;
  return <MediaScreen client={client} code={code} busy={busy} onSkip={() => setSkipped(true)} />;
}
