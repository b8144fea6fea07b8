import { describe, expect, it } from 'vitest';
import { messageText, waitedText, waitingText } from './waiting-screen.tsx';

const waiting = (hostPresent: boolean, needsAdmission: boolean) => ({
  since: 0,
  hostPresent,
  needsAdmission,
  messages: [],
});

describe('waitingText', () => {
  it('says that the host knows, if a present host lets people in', () => {
    expect(waitingText(waiting(true, true), 'Dr. Weber')).toBe(
      'Dr. Weber can see that you are here and will let you in.',
    );
    expect(waitingText(waiting(true, true), null)).toMatch(/^Your host can see/);
  });

  it('says what happens when a host arrives, if none is present', () => {
    expect(waitingText(waiting(false, true), null)).toMatch(/they will see that you are waiting/);
    expect(waitingText(waiting(false, false), null)).toMatch(/you’ll be let in automatically/);
  });

  it('says that the visit starts, if admission is not needed', () => {
    expect(waitingText(waiting(true, false), null)).toMatch(/you’ll be let in automatically/);
  });
});

describe('waitedText', () => {
  it('names no number in the first minute or if the clock runs backwards', () => {
    expect(waitedText(0, 59_000)).toBe('You have just arrived.');
    expect(waitedText(60_000, 0)).toBe('You have just arrived.');
  });

  it('counts minutes after the first one', () => {
    expect(waitedText(0, 3 * 60_000)).toBe('You have been waiting for 3 minutes.');
  });
});

describe('messageText', () => {
  it('names the sender, if known', () => {
    const at = '2026-03-02T09:00:00Z';
    expect(messageText({ displayName: 'Dr. Weber', text: 'Five minutes.', at })).toBe(
      'Message from Dr. Weber: Five minutes.',
    );
    expect(messageText({ displayName: null, text: 'Five minutes.', at })).toBe('Message: Five minutes.');
  });
});
