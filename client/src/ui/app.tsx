import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../locales/index.ts';
import { mediaBlocked, type MediaErrorCode, type VisitClient, type VisitState } from '../sdk/index.ts';
import { Announcer } from './components/announcer.tsx';
import { useVisit } from './hooks.ts';
import { Call } from './screens/call.tsx';
import { EarlyScreen } from './screens/early.tsx';
import { EndedScreen, ErrorScreen, LeftScreen, MediaScreen, Message } from './screens/message.tsx';
import { Prejoin } from './screens/prejoin.tsx';

/** Shows the screen that the visit's state asks for. */
export function App({ client }: { client: VisitClient }) {
  const state = useVisit(client);
  return (
    <>
      <Screen client={client} state={state} />
      <Announcer state={state} />
    </>
  );
}

function Screen({ client, state }: { client: VisitClient; state: VisitState }) {
  switch (state.phase) {
    case 'loading':
      return <Message key="loading" title={t('loading.title')} busy />;
    case 'early':
      return <EarlyScreen key="early" client={client} state={state} />;
    case 'ready':
    case 'joining':
      return <Preparation key="prejoin" client={client} state={state} />;
    case 'joined':
      return <Call key="call" client={client} state={state} />;
    case 'left':
      return <LeftScreen key="left" client={client} />;
    case 'ended':
      return <EndedScreen key="ended" client={client} state={state} />;
    case 'replaced':
      return <ErrorScreen key="replaced" client={client} code="replaced" />;
    case 'failed':
      return <ErrorScreen key="failed" client={client} code={state.error?.code ?? 'internal_error'} />;
  }
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
