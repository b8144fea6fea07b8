import { describe, expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const NOW = Date.parse('2031-05-06T09:30:00Z');

describe('retryAfterMs', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7000],
    ['Tue, 06 May 2031 09:32:00 GMT', 120_000],
    ['Tuesday, 06-May-31 09:32:00 GMT', 120_000],
    ['Tue May  6 09:32:00 2031', 120_000],
    ['Tue, 06 May 2031 09:00:00 GMT', 0],
  ])('understands %j', (value, ms) => expect(retryAfterMs(value, NOW)).toBe(ms));

  it.each([
    undefined,
    '',
    '-1',
    '1.5',
    '1e3',
    '0x10',
    'soon',
    '99999999999',
    '2031-05-06T09:32:00Z',
    'Tue, 99 May 2031 99:99:99 GMT',
  ])('makes nothing of %j', (value) => expect(retryAfterMs(value, NOW)).toBeNull());
});
