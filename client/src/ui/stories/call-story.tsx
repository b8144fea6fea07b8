import { render } from 'preact';
import { setLanguage, direction } from '../../locales/index.ts';
import { ScreenReader } from '../app/screen-reader.tsx';
import { Call } from '../screens/call.tsx';
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/prejoin.css';
import '../styles/call.css';
import '../features/announcements/announcements.css';
import '../styles/language.css';
import { FakeClient } from './call-client.ts';
import { scene } from './call-scenes.ts';
import { useVisit } from '../hooks/visit.ts';

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
  }),
);
window.__story = client;

function Story() {
  const visit = client.asVisitClient();
  const state = useVisit(visit);
  return (
    <>
      <Call client={visit} state={state} />
      <ScreenReader state={state} />
    </>
  );
}

const root = document.getElementById('app');
if (root) {
  await setLanguage(query.get('language') ?? 'en');
  document.documentElement.dir = direction();
  render(<Story />, root);
}
