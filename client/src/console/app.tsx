import { useEffect, useMemo, useState } from 'preact/hooks';
import type { LanguageChoice } from '../locales/language-choice.ts';
import { LanguageContext, useLanguage } from '../ui/hooks/language.ts';
import { useHeadingFocus } from '../ui/hooks/focus.ts';
import { Message } from '../ui/screens/message.tsx';
import type { ConsoleSession } from '@televisit/shared/console';
import type { ConsoleApi } from './api.ts';
import { ConsoleContext } from './context.ts';
import { DetailView } from './detail.tsx';
import { useIdle } from './idle.ts';
import { Live } from './live.ts';
import type { Login } from './login.ts';
import { LoginView } from './login-view.tsx';
import { Overview } from './overview.tsx';
import { ViewLink } from './parts.tsx';
import { RefusedView } from './refused.tsx';
import { useRoute, type Route } from './routing.ts';
import { SearchView } from './search.tsx';
import { Shell } from './shell.tsx';
import { t } from './texts.ts';
import { VisitsView } from './visits.tsx';

interface Props {
  readonly api: ConsoleApi;
  readonly login: Login;
  readonly choice: LanguageChoice;
  /** Leads to the identity provider, and back to the current view. */
  readonly onOidc: () => void;
}

/** The console: the login, or the view of the address. */
export function ConsoleApp({ api, login, choice, onOidc }: Props) {
  const language = useLanguage();
  const [state, setState] = useState(login.state);
  const route = useRoute();
  useEffect(() => {
    const update = () => setState(login.state);
    update();
    return login.subscribe(update);
  }, [login]);
  const title = state.step === 'in' ? t('console.tab', { view: titleOf(route) }) : t('console.title');
  useEffect(() => {
    document.title = title;
  }, [title, language]);
  return (
    <LanguageContext.Provider value={choice}>
      {state.step === 'checking' && <Message title={t('console.loading')} busy />}
      {state.step === 'out' && <LoginView key={state.reason} login={login} state={state} onOidc={onOidc} />}
      {state.step === 'in' && <LoggedIn api={api} login={login} session={state.session} route={route} />}
    </LanguageContext.Provider>
  );
}

interface LoggedInProps extends Pick<Props, 'api' | 'login'> {
  readonly session: ConsoleSession;
  readonly route: Route;
}

function LoggedIn({ api, login, session, route }: LoggedInProps) {
  const live = useMemo(
    () =>
      new Live({
        open: () => new EventSource(api.eventsAddress),
        onRefused: () => void login.check(),
        onLoggedOut: (reason) => login.ended(reason),
      }),
    [api, login],
  );
  useEffect(() => {
    live.start();
    return () => live.close();
  }, [live]);
  useIdle(session.idleSeconds, () => void login.logout('idle').catch(() => login.ended('idle')));
  useExpiry(session.expiresAt, () => void login.check());
  const parts = useMemo(() => ({ api, live, session }), [api, live, session]);
  return (
    <ConsoleContext.Provider value={parts}>
      <Shell route={route} onLogout={() => login.logout('logged_out')}>
        <View route={route} />
      </Shell>
    </ConsoleContext.Provider>
  );
}

/** A view is a new one, whose heading gets the focus, unless only its filters change. */
function View({ route }: { route: Route }) {
  switch (route.view) {
    case 'overview':
      return <Overview key="overview" />;
    case 'sessions':
      return <VisitsView key="sessions" filters={route.filters} />;
    case 'refused':
      return <RefusedView key="refused" filters={route.filters} />;
    case 'session':
      return <DetailView key={`session ${route.sessionId}`} sessionId={route.sessionId} />;
    case 'search':
      return <SearchView key={`search ${route.text}`} text={route.text} />;
    case 'unknown':
      return <UnknownView key="unknown" />;
  }
}

function titleOf(route: Route): string {
  switch (route.view) {
    case 'overview':
      return t('console.overview');
    case 'sessions':
      return t('console.visits');
    case 'refused':
      return t('console.refused');
    case 'session':
      return `${t('console.visit')} ${route.sessionId}`;
    case 'search':
      return route.text === '' ? t('console.search') : t('console.search.title', { text: route.text });
    case 'unknown':
      return t('console.unknown.title');
  }
}

function UnknownView() {
  const heading = useHeadingFocus();
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        {t('console.unknown.title')}
      </h1>
      <p>
        {t('console.unknown.text')} <ViewLink to={{ view: 'overview' }}>{t('console.unknown.back')}</ViewLink>
      </p>
    </>
  );
}

/** The longest delay of a timer in browsers, in milliseconds. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Calls `onExpiry` when a login ends. @param expiresAt RFC 3339 */
function useExpiry(expiresAt: string, onExpiry: () => void): void {
  useEffect(() => {
    const delay = Math.max(1_000, Date.parse(expiresAt) - Date.now() + 1_000);
    const timer = setTimeout(onExpiry, Math.min(delay, MAX_DELAY_MS));
    return () => clearTimeout(timer);
  }, [expiresAt]);
}
