import { describe, expect, it } from 'vitest';
import { voiceDetector } from './level-meter.tsx';

describe('voiceDetector', () => {
  it('detects a lasting voice', () => {
    const heard = voiceDetector();
    expect([0.5, 0.6, 0.5, 0.4].map(heard)).toEqual([false, true, false, true]);
  });

  it('ignores clicks and background noise', () => {
    const heard = voiceDetector();
    expect([0.9, 0, 0.9, 0.1, 0.9, 0.2, 0.2, 0.2, 0.2].map(heard)).not.toContain(true);
  });
});
