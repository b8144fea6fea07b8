import { describe, expect, it } from 'vitest';
import { countdown, waitingNews } from './countdown.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const words = (remaining: number, language?: string) =>
  countdown(remaining, language)
    .map(({ number, word }) => `${number} ${word}`)
    .join(' ');

describe('countdown', () => {
  it.each([
    [0, '0 seconds'],
    [-5 * SECOND, '0 seconds'],
    [1, '1 second'],
    [SECOND, '1 second'],
    [59_001, '1 minute 0 seconds'],
    [2 * MINUTE + 9 * SECOND, '2 minutes 9 seconds'],
    [HOUR, '1 hour 0 minutes 0 seconds'],
    [3 * DAY + 4 * HOUR + 5 * MINUTE + 6 * SECOND, '3 days 4 hours 5 minutes 6 seconds'],
    [1_200 * DAY, '1,200 days 0 hours 0 minutes 0 seconds'],
  ])('formats %i ms as “%s”', (remaining, said) => expect(words(remaining)).toBe(said));

  it.each([
    ['de', '1 Stunde 2 Minuten 3 Sekunden'],
    ['pl', '1 godzina 2 minuty 3 sekundy'],
    ['es', '1 hora 2 minutos 3 segundos'],
  ])('uses the plural forms of %s', (language, said) => {
    expect(words(HOUR + 2 * MINUTE + 3 * SECOND, language)).toBe(said);
  });

  it('returns each part with its unit', () => {
    expect(countdown(HOUR).map(({ unit }) => unit)).toEqual(['hour', 'minute', 'second']);
  });
});

describe('waitingNews', () => {
  const opensAt = Date.UTC(2026, 0, 5, 9, 45);
  const news = (before: number, after: number) =>
    waitingNews({ opensAt, remaining: before }, { opensAt, remaining: after });

  it('returns null for an ordinary second', () => {
    expect(news(9 * MINUTE, 9 * MINUTE - SECOND)).toBeNull();
    expect(news(30 * SECOND, 29 * SECOND)).toBeNull();
  });

  it.each([
    [60 * MINUTE, 'Your visit opens in 60 minutes.'],
    [10 * MINUTE, 'Your visit opens in 10 minutes.'],
    [MINUTE, 'Your visit opens in 1 minute.'],
  ])('announces once that %i ms are left', (left, said) => {
    expect(news(left + 400, left - 600)).toBe(said);
    expect(news(left - 600, left - 1_600)).toBeNull();
  });

  it('announces the current remaining time after several marks were skipped', () => {
    expect(news(2 * HOUR, 7 * MINUTE)).toBe('Your visit opens in 7 minutes.');
  });

  it('returns null at the end, because the next screen speaks', () => {
    expect(news(2 * MINUTE, 0)).toBeNull();
  });

  it('announces the new time of a rescheduled visit', () => {
    const said = waitingNews(
      { opensAt, remaining: 5 * MINUTE },
      { opensAt: opensAt + DAY, remaining: DAY + 5 * MINUTE },
    );
    expect(said).toMatch(/^The time of your visit was changed\. It opens: .*2026/);
  });
});
