import type { ConsoleSessionLine, ConsoleSessionList } from '@televisit/shared/console';
import { SESSION_STATUSES, type SessionStatus } from '@televisit/shared/vocabulary';
import { useHeadingFocus } from '../ui/hooks/focus.ts';
import { useConsole } from './context.ts';
import { figure, span, spanBetween } from './format.ts';
import { At, Badge, Code, Content, Pager, useNow, ViewLink, type Tone, None } from './parts.tsx';
import { useResource } from './resource.ts';
import { fragmentOf, queryOf, type Filters } from './routing.ts';
import { Table, type Column } from './table.tsx';
import { t } from './texts.ts';

export const STATUS_TONES: Readonly<Record<SessionStatus, Tone>> = {
  scheduled: 'quiet',
  live: 'good',
  ended: 'quiet',
  cancelled: 'warning',
};

const PAGE_SIZE = 25;

/** The list of visits, filtered by status and node. */
export function VisitsView({ filters }: { filters: Filters }) {
  const heading = useHeadingFocus();
  const { api } = useConsole();
  const { status, node, cursor } = filters;
  const chosen = {
    ...(status === undefined ? {} : { status }),
    ...(node === undefined ? {} : { node }),
  };
  const visits = useResource<ConsoleSessionList>(`visits${queryOf(filters)}`, ['sessions'], (reading) =>
    api.sessions(
      { ...chosen, ...(cursor === undefined ? {} : { cursor }), limit: String(PAGE_SIZE) },
      reading,
    ),
  );
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        {t('console.visits')}
      </h1>
      <VisitFilters filters={chosen} />
      <Content
        loaded={visits}
        isEmpty={({ sessions }) => sessions.length === 0}
        empty={t('console.visits.none')}
      >
        {({ sessions }) => <VisitTable visits={sessions} />}
      </Content>
      {visits.data && (
        <Pager
          isFirst={cursor === undefined}
          nextCursor={visits.data.nextCursor}
          page={(next) => ({
            view: 'sessions',
            filters: { ...chosen, ...(next === null ? {} : { cursor: next }) },
          })}
        />
      )}
    </>
  );
}

function VisitFilters({ filters }: { filters: Filters }) {
  const { api } = useConsole();
  const { data } = useResource('nodes', ['nodes'], (reading) => api.nodes(reading));
  const { status = '', node = '' } = filters;
  const names = (data?.nodes ?? []).map(({ nodeId }) => nodeId);
  // A bookmark may name a node that no server runs any longer.
  const nodes = node === '' || names.includes(node) ? names : [node, ...names];
  const choose = (change: Filters) => {
    location.hash = fragmentOf({ view: 'sessions', filters: { ...filters, ...change } });
  };
  return (
    <div class="filters" role="group" aria-label={t('console.visits')}>
      <label class="field">
        <span class="field-name">{t('console.visits.status')}</span>
        <select
          value={status}
          data-testid="filter-status"
          onChange={(event) => choose({ status: event.currentTarget.value })}
        >
          <option value="">{t('console.visits.any')}</option>
          {SESSION_STATUSES.map((one) => (
            <option key={one} value={one}>
              {t(`console.status.${one}`)}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span class="field-name">{t('console.visits.node')}</span>
        <select
          value={node}
          data-testid="filter-node"
          onChange={(event) => choose({ node: event.currentTarget.value })}
        >
          <option value="">{t('console.visits.any')}</option>
          {nodes.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

/** Visits, each with a link to its details. */
export function VisitTable({ visits }: { visits: readonly ConsoleSessionLine[] }) {
  const now = useNow();
  const columns: readonly Column<ConsoleSessionLine>[] = [
    { id: 'visit', label: t('console.visit'), isHeader: true, cell: (visit) => <VisitName visit={visit} /> },
    { id: 'status', label: t('console.visits.status'), cell: (visit) => <Status visit={visit} /> },
    { id: 'people', label: t('console.visit.people'), cell: (visit) => <People visit={visit} /> },
    {
      id: 'start',
      label: t('console.visit.start'),
      cell: ({ startedAt, scheduledAt }) => <At at={startedAt ?? scheduledAt} />,
    },
    {
      id: 'length',
      label: t('console.visit.length'),
      isFigure: true,
      cell: (visit) => <Length visit={visit} now={now} />,
    },
    {
      id: 'network',
      label: t('console.visit.network'),
      isFigure: true,
      cell: ({ impairedSeconds }) => (impairedSeconds > 0 ? span(impairedSeconds) : <None />),
    },
    {
      id: 'node',
      label: t('console.visits.node'),
      cell: ({ nodeId, provider }) => (provider === 'sfu' ? <bdi>{nodeId}</bdi> : provider),
    },
  ];
  return (
    <Table
      label={t('console.visits')}
      columns={columns}
      rows={visits}
      keyOf={({ sessionId }) => sessionId}
      testId="visits"
    />
  );
}

/** The title, if names are shown, or the appointment, above the id. */
function VisitName({ visit: { sessionId, title, appointmentId } }: { visit: ConsoleSessionLine }) {
  return (
    <div class="visit-name">
      <ViewLink to={{ view: 'session', sessionId }}>
        <bdi>{title ?? appointmentId}</bdi>
      </ViewLink>
      <Code>{sessionId}</Code>
    </div>
  );
}

/** The status of a visit, with the reason if it is over. */
export function Status({ visit }: { visit: Pick<ConsoleSessionLine, 'status' | 'endReason'> }) {
  const { status, endReason } = visit;
  return (
    <span class="status-line">
      <Badge tone={STATUS_TONES[status]}>{t(`console.status.${status}`)}</Badge>
      {endReason !== null && <span class="soft">{t(`console.end.${endReason}`)}</span>}
    </span>
  );
}

function People({ visit: { people, status } }: { visit: ConsoleSessionLine }) {
  const present = people.filter((person) => person.present).length;
  const waiting = people.filter((person) => person.waiting).length;
  if (status !== 'live') return figure(people.length);
  return (
    <span>
      {t('console.visit.peopleHere', { present, total: people.length })}
      {waiting > 0 && <span class="soft"> · {t('console.visit.waiting', { count: waiting })}</span>}
    </span>
  );
}

/** How long a visit has lasted; before it begins, how long it is planned to last. */
function Length({ visit, now }: { visit: ConsoleSessionLine; now: number }) {
  const { startedAt, endedAt, durationMinutes } = visit;
  if (startedAt === null) return <span class="soft">{span(durationMinutes * 60)}</span>;
  return spanBetween(startedAt, endedAt ?? now);
}
