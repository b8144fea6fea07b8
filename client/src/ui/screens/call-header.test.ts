import { describe, expect, it } from 'vitest';
import { visitLength } from './call-header.tsx';

const at = (minutes: number, seconds = 0) => visitLength(0, 30, (minutes * 60 + seconds) * 1000);

describe('visitLength', () => {
  it('of a visit in its time is running', () => {
    expect(at(0)).toEqual({ state: 'running', minutes: 30 });
    expect(at(24, 59)).toEqual({ state: 'running', minutes: 6 });
  });

  it('warns five minutes before the end', () => {
    expect(at(25)).toEqual({ state: 'soon', minutes: 5 });
    expect(at(29, 59)).toEqual({ state: 'soon', minutes: 1 });
  });

  it('says by how much it is over', () => {
    expect(at(30)).toEqual({ state: 'over', minutes: 0 });
    expect(at(33, 30)).toEqual({ state: 'over', minutes: 3 });
  });

  it('of a very short visit does not warn from its start', () => {
    expect(visitLength(0, 5, 0).state).toBe('running');
    expect(visitLength(0, 5, 4 * 60_000).state).toBe('soon');
  });
});
