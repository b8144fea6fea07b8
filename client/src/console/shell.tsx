import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { LanguageMenu } from '../ui/components/language-menu.tsx';
import { LeaveIcon } from '../ui/components/icons.tsx';
import { useLanguage } from '../ui/hooks/language.ts';
import { useSaid } from '../ui/hooks/speech.ts';
import { ConsoleError } from './api.ts';
import { useConsole } from './context.ts';
import { zonedMoment, zoneName } from './format.ts';
import type { LiveState } from './live.ts';
import { reasonOf, ViewLink } from './parts.tsx';
import { fragmentOf, type Route } from './routing.ts';
import { t } from './texts.ts';

interface Props {
  readonly route: Route;
  readonly onLogout: () => Promise<void>;
  readonly children: ComponentChildren;
}

/** The frame of every view: navigation, search, whether it is live, and the login. */
export function Shell({ route, onLogout, children }: Props) {
  useLanguage();
  return (
    <>
      <header class="bar">
        <ViewLink to={{ view: 'overview' }} class="brand">
          {t('console.title')}
        </ViewLink>
        <Navigation route={route} />
        <SearchForm key={route.view === 'search' ? route.text : ''} route={route} />
        <LiveSign />
        <Account onLogout={onLogout} />
      </header>
      <main class="view" data-testid="view" data-view={route.view}>
        {children}
      </main>
      <footer class="foot">
        <p>{t('console.times', { zone: zoneName(Date.now()) })}</p>
        <LanguageMenu />
      </footer>
      <Spoken />
    </>
  );
}

function Navigation({ route: { view } }: { route: Route }) {
  return (
    <nav class="nav" aria-label={t('console.nav')}>
      <ViewLink to={{ view: 'overview' }} current={view === 'overview'}>
        {t('console.overview')}
      </ViewLink>
      <ViewLink to={{ view: 'sessions', filters: {} }} current={view === 'sessions'}>
        {t('console.visits')}
      </ViewLink>
      <ViewLink to={{ view: 'refused', filters: {} }} current={view === 'refused'}>
        {t('console.refused')}
      </ViewLink>
    </nav>
  );
}

function SearchForm({ route }: { route: Route }) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const text = input.current?.value.trim() ?? '';
        location.hash = fragmentOf({ view: 'search', text });
      }}
    >
      <label class="visually-hidden" for={id}>
        {t('console.search.label')}
      </label>
      <input
        ref={input}
        id={id}
        type="search"
        dir="auto"
        autocomplete="off"
        spellcheck={false}
        placeholder={t('console.search.label')}
        defaultValue={route.view === 'search' ? route.text : ''}
        data-testid="search"
      />
    </form>
  );
}

/** Whether the view follows the server. Losing that is no alarm: the view is read again every few seconds meanwhile. */
function LiveSign() {
  const { live } = useConsole();
  const [state, setState] = useState<LiveState>(live.state);
  useEffect(() => {
    setState(live.state);
    return live.onState(setState);
  }, [live]);
  return (
    <p class={`live live-${state}`} role="status" data-testid="live" data-state={state}>
      {t(`console.live.${state}`)}
    </p>
  );
}

function Account({ onLogout }: { onLogout: () => Promise<void> }) {
  const { session } = useConsole();
  const [problem, setProblem] = useState<ConsoleError | null>(null);
  const until = t('console.account.until', { time: zonedMoment(session.expiresAt) });
  return (
    <div class="account" role="group" aria-label={t('console.account')}>
      <p class="account-name" title={until}>
        <bdi>{session.label}</bdi>
        <span class="soft" data-testid="role">
          {t(`console.role.${session.role}`)}
        </span>
      </p>
      <button
        type="button"
        class="button button-small button-quiet"
        data-testid="logout"
        onClick={() => {
          setProblem(null);
          onLogout().catch((error: unknown) => setProblem(ConsoleError.from(error)));
        }}
      >
        <LeaveIcon />
        {t('console.logout')}
      </button>
      {problem && (
        <p class="notice" role="alert">
          {t('console.logoutFailed', { reason: reasonOf(problem) })}
        </p>
      )}
    </div>
  );
}

/** What screen readers say about changes. */
function Spoken() {
  const said = useSaid();
  return (
    <div class="visually-hidden" aria-live="polite" data-testid="said">
      {said.map(({ number, text }) => (
        <p key={number}>{text}</p>
      ))}
    </div>
  );
}
