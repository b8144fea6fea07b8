import type { ConsoleSessionDetail } from '@televisit/shared/console';
import type { ComponentChildren } from 'preact';
import { useHeadingFocus } from '../ui/hooks/focus.ts';
import { say } from '../ui/hooks/speech.ts';
import { CopyIcon } from '../ui/components/icons.tsx';
import { useConsole } from './context.ts';
import { period, span, spanBetween, zonedMoment } from './format.ts';
import { History } from './history.tsx';
import { Deliveries, Messages } from './outbox.tsx';
import { Code, Content, Section, useNow, ViewLink } from './parts.tsx';
import { Attendance } from './attendance.tsx';
import { Quality } from './quality.tsx';
import { Recordings } from './recordings.tsx';
import { RefusedTable } from './refused.tsx';
import { useResource } from './resource.ts';
import { t } from './texts.ts';
import { Status } from './visits.tsx';

/** Everything about one visit. */
export function DetailView({ sessionId }: { sessionId: string }) {
  const heading = useHeadingFocus();
  const { api } = useConsole();
  const detail = useResource<ConsoleSessionDetail>(
    sessionId,
    ['sessions', `session:${sessionId}`],
    (reading) => api.detail(sessionId, reading),
  );
  const isGone = detail.problem?.code === 'session_not_found';
  return (
    <>
      <div class="detail-title">
        <h1 ref={heading} tabIndex={-1}>
          <bdi>{detail.data?.title ?? detail.data?.appointmentId ?? sessionId}</bdi>
        </h1>
        {detail.data && <Status visit={detail.data} />}
      </div>
      {isGone ? (
        <p class="empty" data-testid="gone">
          {t('console.detail.gone')}. {t('console.detail.goneText')}
        </p>
      ) : (
        <>
          <Content loaded={detail}>
            {(data) => (
              <>
                <Facts detail={data} />
                <Attendance detail={data} />
              </>
            )}
          </Content>
          {detail.data && <Parts sessionId={sessionId} />}
        </>
      )}
    </>
  );
}

function Parts({ sessionId }: { sessionId: string }) {
  return (
    <>
      <Quality sessionId={sessionId} />
      <Refused sessionId={sessionId} />
      <Deliveries sessionId={sessionId} />
      <div class="columns">
        <History sessionId={sessionId} />
        <div>
          <Messages sessionId={sessionId} />
          <Recordings sessionId={sessionId} />
        </div>
      </div>
    </>
  );
}

/** Refused attempts to enter this visit, if there are any. */
function Refused({ sessionId }: { sessionId: string }) {
  const { api } = useConsole();
  const failures = useResource(sessionId, [`failures:${sessionId}`], (reading) =>
    api.failures({ sessionId, limit: '50' }, reading),
  );
  if (failures.data?.failures.length === 0) return null;
  return (
    <Section title={t('console.refused')} testId="refused-here">
      <Content loaded={failures}>{(data) => <RefusedTable failures={data.failures} isOfOne />}</Content>
    </Section>
  );
}

function Facts({ detail }: { detail: ConsoleSessionDetail }) {
  const now = useNow();
  const { sessionId, appointmentId, scheduledAt, durationMinutes, opensAt, closesAt } = detail;
  const { startedAt, endedAt, nodeId, nodeState, provider, region } = detail;
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    [t('console.detail.session'), <Id key="session" id={sessionId} />],
    [t('console.detail.appointment'), <Id key="appointment" id={appointmentId} />],
    [
      t('console.detail.scheduled'),
      <>
        <time dateTime={scheduledAt}>{zonedMoment(scheduledAt)}</time>
        <span class="soft"> · {span(durationMinutes * 60)}</span>
      </>,
    ],
    [t('console.detail.window'), period(opensAt, closesAt)],
    ...(startedAt === null
      ? []
      : [
          [
            t('console.detail.started'),
            <time key="at" dateTime={startedAt}>
              {zonedMoment(startedAt)}
            </time>,
          ] as const,
        ]),
    ...(endedAt === null
      ? []
      : [
          [
            t('console.detail.ended'),
            <time key="at" dateTime={endedAt}>
              {zonedMoment(endedAt)}
            </time>,
          ] as const,
        ]),
    ...(startedAt === null
      ? []
      : [[t('console.visit.length'), spanBetween(startedAt, endedAt ?? now)] as const]),
    [t('console.detail.carrier'), provider === 'sfu' ? t('console.detail.own') : provider],
    ...(provider === 'sfu'
      ? [
          [
            t('console.visits.node'),
            <>
              <ViewLink to={{ view: 'sessions', filters: { node: nodeId } }}>
                <bdi>{nodeId}</bdi>
              </ViewLink>
              <span class="soft">
                {nodeState !== null && ` · ${t(`console.node.${nodeState}`)}`}
                {region !== null && ` · ${region}`}
              </span>
            </>,
          ] as const,
        ]
      : []),
  ];
  return (
    <Section title={t('console.detail.facts')} testId="facts">
      <dl class="facts facts-wide card">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

/** An id that can be copied, for logs and for the backend. */
function Id({ id }: { id: string }) {
  return (
    <span class="copy">
      <Code>{id}</Code>
      <button
        type="button"
        class="copy-button"
        aria-label={t('console.detail.copy')}
        title={t('console.detail.copy')}
        onClick={() => {
          // A browser without a secure context has no clipboard.
          const clipboard = (navigator as Partial<Navigator>).clipboard;
          void clipboard?.writeText(id).then(
            () => say(t('console.detail.copied')),
            () => undefined,
          );
        }}
      >
        <CopyIcon />
      </button>
    </span>
  );
}
