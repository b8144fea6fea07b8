import { describe, expect, it } from 'vitest';
import { visitLength } from './call-header.tsx';

const at = (minutes: number, seconds = 0) => visitLength(0, 30, (minutes * 60 + seconds) * 1000);

describe('visitLength', () => {
  it('returns `running` within the planned time', () => {
    expect(at(0)).toEqual({ state: 'running', minutes: 30 });
    expect(at(24, 59)).toEqual({ state: 'running', minutes: 6 });
  });

  it('returns `soon` five minutes before the planned end', () => {
    expect(at(25)).toEqual({ state: 'soon', minutes: 5 });
    expect(at(29, 59)).toEqual({ state: 'soon', minutes: 1 });
  });

  it('returns `over` with the minutes since the planned end', () => {
    expect(at(30)).toEqual({ state: 'over', minutes: 0 });
    expect(at(33, 30)).toEqual({ state: 'over', minutes: 3 });
  });

  it('does not return `soon` from the start of a very short visit', () => {
    expect(visitLength(0, 5, 0).state).toBe('running');
    expect(visitLength(0, 5, 4 * 60_000).state).toBe('soon');
  });
});
