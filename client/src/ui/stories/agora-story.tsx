import { permissionsOf } from '@televisit/shared/vocabulary';
import { render } from 'preact';
import { direction, setLanguage } from '../../locales/index.ts';
import { ScreenReader } from '../app/screen-reader.tsx';
import { AgoraCall } from '../features/meeting/agora/agora-call.tsx';
import { FEATURES } from '../features/index.ts';
import { loadAgoraSdk } from '../features/meeting/agora/load-agora-sdk.ts';
import { FeaturesContext, useFeatureLoader } from '../hooks/features.ts';
import { useVisit } from '../hooks/visit.ts';
import { agoraScene, PEOPLE } from './agora-scenes.ts';
import { FakeClient } from './call-client.ts';
import '../app/styles.ts';

const query = new URLSearchParams(location.search);
const scene = query.get('scene') ?? 'two';
const watches = query.has('watches');

const role = watches ? 'observer' : 'doctor';
const self = {
  userId: 'me',
  role,
  displayName: 'Dr. Marie Keller',
  permissions: permissionsOf(role),
} as const;
const credentials = {
  appId: '0'.repeat(32),
  channel: 'visit_story',
  account: 'me',
  token: `007${'x'.repeat(60)}`,
  role: watches ? 'subscriber' : 'publisher',
};
const MINUTE = 60_000;
const client = new FakeClient({
  phase: 'meeting',
  self,
  startedAt: Date.now() - 12 * MINUTE,
  meeting: {
    provider: 'agora',
    readiness: 'ready',
    people: PEOPLE,
    strangers: 0,
    // The notice appears five minutes before, once the person has joined.
    closesAt: Date.now() + (scene === 'closing' ? 5.05 : 60) * MINUTE,
    stay: 'in',
    opening: { kind: 'open', entry: { kind: 'credentials', credentials } },
  },
});
// The scene `real` has Agora's own SDK.
const loadSdk = scene === 'real' ? loadAgoraSdk : agoraScene(scene);

function Story() {
  const visit = client.asVisitClient();
  const state = useVisit(visit);
  const features = useFeatureLoader(FEATURES, state);
  return (
    <FeaturesContext.Provider value={features}>
      <ScreenReader state={state} />
      {state.meeting && (
        <AgoraCall
          client={visit}
          state={state}
          meeting={state.meeting}
          credentials={credentials}
          self={self}
          onLeft={() => (document.body.dataset.left = 'true')}
          loadSdk={loadSdk}
        />
      )}
    </FeaturesContext.Provider>
  );
}

async function show(root: HTMLElement): Promise<void> {
  await setLanguage(query.get('language') ?? 'en');
  document.documentElement.dir = direction();
  document.documentElement.lang = query.get('language') ?? 'en';
  render(<Story />, root);
}

const root = document.getElementById('app');
if (root) void show(root);
