import { analytics } from '@televisit/shared/reports';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnalyticsTally } from './analytics.ts';
import type { Session } from './session.ts';
import { DOCTOR, HOUR, MINUTE, newSession, NINE, PATIENT, sessionIn } from './testing/sessions.ts';

const NOW = NINE + 24 * HOUR;

function figuresOf(timeZone: string, ...sessions: Session[]) {
  const tally = new AnalyticsTally(timeZone);
  for (const session of sessions) tally.add(session, NOW);
  const figures = tally.figures();
  const range = { from: new Date(0).toISOString(), to: new Date(NOW).toISOString(), timeZone };
  analytics.parse({ ...range, ...figures });
  return figures;
}

const at = (instant: string) => newSession({ scheduledAt: Date.parse(instant) });
const datesOf = (timeZone: string, ...instants: string[]) =>
  figuresOf(timeZone, ...instants.map(at)).days.map(({ date, visits }) => `${date} ${visits}`);

const visited = (minutes: number, waited: number, ...ratings: number[]): Session => ({
  ...sessionIn('ended'),
  startedAt: NINE,
  endedAt: NINE + minutes * MINUTE,
  intervals: [
    [PATIENT, NINE],
    [DOCTOR, NINE + waited * 1000],
  ].map(([seat = 0, joinedAt = 0]) => ({
    seat,
    joinedAt,
    leftAt: NINE + minutes * MINUTE,
    reason: 'session_ended',
    reconnects: 0,
    quality: { sent: null, received: null },
    impairedMs: 0,
  })),
  feedback: ratings.map((rating, seat) => ({ seat, rating, comment: null, at: NINE })),
});

describe('AnalyticsTally', () => {
  it('returns zeros, no days and no means without visits', () => {
    expect(figuresOf('UTC')).toEqual({
      visits: 0,
      byStatus: { scheduled: 0, live: 0, ended: 0, cancelled: 0 },
      noShows: 0,
      hostAbsences: 0,
      minutes: 0,
      meanWaitingSeconds: null,
      meanRating: null,
      days: [],
    });
  });

  it('counts visits by status, and no-shows and absences of hosts as ended', () => {
    const unattended: Session = { ...sessionIn('ended'), startedAt: null, endReason: 'host_absent' };
    const missed: Session = { ...sessionIn('ended'), startedAt: null, endReason: 'no_show' };
    const [interval] = visited(30, 0).intervals;
    const inside = { ...interval!, joinedAt: NOW - 10 * MINUTE, leftAt: null };
    const live = { ...sessionIn('live'), startedAt: NOW - 10 * MINUTE, intervals: [inside] };
    const figures = figuresOf(
      'UTC',
      newSession(),
      live,
      missed,
      unattended,
      visited(30, 0),
      sessionIn('cancelled'),
    );
    expect(figures).toMatchObject({
      visits: 6,
      byStatus: { scheduled: 1, live: 1, ended: 3, cancelled: 1 },
      noShows: 1,
      hostAbsences: 1,
      minutes: 40,
    });
  });

  it('averages over waiting participants and ratings, not over visits', () => {
    const figures = figuresOf('UTC', visited(30, 90, 5), visited(30, 30, 2, 3), newSession());
    expect(figures).toMatchObject({ meanWaitingSeconds: 60, meanRating: 3.3 });
  });

  it('assigns a visit to its calendar day in the time zone', () => {
    expect(datesOf('UTC', '2026-01-05T23:30:00Z', '2026-01-05T22:30:00Z')).toEqual(['2026-01-05 2']);
    expect(datesOf('Europe/Berlin', '2026-01-05T23:30:00Z', '2026-01-05T22:30:00Z')).toEqual([
      '2026-01-05 1',
      '2026-01-06 1',
    ]);
    expect(datesOf('America/New_York', '2026-01-05T04:59:59Z', '2026-01-05T05:00:00Z')).toEqual([
      '2026-01-04 1',
      '2026-01-05 1',
    ]);
    expect(datesOf('Asia/Kathmandu', '2026-01-05T18:14:59Z', '2026-01-05T18:15:00Z')).toEqual([
      '2026-01-05 1',
      '2026-01-06 1',
    ]);
  });

  it('handles days of 23 and 25 hours when daylight saving time begins and ends', () => {
    const spring = ['2026-03-28T23:00:00Z', '2026-03-29T21:59:59Z', '2026-03-29T22:00:00Z'];
    expect(datesOf('Europe/Berlin', ...spring)).toEqual(['2026-03-29 2', '2026-03-30 1']);
    const autumn = ['2026-10-24T22:00:00Z', '2026-10-25T22:59:59Z', '2026-10-25T23:00:00Z'];
    expect(datesOf('Europe/Berlin', ...autumn)).toEqual(['2026-10-25 2', '2026-10-26 1']);
  });

  it('sorts days regardless of the order of the visits', () => {
    const instants = ['2026-02-01T12:00:00Z', '2025-12-31T12:00:00Z', '2026-01-10T12:00:00Z'];
    expect(datesOf('UTC', ...instants)).toEqual(['2025-12-31 1', '2026-01-10 1', '2026-02-01 1']);
  });

  it('returns days that add up to the total', () => {
    const session = fc
      .record({
        base: fc.constantFrom(
          newSession(),
          sessionIn('live'),
          sessionIn('cancelled'),
          visited(12, 30, 4),
          visited(7.77, 0, 1, 5),
          { ...sessionIn('ended'), endReason: 'no_show' as const },
        ),
        scheduledAt: fc.integer({ min: NINE - 400 * HOUR, max: NINE + 400 * HOUR }),
      })
      .map(({ base, scheduledAt }): Session => ({ ...base, scheduledAt }));
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'Pacific/Kiritimati', 'America/St_Johns');
    fc.assert(
      fc.property(zone, fc.array(session, { maxLength: 30 }), (timeZone, sessions) => {
        const { days, ...whole } = figuresOf(timeZone, ...sessions);
        const sum = (figure: (day: (typeof days)[number]) => number) =>
          days.reduce((total, day) => total + figure(day), 0);
        expect(whole.visits).toBe(sessions.length);
        expect(sum(({ visits }) => visits)).toBe(whole.visits);
        expect(sum(({ noShows }) => noShows)).toBe(whole.noShows);
        for (const status of ['scheduled', 'live', 'ended', 'cancelled'] as const) {
          expect(sum(({ byStatus }) => byStatus[status])).toBe(whole.byStatus[status]);
        }
        // Each day and the total are rounded to a tenth separately.
        const rounding = 0.05 * (days.length + 1) + 1e-6;
        expect(Math.abs(sum(({ minutes }) => minutes) - whole.minutes)).toBeLessThan(rounding);
        expect(new Set(days.map(({ date }) => date)).size).toBe(days.length);
        expect(days.map(({ date }) => date)).toEqual(days.map(({ date }) => date).sort());
      }),
    );
  });
});
