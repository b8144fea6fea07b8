import { describe, expect, it } from 'vitest';
import { nextCheckDelay } from './not-before.ts';

const OPENS_AT = Date.UTC(2026, 0, 5, 9, 45);

describe('untilNextLook', () => {
  it.each([
    ['a day', 86_400_000, 60_000],
    ['just over a minute', 60_001, 60_000],
    ['20 s', 20_000, 20_000],
    ['an instant', 1, 1],
  ])('%s ahead looks after %i ms or, to notice a new time, after a minute', (_name, ahead, delay) => {
    expect(nextCheckDelay(OPENS_AT, OPENS_AT - ahead)).toBe(delay);
  });

  it.each([0, 1, 3_600_000])(
    '%i ms late, where the server doesn’t agree yet, looks after a second',
    (late) => {
      expect(nextCheckDelay(OPENS_AT, OPENS_AT + late)).toBe(1_000);
    },
  );
});
