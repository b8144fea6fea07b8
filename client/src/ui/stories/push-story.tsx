import { permissionsOf } from '@televisit/shared/vocabulary';
import { render } from 'preact';
import { direction, setLanguage } from '../../locales/index.ts';
import { waitingRoom } from '../features/waiting-room/index.tsx';
import { useVisit } from '../hooks/visit.ts';
import { PrejoinHeading } from '../screens/prejoin/prejoin.tsx';
import { DEFAULT_OPTIONS } from '../testing/fakes.ts';
import { FakeClient } from './call-client.ts';
import '../app/styles.ts';

const query = new URLSearchParams(location.search);
const scene = query.get('scene') ?? 'off';
const language = query.get('language') ?? 'en';
const SESSION = 's';

/** What the browser answers when the person presses the button. */
const PERMISSIONS: Readonly<Record<string, NotificationPermission>> = {
  blocked: 'denied',
  failed: 'granted',
};

const permission = PERMISSIONS[scene] ?? 'granted';
Object.defineProperty(Notification, 'permission', { get: () => permission });
// The scene `asking` stays as it is.
Notification.requestPermission = () =>
  scene === 'asking' ? new Promise(() => undefined) : Promise.resolve(permission);
if (scene === 'failed') {
  navigator.serviceWorker.register = () => Promise.reject(new Error('The push service cannot be reached.'));
}
if (scene === 'on') sessionStorage.setItem(`televisit.push.${SESSION}`, 'on');
else sessionStorage.clear();

const now = Date.now();
const client = new FakeClient({
  phase: 'ready',
  connection: 'connected',
  self: { userId: 'me', role: 'patient', displayName: 'Ana Pérez', permissions: permissionsOf('patient') },
  session: {
    sessionId: SESSION,
    roomName: 'r',
    sfuNodeId: 'n',
    provider: 'sfu',
    title: 'Follow-up after surgery',
    description: null,
    scheduledAt: new Date(now).toISOString(),
    durationMinutes: 30,
    closesAt: new Date(now + 3_600_000).toISOString(),
    options: { ...DEFAULT_OPTIONS, waitingRoom: 'admit' },
    people: [],
    hostNotes: null,
    returnUrl: null,
    pushKey: 'B'.repeat(87),
  },
});

function Story() {
  const visit = client.asVisitClient();
  const state = useVisit(visit);
  const { Banner } = waitingRoom;
  return (
    <main class="prejoin">
      <PrejoinHeading state={state} />
      {Banner && <Banner client={visit} state={state} />}
    </main>
  );
}

async function show(root: HTMLElement): Promise<void> {
  await setLanguage(language);
  document.documentElement.dir = direction();
  document.documentElement.lang = language;
  render(<Story />, root);
  // All scenes but these two follow a press of the button.
  if (scene !== 'off' && scene !== 'on') {
    requestAnimationFrame(() => root.querySelector<HTMLButtonElement>('.push-offer button')?.click());
  }
}

const root = document.getElementById('app');
if (root) void show(root);
