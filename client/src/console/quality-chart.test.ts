import { describe, expect, it } from 'vitest';
import { linePath, periodOf, poorStretches, summaryOf, type QualityPoints } from './quality-chart.ts';

const START = Date.parse('2026-11-30T10:00:00.000Z');
const BOX = { width: 100, height: 10 };
const STEP = 30;

type Point = QualityPoints[number];
/** Points of these steps. */
const points = (...list: readonly [step: number, sent: number | null, network?: Point['network']][]) =>
  list.map(([step, sent, network = 'good']) => ({
    at: new Date(START + step * STEP * 1000).toISOString(),
    network,
    sent,
    received: null,
  }));

describe('periodOf', () => {
  it('spans the points of everyone', () => {
    const series = [{ points: points([2, 10]) }, { points: points([0, 10], [1, 10]) }, { points: [] }];
    expect(periodOf(series)).toEqual({ from: START, to: START + 60_000 });
  });
  it('returns null without points', () => expect(periodOf([{ points: [] }])).toBeNull());
});

describe('linePath', () => {
  const period = { from: START, to: START + 10 * STEP * 1000 };
  const path = (list: QualityPoints) => linePath(list, 'sent', period, STEP, BOX);

  it('draws 10 at the top and 0 at the bottom, over the width of the period', () =>
    expect(path(points([0, 10], [1, 5], [2, 0]))).toBe('M0 0h.1L10 5L20 10'));
  it('begins a new piece after points that are missing, and after points without a score', () => {
    expect(path(points([0, 10], [1, 10], [5, 10], [6, 10]))).toBe('M0 0h.1L10 0M50 0h.1L60 0');
    expect(path(points([0, 10], [1, null], [2, 10]))).toBe('M0 0h.1M20 0h.1');
  });
  it('returns an empty path without scores', () => expect(path(points([0, null]))).toBe(''));
  it('draws one point of one moment', () =>
    expect(linePath(points([0, 5]), 'sent', { from: START, to: START }, STEP, BOX)).toBe('M0 5h.1'));
});

describe('summaryOf', () => {
  it('returns means and the lowest score', () =>
    expect(summaryOf(points([0, 10], [1, 4], [2, null]))).toEqual({ sent: 7, received: null, lowest: 4 }));
  it('returns null without scores', () =>
    expect(summaryOf(points([0, null]))).toEqual({ sent: null, received: null, lowest: null }));
});

describe('poorStretches', () => {
  it('joins points that follow each other', () => {
    const at = (step: number) => START + step * STEP * 1000;
    const list = points([0, 9, 'poor'], [1, 9, 'poor'], [2, 9], [5, 9, 'poor'], [6, 9, null]);
    expect(poorStretches(list, STEP)).toEqual([
      { from: at(0), to: at(2) },
      { from: at(5), to: at(6) },
    ]);
  });
});
