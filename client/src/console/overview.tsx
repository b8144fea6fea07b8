import type { ConsoleNode, ConsoleNodeList } from '@televisit/shared/console';
import { useHeadingFocus } from '../ui/hooks/focus.ts';
import { useConsole } from './context.ts';
import { bitRate, figure } from './format.ts';
import { NodeList } from './nodes.tsx';
import { Content, Section, ViewLink } from './parts.tsx';
import { RefusedTable } from './refused.tsx';
import { useResource } from './resource.ts';
import { t } from './texts.ts';
import { VisitTable } from './visits.tsx';

/** How many visits and refused attempts the overview has. */
const FEW = '5';

/** The state of all servers on one page. */
export function Overview() {
  const heading = useHeadingFocus();
  const { api } = useConsole();
  const nodes = useResource<ConsoleNodeList>('nodes', ['nodes', 'sessions'], (reading) => api.nodes(reading));
  const visits = useResource('live', ['sessions'], (reading) =>
    api.sessions({ status: 'live', limit: FEW }, reading),
  );
  const failures = useResource('failures', ['failures'], (reading) => api.failures({ limit: FEW }, reading));
  const replace = (changed: ConsoleNode) => {
    const list = nodes.data?.nodes ?? [];
    nodes.set({ nodes: list.map((node) => (node.nodeId === changed.nodeId ? changed : node)) });
  };
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        {t('console.overview')}
      </h1>
      {nodes.data && <Figures nodes={nodes.data.nodes} />}
      <Section title={t('console.nodes')} testId="nodes">
        <Content loaded={nodes} isEmpty={(data) => data.nodes.length === 0} empty={t('console.nodes.none')}>
          {(data) => <NodeList nodes={data.nodes} onChanged={replace} />}
        </Content>
      </Section>
      <Section
        title={t('console.overview.now')}
        aside={<ViewLink to={{ view: 'sessions', filters: {} }}>{t('console.overview.all')}</ViewLink>}
      >
        <Content
          loaded={visits}
          isEmpty={(data) => data.sessions.length === 0}
          empty={t('console.visits.noneNow')}
        >
          {(data) => <VisitTable visits={data.sessions} />}
        </Content>
      </Section>
      <Section
        title={t('console.overview.refused')}
        aside={<ViewLink to={{ view: 'refused', filters: {} }}>{t('console.overview.allRefused')}</ViewLink>}
      >
        <Content
          loaded={failures}
          isEmpty={(data) => data.failures.length === 0}
          empty={t('console.refused.none')}
        >
          {(data) => <RefusedTable failures={data.failures} />}
        </Content>
      </Section>
    </>
  );
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Figures of all nodes together. A lost node's are those of its last heartbeat, so they do not count. */
function Figures({ nodes }: { nodes: readonly ConsoleNode[] }) {
  const present = nodes.filter(({ state }) => state !== 'lost');
  const ready = nodes.filter(({ state }) => state === 'ready').length;
  const visits = present.flatMap(({ openSessions }) => openSessions ?? []);
  const figures = [
    ['people', figure(sum(present.map(({ load }) => load.participants)))],
    ...(visits.length === present.length ? [['visits', figure(sum(visits))] as const] : []),
    ['ready', t('console.overview.readyOf', { ready, total: nodes.length })],
    ['traffic', bitRate(sum(present.map(({ load }) => load.bitrate)))],
  ] as const;
  return (
    <dl class="figures" data-testid="figures">
      {figures.map(([id, value]) => (
        <div key={id} class="card">
          <dt>{t(`console.overview.${id}`)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
