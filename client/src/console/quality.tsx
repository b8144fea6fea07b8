import type { ConsoleQuality } from '@televisit/shared/console';
import { t as base } from '../locales/index.ts';
import { useConsole } from './context.ts';
import { figure, timeWithSeconds } from './format.ts';
import { Content, Person, Section, None } from './parts.tsx';
import {
  linePath,
  periodOf,
  poorStretches,
  summaryOf,
  type Period,
  type QualityLine,
} from './quality-chart.ts';
import { useResource } from './resource.ts';
import { Table, type Column } from './table.tsx';
import { t } from './texts.ts';

type Series = ConsoleQuality['series'][number];

const BOX = { width: 600, height: 100 } as const;
const LINES: readonly QualityLine[] = ['sent', 'received'];

/** The quality of a visit over time: a small chart for each person, with a table. */
export function Quality({ sessionId }: { sessionId: string }) {
  const { api } = useConsole();
  const quality = useResource<ConsoleQuality>(sessionId, [`session:${sessionId}`], (reading) =>
    api.quality(sessionId, reading),
  );
  return (
    <Section title={t('console.quality')} testId="quality">
      <Content
        loaded={quality}
        isEmpty={({ series }) => periodOf(series) === null}
        empty={t('console.quality.none')}
      >
        {({ series, stepSeconds }) => <Charts series={series} stepSeconds={stepSeconds} />}
      </Content>
    </Section>
  );
}

function Charts({ series, stepSeconds }: Pick<ConsoleQuality, 'series' | 'stepSeconds'>) {
  const period = periodOf(series);
  if (!period) return null;
  return (
    <>
      <p class="about">{t('console.quality.about')}</p>
      <ul class="legend" aria-hidden="true">
        {LINES.map((line) => (
          <li key={line} class={`legend-${line}`}>
            {t(`console.quality.${line}`)}
          </li>
        ))}
        <li class="legend-poor">{t('console.visit.network')}</li>
      </ul>
      <ul class="charts">
        {series.map((one) => (
          <Chart key={one.person.seat} series={one} period={period} stepSeconds={stepSeconds} />
        ))}
      </ul>
    </>
  );
}

interface ChartProps {
  readonly series: Series;
  readonly period: Period;
  readonly stepSeconds: number;
}

const score = (value: number | null) => (value === null ? t('console.none') : figure(value));

function Chart({ series: { person, points }, period, stepSeconds }: ChartProps) {
  const { sent, received, lowest } = summaryOf(points);
  const who = `${base(`role.${person.role}`)} ${person.name ?? person.id}`;
  const summary = t('console.quality.summary', {
    who,
    sent: score(sent),
    received: score(received),
    lowest: score(lowest),
  });
  const length = Math.max(1, period.to - period.from);
  const x = (at: number) => Math.min(BOX.width, ((at - period.from) / length) * BOX.width);
  return (
    <li class="chart" data-testid="chart" data-points={points.length}>
      <h3>
        <Person person={person} />
      </h3>
      {/* Time runs from left to right in every language, as on the devices that operators know. */}
      <div class="chart-plot" dir="ltr">
        <div class="chart-scale" aria-hidden="true">
          <span>{figure(10)}</span>
          <span>{figure(5)}</span>
          <span>{figure(0)}</span>
        </div>
        <svg
          class="chart-lines"
          viewBox={`0 0 ${BOX.width} ${BOX.height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={summary}
        >
          {poorStretches(points, stepSeconds).map(({ from, to }) => (
            <rect
              key={from}
              class="chart-poor"
              x={x(from)}
              y={0}
              width={Math.max(2, x(to) - x(from))}
              height={BOX.height}
            />
          ))}
          {[0, 0.5, 1].map((at) => (
            <line
              key={at}
              class="chart-grid"
              x1={0}
              x2={BOX.width}
              y1={at * BOX.height}
              y2={at * BOX.height}
            />
          ))}
          {LINES.map((line) => (
            <path
              key={line}
              class={`chart-line chart-${line}`}
              d={linePath(points, line, period, stepSeconds, BOX)}
            />
          ))}
        </svg>
        <div class="chart-times" aria-hidden="true">
          <span>{timeWithSeconds(period.from)}</span>
          <span>{timeWithSeconds(period.to)}</span>
        </div>
      </div>
      <PointTable who={who} points={points} />
    </li>
  );
}

function PointTable({ who, points }: { who: string; points: Series['points'] }) {
  const columns: readonly Column<Series['points'][number]>[] = [
    {
      id: 'time',
      label: t('console.quality.time'),
      isHeader: true,
      cell: ({ at }) => <time dateTime={at}>{timeWithSeconds(at)}</time>,
    },
    ...LINES.map((line) => ({
      id: line,
      label: t(`console.quality.${line}`),
      isFigure: true,
      cell: (point: Series['points'][number]) => score(point[line]),
    })),
    {
      id: 'network',
      label: t('console.quality.network'),
      cell: ({ network }) => (network === null ? <None /> : t(`console.network.${network}`)),
    },
  ];
  return (
    <details class="chart-table">
      <summary>{t('console.quality.table')}</summary>
      {/* Scrolls, therefore it takes the focus. */}
      <div class="chart-rows" role="group" aria-label={who} tabIndex={0}>
        <Table label={who} columns={columns} rows={points} keyOf={({ at }) => at} />
      </div>
    </details>
  );
}
