import type { ConsoleJoinFailure, ConsoleJoinFailureList } from '@televisit/shared/console';
import { useHeadingFocus } from '../ui/hooks/focus.ts';
import { useConsole } from './context.ts';
import { timeWithSeconds, moment } from './format.ts';
import { At, Code, Content, Pager, Person, ViewLink, None } from './parts.tsx';
import { useResource } from './resource.ts';
import { queryOf, type Filters } from './routing.ts';
import { Table, type Column } from './table.tsx';
import { meaningOf, t } from './texts.ts';

const PAGE_SIZE = 25;

/** Attempts to enter a visit that the server refused. */
export function RefusedView({ filters }: { filters: Filters }) {
  const heading = useHeadingFocus();
  const { api } = useConsole();
  const { code, cursor } = filters;
  const chosen = code === undefined ? {} : { code };
  const failures = useResource<ConsoleJoinFailureList>(
    `refused${queryOf(filters)}`,
    ['failures'],
    (reading) =>
      api.failures(
        { ...chosen, ...(cursor === undefined ? {} : { cursor }), limit: String(PAGE_SIZE) },
        reading,
      ),
  );
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        {t('console.refused')}
      </h1>
      <p class="about">{t('console.refused.about')}</p>
      {code !== undefined && (
        <p class="filtered">
          {t('console.refused.filtered', { code })}{' '}
          <ViewLink to={{ view: 'refused', filters: {} }}>{t('console.refused.all')}</ViewLink>
        </p>
      )}
      <Content
        loaded={failures}
        isEmpty={(data) => data.failures.length === 0}
        empty={t('console.refused.none')}
      >
        {(data) => <RefusedTable failures={data.failures} />}
      </Content>
      {failures.data && (
        <Pager
          isFirst={cursor === undefined}
          nextCursor={failures.data.nextCursor}
          page={(next) => ({
            view: 'refused',
            filters: { ...chosen, ...(next === null ? {} : { cursor: next }) },
          })}
        />
      )}
    </>
  );
}

interface TableProps {
  readonly failures: readonly ConsoleJoinFailure[];
  /** Whether all of them concern the visit that is shown anyway. */
  readonly isOfOne?: boolean;
}

/** Refused attempts with their reasons. */
export function RefusedTable({ failures, isOfOne = false }: TableProps) {
  const columns: readonly Column<ConsoleJoinFailure>[] = [
    {
      id: 'when',
      label: t('console.refused.when'),
      isHeader: true,
      cell: ({ at }) => <At at={at} format={isOfOne ? timeWithSeconds : moment} />,
    },
    { id: 'reason', label: t('console.refused.reason'), cell: (failure) => <Reason failure={failure} /> },
    { id: 'stage', label: t('console.refused.stage'), cell: ({ stage }) => t(`console.stage.${stage}`) },
    {
      id: 'who',
      label: t('console.history.who'),
      cell: ({ person }) => (person ? <Person person={person} /> : <None />),
    },
    ...(isOfOne ? [] : [{ id: 'visit', label: t('console.visit'), cell: VisitOf }]),
  ];
  return (
    <Table
      label={t('console.refused')}
      columns={columns}
      rows={failures}
      keyOf={({ failureId }) => failureId}
      testId="refused"
    />
  );
}

/** What the code means, above the code, which filters the list. */
function Reason({ failure: { code, title } }: { failure: ConsoleJoinFailure }) {
  return (
    <div class="visit-name">
      {meaningOf(code) ?? (
        // As the server says it.
        <span lang="en" dir="auto">
          {title}
        </span>
      )}
      <ViewLink to={{ view: 'refused', filters: { code } }}>
        <Code>{code}</Code>
      </ViewLink>
    </div>
  );
}

function VisitOf({ sessionId }: ConsoleJoinFailure) {
  return (
    <ViewLink to={{ view: 'session', sessionId }}>
      <Code>{sessionId}</Code>
    </ViewLink>
  );
}
