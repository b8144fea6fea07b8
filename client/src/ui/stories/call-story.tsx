import { render } from 'preact';
import { direction, setLanguage } from '../../locales/index.ts';
import { ScreenReader } from '../app/screen-reader.tsx';
import type { UiFeature } from '../features/feature.ts';
import { FEATURES } from '../features/index.ts';
import { FeaturesContext } from '../hooks/features.ts';
import { useVisit } from '../hooks/visit.ts';
import { Call } from '../screens/call.tsx';
import { FakeClient } from './call-client.ts';
import { captionsIn } from './caption-scenes.ts';
import { recordingIn, scene } from './call-scenes.ts';
import '../app/styles.ts';

declare global {
  interface Window {
    __story?: FakeClient;
  }
}

const query = new URLSearchParams(location.search);
const number = (name: string, standard: number) => Number(query.get(name) ?? standard);

const client = new FakeClient(
  scene({
    others: number('others', 1),
    role: query.get('role') === 'patient' ? 'patient' : 'doctor',
    share: query.has('share'),
    waiting: number('waiting', 0),
    messages: query.has('messages'),
    minutes: number('minutes', 12),
    troubles: query.has('troubles'),
    recording: recordingIn(query),
    captions: captionsIn(query),
  }),
);
window.__story = client;

function Story({ features }: { features: readonly UiFeature[] }) {
  const visit = client.asVisitClient();
  const state = useVisit(visit);
  return (
    <FeaturesContext.Provider value={features}>
      <Call client={visit} state={state} />
      <ScreenReader state={state} />
    </FeaturesContext.Provider>
  );
}

/** No top-level await: the chunks of features may import this one, and would wait for it forever. */
async function show(root: HTMLElement): Promise<void> {
  const enabled = FEATURES.filter(({ isEnabled }) => isEnabled(client.getState()));
  const features = await Promise.all(enabled.map(({ load }) => load()));
  await setLanguage(query.get('language') ?? 'en');
  document.documentElement.dir = direction();
  render(<Story features={features} />, root);
}

const root = document.getElementById('app');
if (root) void show(root);
