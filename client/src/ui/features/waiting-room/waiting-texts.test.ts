import { describe, expect, it } from 'vitest';
import type { VisitState } from '../../../sdk/index.ts';
import { messageText, pageTitle, waitedText, waitingText } from './waiting-texts.ts';

const waiting = (hostPresent: boolean, needsAdmission: boolean) => ({
  since: 0,
  hostPresent,
  needsAdmission,
  messages: [],
});

describe('waitingText', () => {
  it('with a host who lets people in says that they know', () => {
    expect(waitingText(waiting(true, true), 'Dr. Weber')).toBe(
      'Dr. Weber can see that you are here and will let you in.',
    );
    expect(waitingText(waiting(true, true), null)).toMatch(/^Your host can see/);
  });

  it('without a host says what happens when they come', () => {
    expect(waitingText(waiting(false, true), null)).toMatch(/they see that you are waiting/);
    expect(waitingText(waiting(false, false), null)).toMatch(/you are taken in/);
  });

  it('with nobody left to wait for says that it starts', () => {
    expect(waitingText(waiting(true, false), null)).toMatch(/taken in now/);
  });
});

describe('waitedText', () => {
  it('names no number in the first minute, nor where the clock ran backwards', () => {
    expect(waitedText(0, 59_000)).toBe('You have just arrived.');
    expect(waitedText(60_000, 0)).toBe('You have just arrived.');
  });

  it('then counts minutes', () => {
    expect(waitedText(0, 3 * 60_000)).toBe('You have been waiting for 3 minutes.');
  });
});

describe('messageText', () => {
  it('says who wrote', () => {
    const at = '2026-03-02T09:00:00Z';
    expect(messageText({ displayName: 'Dr. Weber', text: 'Five minutes.', at })).toBe(
      'Message from Dr. Weber: Five minutes.',
    );
    expect(messageText({ displayName: null, text: 'Five minutes.', at })).toBe('Message: Five minutes.');
  });
});

describe('pageTitle', () => {
  const session = { title: 'Check-up' } as VisitState['session'];

  it('is the visit’s, and says when one waits', () => {
    expect(pageTitle({ phase: 'ready', session })).toBe('Check-up');
    expect(pageTitle({ phase: 'waiting', session })).toBe('Waiting – Check-up');
  });

  it('without a visit is the page’s', () => {
    expect(pageTitle({ phase: 'loading', session: null })).toBe('Video visit');
  });
});
