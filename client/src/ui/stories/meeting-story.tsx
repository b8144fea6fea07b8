import { render } from 'preact';
import { direction, setLanguage } from '../../locales/index.ts';
import { LanguageChoice } from '../../locales/language-choice.ts';
import { ScreenReader } from '../app/screen-reader.tsx';
import { meeting } from '../features/meeting/index.tsx';
import { LanguageContext } from '../hooks/language.ts';
import { useVisit } from '../hooks/visit.ts';
import { FakeClient } from './call-client.ts';
import { meetingScene, openDevices } from './meeting-scenes.ts';
import '../app/styles.ts';

const query = new URLSearchParams(location.search);
const name = query.get('scene') ?? 'before';
const language = query.get('language') ?? 'en';
const choice = new LanguageChoice(null, () => [language]);

const client = new FakeClient(
  meetingScene({
    name,
    role: query.get('role') === 'doctor' ? 'doctor' : 'patient',
    provider: name === 'here' ? 'agora' : 'zoom',
  }),
);
client.retryMedia = () => {
  client.change({ local: openDevices() });
  return Promise.resolve();
};

function Story() {
  const visit = client.asVisitClient();
  const state = useVisit(visit);
  const Screen = meeting.screens?.meeting;
  return (
    <LanguageContext.Provider value={choice}>
      {Screen && <Screen client={visit} state={state} />}
      <ScreenReader state={state} />
    </LanguageContext.Provider>
  );
}

async function show(root: HTMLElement): Promise<void> {
  await setLanguage(language);
  document.documentElement.dir = direction();
  document.documentElement.lang = language;
  render(<Story />, root);
}

const root = document.getElementById('app');
if (root) void show(root);
