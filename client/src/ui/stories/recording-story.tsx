import { permissionsOf } from '@televisit/shared/vocabulary';
import { render } from 'preact';
import { LanguageChoice } from '../../locales/language-choice.ts';
import { direction, setLanguage } from '../../locales/index.ts';
import { ScreenReader } from '../app/screen-reader.tsx';
import { captions } from '../features/captions/index.tsx';
import { recording } from '../features/recording/index.tsx';
import { WaitingScreen } from '../features/waiting-room/waiting-screen.tsx';
import { FeaturesContext } from '../hooks/features.ts';
import { LanguageContext } from '../hooks/language.ts';
import { useVisit } from '../hooks/visit.ts';
import { Prejoin } from '../screens/prejoin/prejoin.tsx';
import { DEFAULT_OPTIONS, INITIAL_STATE } from '../testing/fakes.ts';
import { FakeClient } from './call-client.ts';
import { captionsIn } from './caption-scenes.ts';
import { recordingIn } from './call-scenes.ts';
import { paintedTrack } from './painted-tracks.ts';
import '../app/styles.ts';
import '../features/waiting-room/waiting-room.css';

const query = new URLSearchParams(location.search);
const language = query.get('language') ?? 'en';
const waits = query.has('waiting');
const view = recordingIn(query);
const captioned = captionsIn(query);
const now = Date.now();
const self = { userId: 'me', role: 'patient', displayName: 'Ana Pérez' } as const;
const host = { userId: 'doctor', role: 'doctor', displayName: 'Dr. Marie Keller' } as const;

const client = new FakeClient({
  phase: waits ? 'waiting' : 'ready',
  connection: 'connected',
  self: { ...self, permissions: permissionsOf('patient') },
  session: {
    sessionId: 's',
    roomName: 'r',
    sfuNodeId: 'n',
    provider: 'sfu',
    title: 'Follow-up after surgery',
    description: null,
    scheduledAt: new Date(now).toISOString(),
    durationMinutes: 30,
    closesAt: new Date(now + 3_600_000).toISOString(),
    options: { ...DEFAULT_OPTIONS, waitingRoom: 'admit', recording: view?.mode ?? 'off' },
    people: [self, host],
    hostNotes: null,
    returnUrl: null,
  },
  waiting: waits ? { since: now - 120_000, hostPresent: true, needsAdmission: true, messages: [] } : null,
  recording: view,
  ...(captioned && { captions: captioned }),
  local: {
    ...INITIAL_STATE.local,
    camera: { state: 'on', track: paintedTrack(1, 640, 360, 'person'), problem: null, busy: false },
  },
});

function Story() {
  const visit = client.asVisitClient();
  const state = useVisit(visit);
  const Screen = waits ? WaitingScreen : Prejoin;
  return (
    <LanguageContext.Provider value={new LanguageChoice(null, () => [language])}>
      <FeaturesContext.Provider value={[recording, captions]}>
        <Screen client={visit} state={state} />
        <ScreenReader state={state} />
      </FeaturesContext.Provider>
    </LanguageContext.Provider>
  );
}

/** No top-level await: the chunks of features may import this one, and would wait for it forever. */
async function show(root: HTMLElement): Promise<void> {
  window.__story = client;
  await setLanguage(language);
  document.documentElement.dir = direction();
  render(<Story />, root);
}

const root = document.getElementById('app');
if (root) void show(root);
