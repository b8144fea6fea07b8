import type { ConsoleSearchResult } from '@televisit/shared/console';
import { useHeadingFocus } from '../ui/hooks/focus.ts';
import { useConsole } from './context.ts';
import { Content } from './parts.tsx';
import { useResource } from './resource.ts';
import { t } from './texts.ts';
import { VisitTable } from './visits.tsx';

/** The most visits that a search finds. */
const MOST = 50;

/** What a search found. */
export function SearchView({ text }: { text: string }) {
  const heading = useHeadingFocus();
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        {text === '' ? t('console.search') : t('console.search.title', { text })}
      </h1>
      {text === '' ? <p class="empty">{t('console.search.empty')}</p> : <Found key={text} text={text} />}
    </>
  );
}

function Found({ text }: { text: string }) {
  const { api } = useConsole();
  const result = useResource<ConsoleSearchResult>(`search ${text}`, ['sessions'], (reading) =>
    api.search(text, reading),
  );
  return (
    <Content
      loaded={result}
      isEmpty={({ sessions }) => sessions.length === 0}
      empty={t('console.search.none')}
    >
      {({ matches, sessions }) => (
        <>
          {matches !== null && (
            <p class="about">
              {matches === 'user'
                ? t('console.search.user', { count: sessions.length })
                : t(`console.search.${matches}`)}{' '}
              {sessions.length >= MOST && t('console.search.most', { count: MOST })}
            </p>
          )}
          <VisitTable visits={sessions} />
        </>
      )}
    </Content>
  );
}
