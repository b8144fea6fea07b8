import { render } from 'preact';
import { t } from '../locales/index.ts';
import { VisitClient } from '../sdk/index.ts';
import { App } from './app.tsx';
import { parseJoinLink } from './join-link.ts';
import { Message } from './screens/message.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/prejoin.css';
import './styles/call.css';
import './styles/message.css';
import './styles/waiting.css';
import './styles/feedback.css';

declare global {
  interface Window {
    /** For tests and for support at the browser's console: the client with its state, `stats()` and `metrics`. */
    __televisit?: { readonly client: VisitClient };
  }
}

/** A browser that blocks storage throws at the mere mention of it. */
function storage(of: () => Storage): Storage | null {
  try {
    return of();
  } catch {
    return null;
  }
}

function start(root: HTMLElement): void {
  const link = parseJoinLink(location.href);
  if (!link) {
    render(<Message title={t('landing.title')} text={t('landing.text')} testId="landing" />, root);
    return;
  }
  // The token leaves the address before anything else can see it.
  history.replaceState(null, '', link.cleanPath);
  const client = new VisitClient({
    sessionId: link.sessionId,
    token: link.token,
    sessionStorage: storage(() => sessionStorage),
    localStorage: storage(() => localStorage),
  });
  window.__televisit = { client };
  // The others see at once that this page is gone, rather than after the grace of a lost connection.
  addEventListener('pagehide', () => client.close());
  addEventListener('pageshow', (event) => {
    // A page that the browser kept comes back with a closed client.
    if (event.persisted) location.reload();
  });
  render(<App client={client} />, root);
  client.start();
}

const root = document.getElementById('app');
if (root) start(root);
