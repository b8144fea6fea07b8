import { describe, expect, it } from 'vitest';
import { VisitError, type VisitState } from '../../sdk/index.ts';
import { INITIAL_STATE, participant } from '../testing/fakes.ts';
import { pageTitle } from './admission-alert.ts';

describe('pageTitle', () => {
  const session = { title: 'Check-up' } as VisitState['session'];
  const title = (change: Partial<VisitState>) => pageTitle({ ...INITIAL_STATE, session, ...change });
  const waits = { ...participant('pat1'), since: '2026-01-01T10:00:00.000Z' };

  it('returns the visit’s title, and says so while the person waits', () => {
    expect(title({ phase: 'ready' })).toBe('Check-up');
    expect(title({ phase: 'waiting' })).toBe('Waiting – Check-up');
  });

  it('begins with the people who wait and the unread messages', () => {
    const chat = { messages: [], pending: [], unread: 2 };
    expect(title({ phase: 'joined', waitingPeople: [waits] })).toBe('1 waits – Check-up');
    expect(title({ phase: 'joined', chat })).toBe('2 new messages – Check-up');
    expect(title({ phase: 'joined', chat, waitingPeople: [waits] })).toBe(
      '1 waits – 2 new messages – Check-up',
    );
  });

  it.each([
    ['early', 'Your visit is not open yet – Check-up'],
    ['left', 'You left the visit – Check-up'],
    ['ended', 'This visit is over – Check-up'],
  ] as const)('names the screen %s', (phase, expected) => expect(title({ phase })).toBe(expected));

  it('names the reason why there is no visit', () => {
    const error = new VisitError('token_expired');
    expect(title({ phase: 'failed', error, session: null })).toBe('Your link has expired – Video visit');
  });

  it('returns the page’s title without a visit', () => {
    expect(title({ phase: 'loading', session: null })).toBe('Video visit');
  });
});
