import { render } from 'preact';
import { setLanguage } from '../../locales/index.ts';
import { LanguageChoice } from '../../locales/language-choice.ts';
import { VisitClient } from '../../sdk/index.ts';
import { parseJoinLink } from './join-link.ts';
import { labelDocument } from '../hooks/language.ts';
import { Landing, Page } from './page.tsx';
import './styles.ts';
import { browserStorage } from '../hooks/browser-storage.ts';

declare global {
  interface Window {
    /** For tests and for support at the browser's console: the client with its state, `stats()` and `metrics`. */
    __televisit?: { readonly client: VisitClient };
  }
}

async function start(root: HTMLElement): Promise<void> {
  const choice = new LanguageChoice(
    browserStorage(() => localStorage),
    () => navigator.languages,
  );
  labelDocument(document);
  // English is always there.
  const spoken = setLanguage(choice.tagFor(null)).catch(() => undefined);
  const link = parseJoinLink(location.href);
  if (!link) {
    await spoken;
    render(<Landing choice={choice} />, root);
    return;
  }
  // The token leaves the address before anything else can see it.
  history.replaceState(null, '', link.cleanPath);
  const client = new VisitClient({
    sessionId: link.sessionId,
    token: link.token,
    sessionStorage: browserStorage(() => sessionStorage),
    localStorage: browserStorage(() => localStorage),
  });
  window.__televisit = { client };
  // The others see at once that this page is gone, rather than after the grace of a lost connection.
  addEventListener('pagehide', () => client.close());
  addEventListener('pageshow', (event) => {
    // A page that the browser kept comes back with a closed client.
    if (event.persisted) location.reload();
  });
  client.start();
  await spoken;
  render(<Page client={client} choice={choice} />, root);
}

const root = document.getElementById('app');
if (root) void start(root);
