import { render } from 'preact';
import { setLanguage } from '../../locales/index.ts';
import { LanguageChoice } from '../../locales/language-choice.ts';
import { VisitClient } from '../../sdk/index.ts';
import { parsePlayerLink } from '../features/recording-player/player-link.ts';
import { browserStorage } from '../hooks/browser-storage.ts';
import { labelDocument } from '../hooks/language.ts';
import { Landing, Page, RecordingPage } from './app.tsx';
import { parseJoinLink } from './join-link.ts';
import './styles.ts';

declare global {
  interface Window {
    /** The client, for tests and for support in the browser's console. */
    __televisit?: { readonly client: VisitClient };
  }
}

async function start(root: HTMLElement): Promise<void> {
  const choice = new LanguageChoice(
    browserStorage(() => localStorage),
    () => navigator.languages,
  );
  labelDocument(document);
  // On failure the page stays in English.
  const spoken = setLanguage(choice.tagFor(null)).catch(() => undefined);
  const recording = parsePlayerLink(location.href);
  if (recording) {
    await spoken;
    render(<RecordingPage link={recording} choice={choice} />, root);
    return;
  }
  const link = parseJoinLink(location.href);
  if (!link) {
    await spoken;
    render(<Landing choice={choice} />, root);
    return;
  }
  // Removes the token from the address before any other code can read it.
  history.replaceState(null, '', link.cleanPath);
  const client = new VisitClient({
    sessionId: link.sessionId,
    token: link.token,
    baseUrl: link.baseUrl,
    sessionStorage: browserStorage(() => sessionStorage),
    localStorage: browserStorage(() => localStorage),
  });
  window.__televisit = { client };
  // The others see at once that this person is gone, without the grace period of a lost connection.
  addEventListener('pagehide', () => client.close());
  addEventListener('pageshow', (event) => {
    // A page restored from the browser's cache has a closed client.
    if (event.persisted) location.reload();
  });
  if (parent !== window) void import('./embedding.ts').then(({ Embedding }) => Embedding.open(client, link));
  client.start();
  await spoken;
  render(<Page client={client} choice={choice} />, root);
}

const root = document.getElementById('app');
if (root) void start(root);
