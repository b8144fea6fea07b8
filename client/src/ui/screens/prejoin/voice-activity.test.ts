import { describe, expect, it } from 'vitest';
import { voiceDetector } from './voice-activity.ts';

describe('voiceDetector', () => {
  it('hears a voice that lasts', () => {
    const heard = voiceDetector();
    expect([0.5, 0.6, 0.5, 0.4].map(heard)).toEqual([false, true, false, true]);
  });

  it('takes neither a click nor the sound of a room for a voice', () => {
    const heard = voiceDetector();
    expect([0.9, 0, 0.9, 0.1, 0.9, 0.2, 0.2, 0.2, 0.2].map(heard)).not.toContain(true);
  });
});
