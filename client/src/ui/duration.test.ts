import { describe, expect, it } from 'vitest';
import { duration } from './duration.ts';

const MINUTE = 60_000;

describe('duration', () => {
  it('below a minute has no words, nor has a time that ran backwards', () => {
    expect(duration(59_999, 'en')).toBeNull();
    expect(duration(-5 * MINUTE, 'en')).toBeNull();
    expect(duration(Number.NaN, 'en')).toBeNull();
  });

  it('counts whole minutes', () => {
    expect(duration(MINUTE, 'en')).toBe('1 minute');
    expect(duration(12.9 * MINUTE, 'en')).toBe('12 minutes');
  });

  it('from an hour on has hours', () => {
    expect(duration(60 * MINUTE, 'en')).toBe('1 hour');
    expect(duration(125 * MINUTE, 'en')).toBe('2 hours, 5 minutes');
  });

  it('speaks the language asked for', () => {
    expect(duration(62 * MINUTE, 'de')).toBe('1 Stunde, 2 Minuten');
  });
});
