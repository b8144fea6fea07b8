import { describe, expect, it } from 'vitest';
import { uuidSegment, zoomPath } from './zoom-api.ts';
import { dailyLimitMs, zoomError } from './zoom-error.ts';

describe('zoomError', () => {
  it.each([
    [400, 300, 'refused'],
    [400, 3000, 'refused'],
    [400, 3002, 'refused'],
    [404, 3001, 'missing'],
    [404, 1001, 'misconfigured'],
    [404, 1010, 'misconfigured'],
    [400, 3161, 'misconfigured'],
    [400, 200, 'misconfigured'],
    [400, 2034, 'misconfigured'],
    [400, 3412, 'misconfigured'],
    [400, 4711, 'misconfigured'],
    [401, 124, 'misconfigured'],
    [400, 124, 'misconfigured'],
  ])('calls %i with code %i %s', (status, code, kind) => {
    expect(zoomError({ status, body: { code, message: 'x' } })).toMatchObject({ kind, code: String(code) });
  });

  it('reads codes of XML, and the status of other bodies', () => {
    const body = '<?xml version="1.0"?><error><code>3001</code><message>No</message></error>';
    expect(zoomError({ status: 400, body })).toMatchObject({ kind: 'missing', code: '3001' });
    expect(zoomError({ status: 404, body: '<html>' })).toMatchObject({ kind: 'missing', code: '404' });
    expect(zoomError({ status: 403, body: null })).toMatchObject({ kind: 'refused', code: '403' });
  });

  it('names fields and scopes, and never repeats what Zoom says about people', () => {
    const message = 'User does not exist: ana@home.example.';
    expect(zoomError({ status: 404, body: { code: 1001, message } }).message).not.toContain('@');
    const errors = [{ field: 'settings.jbh_time', message: 'ana@home.example' }];
    expect(zoomError({ status: 400, body: { code: 300, message, errors } }).message).toBe(
      'Zoom refuses the request with 400 because of settings.jbh_time',
    );
    const scopes = 'Invalid access token, does not contain scopes:[user:read:user:admin, user:read:user].';
    expect(zoomError({ status: 400, body: { code: 4711, message: scopes } }).message).toBe(
      'the Zoom app lacks scopes: user:read:user:admin, user:read:user',
    );
  });
});

describe('dailyLimitMs', () => {
  const now = Date.UTC(2026, 0, 5, 22, 0, 0);
  const answer = (message: string, headers = {}) => ({
    status: 429,
    headers: new Headers(headers),
    body: { code: 429, message },
  });

  it('is the time until midnight UTC for limits of a day', () => {
    const perHost = 'A maximum of 100 meetings can be created/updated for a single user in one day.';
    expect(dailyLimitMs(answer(perHost), now)).toBe(2 * 3_600_000);
    expect(dailyLimitMs(answer('x', { 'X-RateLimit-Type': 'Daily-limit' }), now)).toBe(2 * 3_600_000);
  });

  it('is null for limits of a second', () => {
    expect(dailyLimitMs(answer('Too many', { 'X-RateLimit-Type': 'QPS' }), now)).toBeNull();
  });
});

describe('zoomPath', () => {
  it.each([
    ['abc==', '/past_meetings/abc%3D%3D'],
    ['a/b==', '/past_meetings/a%2Fb%3D%3D'],
    ['/ab==', '/past_meetings/%252Fab%253D%253D'],
    ['a//b', '/past_meetings/a%252F%252Fb'],
  ])('encodes the UUID %s as Zoom demands', (uuid, path) => {
    expect(zoomPath('past_meetings', uuidSegment(uuid))).toBe(path);
  });
});
