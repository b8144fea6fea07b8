import type { ConsoleQuality } from '@televisit/shared/console';

/** The points of one person's quality. */
export type QualityPoints = ConsoleQuality['series'][number]['points'];
export type QualityLine = 'sent' | 'received';

/** The highest score. */
const MAX_SCORE = 10;
/** A longer time between two points than this many steps is a gap: the person was away, or nothing was sent. */
const GAP_STEPS = 2.5;

/** A period of the chart, in milliseconds since 1970. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** Returns the period from the first to the last point of all people; null without points. */
export function periodOf(series: readonly { readonly points: QualityPoints }[]): Period | null {
  const times = series.flatMap(({ points }) => points.map(({ at }) => Date.parse(at)));
  if (times.length === 0) return null;
  return { from: Math.min(...times), to: Math.max(...times) };
}

/**
 * Returns the path (SVG 2, 9.3) of a line in a box of `width` and `height`; its pieces end at gaps. Each begins with a tiny
 * stroke, because a piece of a single point would be invisible.
 */
export function linePath(
  points: QualityPoints,
  line: QualityLine,
  period: Period,
  stepSeconds: number,
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const length = Math.max(1, period.to - period.from);
  let path = '';
  let last: number | null = null;
  for (const point of points) {
    const score = point[line];
    if (score === null) {
      last = null;
      continue;
    }
    const at = Date.parse(point.at);
    const x = round(((at - period.from) / length) * width);
    const y = round((1 - score / MAX_SCORE) * height);
    const continues = last !== null && at - last <= GAP_STEPS * stepSeconds * 1000;
    path += continues ? `L${x} ${y}` : `M${x} ${y}h.1`;
    last = at;
  }
  return path;
}

/** What a screen reader says about a line. */
export interface QualitySummary {
  /** Means of the scores; null if there are none. */
  readonly sent: number | null;
  readonly received: number | null;
  readonly lowest: number | null;
}

export function summaryOf(points: QualityPoints): QualitySummary {
  const scores = (line: QualityLine) => points.flatMap((point) => point[line] ?? []);
  const mean = (values: readonly number[]) =>
    values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  const all = [...scores('sent'), ...scores('received')];
  return {
    sent: mean(scores('sent')),
    received: mean(scores('received')),
    lowest: all.length === 0 ? null : Math.min(...all),
  };
}

/** Returns the longest stretches in which the network of a person was poor. */
export function poorStretches(points: QualityPoints, stepSeconds: number): Period[] {
  const stretches: { from: number; to: number }[] = [];
  for (const { at, network } of points) {
    if (network !== 'poor') continue;
    const from = Date.parse(at);
    const last = stretches.at(-1);
    const to = from + stepSeconds * 1000;
    if (last && from - last.to <= 0) last.to = to;
    else stretches.push({ from, to });
  }
  return stretches;
}

const round = (value: number) => Math.round(value * 10) / 10;
