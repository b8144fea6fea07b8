import type { ChatMessage } from '@televisit/shared/signaling';
import { describe, expect, it } from 'vitest';
import { chatLines, isPicture } from './chat-lines.ts';

const message = (seq: number, userId: string, minute = 0): ChatMessage => ({
  seq,
  clientId: `c${seq}`,
  userId,
  displayName: null,
  role: 'patient',
  text: 'hello',
  file: null,
  at: new Date(Date.UTC(2026, 0, 1, 10, minute)).toISOString(),
});

describe('chatLines', () => {
  it('groups messages of one sender', () => {
    const lines = chatLines([message(1, 'ana'), message(2, 'ana', 1), message(3, 'ben', 1)], 'ben', 3);
    expect(lines.map(({ head }) => head)).toEqual([true, false, true]);
    expect(lines.map(({ own }) => own)).toEqual([false, false, true]);
  });

  it('starts a new group after a pause', () => {
    expect(chatLines([message(1, 'ana'), message(2, 'ana', 5)], null, 2).map(({ head }) => head)).toEqual([
      true,
      true,
    ]);
  });

  it('marks only the first new message of another person', () => {
    const lines = chatLines(
      [message(1, 'ana'), message(2, 'me'), message(3, 'ana'), message(5, 'ana')],
      'me',
      1,
    );
    expect(lines.filter(({ fresh }) => fresh).map(({ message: { seq } }) => seq)).toEqual([3]);
  });
});

describe('isPicture', () => {
  it('returns true only for image types that browsers show safely', () => {
    for (const type of ['image/png', 'image/jpeg', 'IMAGE/WEBP', 'image/gif; x=1'])
      expect(isPicture(type)).toBe(true);
    for (const type of ['image/svg+xml', 'text/html', 'application/pdf', '', 'image/png+xml']) {
      expect(isPicture(type)).toBe(false);
    }
  });
});
