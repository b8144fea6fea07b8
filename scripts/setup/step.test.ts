import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { duration, tail } from './step.mjs';

describe('duration', () => {
  it('duration is in seconds up to a minute, then in minutes', () => {
    expect([40, 59_940, 119_700, 245_000].map(duration)).toEqual([
      '0.0 s',
      '59.9 s',
      '2 min 0 s',
      '4 min 5 s',
    ]);
  });
});

describe('tail', () => {
  it('tail is the end of the log, and empty without a log', () => {
    const folder = temporaryFolder({ log: 'a\nb\nc\n' });
    expect(tail(join(folder, 'log'), 2)).toBe('b\nc');
    expect(tail(join(folder, 'none'))).toBe('');
  });
});
