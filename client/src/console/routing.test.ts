import { describe, expect, it } from 'vitest';
import { fragmentOf, parseRoute, queryOf, type Route } from './routing.ts';

describe('parseRoute', () => {
  it.each<[string, Route]>([
    ['', { view: 'overview' }],
    ['#', { view: 'overview' }],
    ['#/', { view: 'overview' }],
    ['#/sessions', { view: 'sessions', filters: {} }],
    ['#/sessions/', { view: 'sessions', filters: {} }],
    ['#/sessions?status=live&node=a', { view: 'sessions', filters: { status: 'live', node: 'a' } }],
    ['#/sessions/ses_1', { view: 'session', sessionId: 'ses_1' }],
    ['#/sessions/a%2Fb', { view: 'session', sessionId: 'a/b' }],
    ['#/refused?code=removed', { view: 'refused', filters: { code: 'removed' } }],
    ['#/refused/ses_1', { view: 'unknown' }],
    ['#/search', { view: 'search', text: '' }],
    ['#/search?text=a%3Fb', { view: 'search', text: 'a?b' }],
    ['#/sessions/%E0%A4%A', { view: 'unknown' }],
    ['#/sessions/ses_1/more', { view: 'unknown' }],
    ['#/nothing', { view: 'unknown' }],
  ])('returns the view of “%s”', (fragment, route) => expect(parseRoute(fragment)).toEqual(route));
});

describe('fragmentOf', () => {
  it.each<Route>([
    { view: 'overview' },
    { view: 'sessions', filters: {} },
    { view: 'sessions', filters: { status: 'live,ended', cursor: 'a+b/c=' } },
    { view: 'refused', filters: { code: 'a' } },
    { view: 'session', sessionId: 'a/b ?#%' },
    { view: 'search', text: 'an appointment & more?' },
  ])('returns a fragment that parseRoute reads: %j', (route) =>
    expect(parseRoute(fragmentOf(route))).toEqual(route),
  );
});

describe('queryOf', () => {
  it('leaves empty and undefined filters out', () =>
    expect(queryOf({ status: '', node: undefined, userId: 'a b' })).toBe('?userId=a+b'));
  it('returns nothing without filters', () => expect(queryOf({ status: '' })).toBe(''));
});
