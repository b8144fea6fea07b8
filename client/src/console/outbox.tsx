import type { ConsoleDelivery, ConsoleDeliveryList, ConsoleMessage } from '@televisit/shared/console';
import { useEffect, useId, useState } from 'preact/hooks';
import { say } from '../ui/hooks/speech.ts';
import { ConsoleError } from './api.ts';
import { useCanOperate, useConsole } from './context.ts';
import { figure, span, timeWithSeconds } from './format.ts';
import { At, Badge, Code, Content, Person, reasonOf, Section, type Tone, None } from './parts.tsx';
import { useResource } from './resource.ts';
import { Table, type Column } from './table.tsx';
import { t } from './texts.ts';

/** What was sent about a visit: events to webhook endpoints, and messages to people. */

const DELIVERY_TONES: Readonly<Record<ConsoleDelivery['state'], Tone>> = {
  pending: 'busy',
  delivered: 'good',
  dead: 'bad',
};
const MESSAGE_TONES: Readonly<Record<ConsoleMessage['state'], Tone>> = {
  pending: 'busy',
  sent: 'good',
  delivered: 'good',
  failed: 'bad',
  dropped: 'quiet',
};
/** How often deliveries that wait are looked at, in milliseconds. */
const PENDING_MS = 2_000;

const noCode = <span class="soft">–</span>;

/** The webhook deliveries of a visit, which an operator may have sent again. */
export function Deliveries({ sessionId }: { sessionId: string }) {
  const { api } = useConsole();
  const [problem, setProblem] = useState<ConsoleError | null>(null);
  const list = useResource<ConsoleDeliveryList>(sessionId, [`session:${sessionId}`], (reading) =>
    api.deliveries(sessionId, { limit: '100' }, reading),
  );
  const isWaiting = list.data?.deliveries.some(({ state }) => state === 'pending') ?? false;
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setInterval(() => list.refresh(true), PENDING_MS);
    return () => clearInterval(timer);
  }, [isWaiting, sessionId]);
  const replay = async ({ deliveryId, type }: ConsoleDelivery) => {
    setProblem(null);
    try {
      const changed = await api.replay(deliveryId);
      const { deliveries = [], nextCursor = null } = list.data ?? {};
      list.set({
        deliveries: deliveries.map((one) => (one.deliveryId === deliveryId ? changed : one)),
        nextCursor,
      });
      say(t('console.replay.done', { event: type }));
    } catch (error) {
      setProblem(ConsoleError.from(error));
    }
  };
  return (
    <Section title={t('console.deliveries')} testId="deliveries">
      {problem && (
        <p class="notice" role="alert">
          {t('console.replay.failed', { reason: reasonOf(problem) })}
        </p>
      )}
      <Content
        loaded={list}
        isEmpty={({ deliveries }) => deliveries.length === 0}
        empty={t('console.deliveries.none')}
      >
        {({ deliveries }) => (
          <DeliveryTable deliveries={deliveries} onReplay={(delivery) => void replay(delivery)} />
        )}
      </Content>
    </Section>
  );
}

interface DeliveryProps {
  readonly deliveries: readonly ConsoleDelivery[];
  readonly onReplay: (delivery: ConsoleDelivery) => void;
}

function DeliveryTable({ deliveries, onReplay }: DeliveryProps) {
  const canOperate = useCanOperate();
  const hint = useId();
  const columns: readonly Column<ConsoleDelivery>[] = [
    {
      id: 'event',
      label: t('console.history.event'),
      isHeader: true,
      cell: ({ type, timestamp }) => (
        <div class="visit-name">
          <Code>{type}</Code>
          <span class="soft">
            <At at={timestamp} format={timeWithSeconds} />
          </span>
        </div>
      ),
    },
    {
      id: 'state',
      label: t('console.deliveries.state'),
      cell: ({ state, nextAttemptAt, tries }) => (
        <span class="status-line">
          <Badge tone={DELIVERY_TONES[state]}>{t(`console.delivery.${state}`)}</Badge>
          {nextAttemptAt !== null && tries > 0 && (
            <span class="soft">{t('console.deliveries.next', { time: timeWithSeconds(nextAttemptAt) })}</span>
          )}
        </span>
      ),
    },
    {
      id: 'tries',
      label: t('console.deliveries.tries'),
      isFigure: true,
      cell: ({ tries }) => figure(tries),
    },
    {
      id: 'answer',
      label: t('console.deliveries.answer'),
      cell: ({ lastStatus, lastError }) =>
        lastStatus === null && lastError === null ? noCode : <Code>{lastError ?? String(lastStatus)}</Code>,
    },
    {
      id: 'action',
      label: t('console.replay.action'),
      cell: (delivery) => (
        <button
          type="button"
          class="button button-small button-quiet"
          aria-label={t('console.replay.of', { event: delivery.type })}
          aria-disabled={!canOperate}
          aria-describedby={canOperate ? undefined : hint}
          data-testid="replay"
          onClick={() => {
            if (canOperate) onReplay(delivery);
          }}
        >
          {t('console.replay')}
        </button>
      ),
    },
  ];
  return (
    <>
      {!canOperate && (
        <p class="about" id={hint}>
          {t('console.replay.viewer')}
        </p>
      )}
      <Table
        label={t('console.deliveries')}
        columns={columns}
        rows={deliveries}
        keyOf={({ deliveryId }) => deliveryId}
        testId="delivery"
      />
    </>
  );
}

/** The e-mails, text messages and push messages about a visit. */
export function Messages({ sessionId }: { sessionId: string }) {
  const { api } = useConsole();
  const list = useResource(sessionId, [`session:${sessionId}`], (reading) =>
    api.messages(sessionId, reading),
  );
  const columns: readonly Column<ConsoleMessage>[] = [
    {
      id: 'kind',
      label: t('console.messages.kind'),
      isHeader: true,
      cell: ({ kind, minutesBefore }) =>
        kind === 'reminder' && minutesBefore !== null
          ? t('console.kind.reminderBefore', { time: span(minutesBefore * 60) })
          : t(`console.kind.${kind}`),
    },
    {
      id: 'channel',
      label: t('console.messages.channel'),
      cell: ({ channel }) => t(`console.channel.${channel}`),
    },
    {
      id: 'person',
      label: t('console.messages.person'),
      cell: ({ person }) => (person ? <Person person={person} /> : <None />),
    },
    {
      id: 'state',
      label: t('console.deliveries.state'),
      cell: ({ state, error }) => (
        <span class="status-line">
          <Badge tone={MESSAGE_TONES[state]}>{t(`console.message.${state}`)}</Badge>
          {error !== null && <Code>{error}</Code>}
        </span>
      ),
    },
    {
      id: 'time',
      label: t('console.messages.time'),
      cell: ({ settledAt, dueAt, createdAt }) => <At at={settledAt ?? dueAt ?? createdAt} />,
    },
  ];
  return (
    <Section title={t('console.messages')} testId="messages">
      <Content
        loaded={list}
        isEmpty={({ messages }) => messages.length === 0}
        empty={t('console.messages.none')}
      >
        {({ messages }) => (
          <Table
            label={t('console.messages')}
            columns={columns}
            rows={messages}
            keyOf={({ messageId }) => messageId}
          />
        )}
      </Content>
    </Section>
  );
}
