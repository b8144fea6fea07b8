import { describe, expect, it } from 'vitest';
import type { VisitState } from '../../sdk/index.ts';
import { pageTitle } from './admission-alert.ts';

describe('pageTitle', () => {
  const session = { title: 'Check-up' } as VisitState['session'];

  it('returns the visit’s title, and says so while the person waits', () => {
    expect(pageTitle({ phase: 'ready', session })).toBe('Check-up');
    expect(pageTitle({ phase: 'waiting', session })).toBe('Waiting – Check-up');
  });

  it('returns the page’s title without a visit', () => {
    expect(pageTitle({ phase: 'loading', session: null })).toBe('Video visit');
  });
});
