import { render } from 'preact';
import { loadMessages, setLanguage } from '../locales/index.ts';
import { LanguageChoice } from '../locales/language-choice.ts';
import { browserStorage } from '../ui/hooks/browser-storage.ts';
import { labelDocument } from '../ui/hooks/language.ts';
import { parseAddress } from './address.ts';
import { ConsoleApi } from './api.ts';
import { ConsoleApp } from './app.tsx';
import { isEnd, Login } from './login.ts';
import '../ui/styles/tokens.css';
import '../ui/styles/base.css';
import '../ui/styles/language.css';
import '../ui/styles/message.css';
import './console.css';
import './tables.css';

/** The view to return to after a login that leaves this page. */
const RETURN_KEY = 'televisit:console:return';

async function start(root: HTMLElement): Promise<void> {
  const { baseUrl, code, error, cleanPath } = parseAddress(location.href);
  const memory = browserStorage(() => sessionStorage);
  if (code !== null || error !== null || location.pathname !== cleanPath) {
    // Removes the code from the address before any other code can read it.
    history.replaceState(null, '', cleanPath + (code === null ? location.hash : ''));
  }
  if (location.hash === '') {
    history.replaceState(null, '', cleanPath + kept(memory));
  }
  const choice = new LanguageChoice(
    browserStorage(() => localStorage),
    () => navigator.languages,
  );
  labelDocument(document);
  const api = new ConsoleApi(baseUrl, fetch.bind(window));
  const login = new Login(api);
  api.onLoggedOut = () => login.ended('expired');
  login.subscribe(() => {
    const { state } = login;
    if (state.step === 'in') keep(memory, '');
    // The operator may log in by opening a link in this window.
    if (state.step === 'out' && isEnd(state.reason)) {
      keep(memory, state.reason === 'logged_out' ? '' : location.hash);
    }
  });
  const started = login.start(code, error);
  // On failure the page stays in English.
  await setLanguage(choice.tagFor(null))
    .then(loadMessages)
    .catch(() => undefined);
  await Promise.race([started, nextFrame()]);
  const leave = () => {
    keep(memory, location.hash);
    location.assign(api.oidcAddress);
  };
  render(<ConsoleApp api={api} login={login} choice={choice} onOidc={leave} />, root);
}

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** Returns the fragment of the view to return to; empty without one. */
function kept(memory: Pick<Storage, 'getItem'> | null): string {
  try {
    const fragment = memory?.getItem(RETURN_KEY) ?? '';
    return fragment.startsWith('#') ? fragment : '';
  } catch {
    return '';
  }
}

function keep(memory: Pick<Storage, 'setItem'> | null, fragment: string): void {
  try {
    memory?.setItem(RETURN_KEY, fragment);
  } catch {
    // The operator then begins at the overview.
  }
}

const root = document.getElementById('app');
if (root) void start(root);
