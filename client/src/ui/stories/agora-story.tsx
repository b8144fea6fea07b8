import { permissionsOf } from '@televisit/shared/vocabulary';
import { render } from 'preact';
import { direction, setLanguage } from '../../locales/index.ts';
import { ScreenReader } from '../app/screen-reader.tsx';
import { AgoraCall } from '../features/meeting/agora/agora-call.tsx';
import { loadAgoraSdk } from '../features/meeting/agora/load-agora-sdk.ts';
import { INITIAL_STATE } from '../testing/fakes.ts';
import { agoraScene, PEOPLE } from './agora-scenes.ts';
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
// The scene `real` has Agora's own SDK.
const loadSdk = scene === 'real' ? loadAgoraSdk : agoraScene(scene);

function Story() {
  return (
    <>
      <AgoraCall
        credentials={credentials}
        self={self}
        people={PEOPLE}
        onLeft={() => (document.body.dataset.left = 'true')}
        loadSdk={loadSdk}
      />
      <ScreenReader state={INITIAL_STATE} />
    </>
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
