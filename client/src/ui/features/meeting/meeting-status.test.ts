import { describe, expect, it } from 'vitest';
import type { ProviderMeeting } from '../../../sdk/index.ts';
import { addressOf, closingText, movements, statusOf } from './meeting-status.ts';

const NOW = Date.parse('2026-01-01T09:00:00.000Z');
const MINUTE = 60_000;

function meeting(change: Partial<ProviderMeeting> = {}): ProviderMeeting {
  return {
    provider: 'zoom',
    readiness: 'ready',
    people: [],
    strangers: 0,
    closesAt: NOW,
    stay: 'before',
    opening: { kind: 'closed' },
    ...change,
  };
}
const open = (expiresAt: number | null = null) =>
  meeting({ opening: { kind: 'open', entry: { kind: 'address', url: 'https://z.example', expiresAt } } });
const asking = (problem: 'meeting_not_ready' | 'provider_unavailable' | 'unreachable' | null) =>
  meeting({ opening: { kind: 'asking', problem } });

describe('statusOf', () => {
  it.each([
    [meeting(), 'The meeting is ready.', true],
    [meeting({ readiness: 'preparing' }), 'The meeting is being prepared.', false],
    [meeting({ readiness: 'unavailable' }), 'Zoom has a problem right now.', false],
    [asking(null), 'Opening the meeting…', false],
    [asking('meeting_not_ready'), 'It opens by itself in a moment.', false],
    [asking('provider_unavailable'), 'Zoom can’t be reached right now.', false],
    [asking('unreachable'), 'The server can’t be reached right now.', false],
    [open(), 'The meeting is open in another window.', true],
    [meeting({ stay: 'in' }), 'You are in the meeting.', true],
    [meeting({ stay: 'out' }), 'You left the meeting.', false],
  ])('describes %o', (state, text, isGood) => {
    expect(statusOf(state, false)).toEqual({ text: expect.stringContaining(text) as string, isGood });
  });

  it('says that the person left a call inside the page, before the provider reports it', () => {
    const entry = { kind: 'credentials', credentials: {} } as const;
    const left = meeting({ provider: 'agora', stay: 'in', opening: { kind: 'open', entry } });
    expect(statusOf(left, false)).toEqual({
      text: 'You left the meeting. You can open it again.',
      isGood: false,
    });
  });

  it('says that the browser refused the window, unless the person asks again', () => {
    expect(statusOf(open(), true).text).toContain('did not allow a new window');
    expect(statusOf(asking(null), true).text).toBe('Opening the meeting…');
  });
});

describe('closingText', () => {
  it.each([
    [5 * MINUTE + 1, null],
    [5 * MINUTE, 'The visit closes in 5 minutes.'],
    [59_000, 'The visit closes in 1 minute.'],
    [0, null],
  ])('returns the words for %i milliseconds before the end', (left, text) => {
    expect(closingText(NOW + left, NOW)).toBe(text);
  });
});

describe('addressOf', () => {
  it('returns the address until it expires', () => {
    expect(addressOf(open(), NOW)).toBe('https://z.example');
    expect(addressOf(open(NOW + 1), NOW)).toBe('https://z.example');
    expect(addressOf(open(NOW), NOW)).toBeNull();
  });

  it('returns null before the meeting is opened, and for credentials', () => {
    expect(addressOf(meeting(), NOW)).toBeNull();
    const entry = { kind: 'credentials', credentials: {} } as const;
    expect(addressOf(meeting({ opening: { kind: 'open', entry } }), NOW)).toBeNull();
  });
});

describe('movements', () => {
  const person = (userId: string, present: boolean) =>
    ({ userId, role: 'patient', displayName: null, present, hasLeft: false }) as const;

  it('returns who came and who left, also if their seat is new or gone', () => {
    const before = [person('a', false), person('b', true), person('c', true), person('gone', true)];
    const after = [person('a', true), person('b', false), person('c', true), person('new', true)];
    const { came, left } = movements(before, after);
    expect(came.map(({ userId }) => userId)).toEqual(['a', 'new']);
    expect(left.map(({ userId }) => userId)).toEqual(['b', 'gone']);
  });
});
