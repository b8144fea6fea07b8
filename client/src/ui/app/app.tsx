import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../locales/index.ts';
import { mediaBlocked, type MediaErrorCode, type VisitClient, type VisitState } from '../../sdk/index.ts';
import { Announcements, useAnnouncementSound } from '../features/announcements/announcements.tsx';
import { ScreenReader } from './screen-reader.tsx';
import { useAdmissionAlert } from './admission-alert.ts';
import { prepareVideoElements } from '../stage/video-element-pool.ts';
import { Call } from '../screens/call.tsx';
import { FirstFrame, firstFrame } from '../screens/first-frame.tsx';
import { JoinedElsewhereScreen } from '../screens/joined-elsewhere.tsx';
import { EndedScreen, LeftScreen } from '../screens/call-ended.tsx';
import { DeclinedScreen } from '../features/waiting-room/declined-screen.tsx';
import { NotOpenYetScreen } from '../screens/not-open-yet.tsx';
import { Message } from '../screens/message.tsx';
import { Prejoin } from '../screens/prejoin/prejoin.tsx';
import { WaitingScreen } from '../features/waiting-room/waiting-screen.tsx';
import { NO_RECORD, recorded, type VisitRecord } from '../screens/visit-record.ts';
import { useVisit } from '../hooks/visit.ts';
import { ErrorScreen, MediaScreen } from '../screens/error-screens.tsx';

/** Shows the screen that the visit's state asks for. */
export function App({ client }: { client: VisitClient }) {
  const state = useVisit(client);
  const record = useRef(NO_RECORD);
  record.current = recorded(record.current, state, Date.now());
  useAdmissionAlert(state);
  useAnnouncementSound(state);
  useLayoutEffect(() => prepareVideoElements(state.tracks), [state.tracks]);
  return (
    <>
      {state.phase !== 'joined' && <Announcements client={client} state={state} />}
      <Screen client={client} state={state} record={record.current} />
      <ScreenReader state={state} />
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
      return <NotOpenYetScreen key="early" client={client} state={state} />;
    case 'ready':
    case 'joining':
      return <Preparation key="prejoin" client={client} state={state} />;
    case 'declined':
      return <DeclinedScreen key="declined" client={client} state={state} />;
    case 'elsewhere':
      return <JoinedElsewhereScreen key="elsewhere" client={client} />;
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
  const [built, setBuilt] = useState(() => firstFrame(state) === null);
  useEffect(() => {
    const timer = setTimeout(() => setBuilt(true), PICTURE_PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  const first = firstFrame(state);
  if (built || !first) return <Call client={client} state={state} />;
  const onShown = () => {
    client.reportFirstFrame();
    setBuilt(true);
  };
  return <FirstFrame {...first} onShown={onShown} />;
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
