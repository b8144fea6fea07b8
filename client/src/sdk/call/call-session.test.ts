import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attemptOf,
  callTransition,
  nextCheckDelay,
  type CallStage,
  type CallStageEvent,
} from './call-session.ts';

const RUNS = { seed: 20_261_129, numRuns: 500 };
const IDLE: CallStage<string> = { kind: 'idle' };

const events = fc.array(
  fc.constantFrom<CallStageEvent<string>>(
    { type: 'started', attempt: 'a' },
    { type: 'started', attempt: 'b' },
    { type: 'loaded' },
    { type: 'stopped' },
    { type: 'retry-scheduled' },
  ),
  { maxLength: 20 },
);
const replay = (list: readonly CallStageEvent<string>[]) =>
  list.reduce<CallStage<string>>(callTransition, IDLE);

describe('callTransition()', () => {
  it('has an attempt if one was started since the last stop, after any sequence of events', () => {
    fc.assert(
      fc.property(events, (list) => {
        const lastStart = list.map(({ type }) => type).lastIndexOf('started');
        const lastStop = list.map(({ type }) => type).lastIndexOf('stopped');
        const start = list[lastStart];
        const expected = lastStart > lastStop && start?.type === 'started' ? start.attempt : null;
        expect(attemptOf(replay(list))).toBe(expected);
      }),
      RUNS,
    );
  });

  it('schedules another start only while nothing runs', () => {
    fc.assert(
      fc.property(events, (list) => {
        const stage = replay(list);
        const next = callTransition(stage, { type: 'retry-scheduled' });
        if (attemptOf(stage) === null) expect(next).toEqual({ kind: 'scheduled' });
        else expect(next).toBe(stage);
      }),
      RUNS,
    );
  });

  it('runs once the visit is loaded, and only then', () => {
    expect(replay([{ type: 'started', attempt: 'a' }])).toEqual({ kind: 'loading', attempt: 'a' });
    expect(replay([{ type: 'started', attempt: 'a' }, { type: 'loaded' }])).toEqual({
      kind: 'running',
      attempt: 'a',
    });
    expect(replay([{ type: 'loaded' }])).toBe(IDLE);
  });

  it('is idle after a stop, whatever it was', () => {
    fc.assert(
      fc.property(events, (list) => {
        expect(replay([...list, { type: 'stopped' }])).toEqual(IDLE);
      }),
      RUNS,
    );
  });
});

const OPENS_AT = Date.UTC(2026, 0, 5, 9, 45);

describe('nextCheckDelay()', () => {
  it.each([
    ['a day', 86_400_000, 60_000],
    ['just over a minute', 60_001, 60_000],
    ['20 s', 20_000, 20_000],
    ['an instant', 1, 1],
  ])('when the visit opens in %s (%i ms) is that time, and a minute at most', (_name, ahead, delay) => {
    expect(nextCheckDelay(OPENS_AT, OPENS_AT - ahead)).toBe(delay);
  });

  it.each([0, 1, 3_600_000])(
    'is a second when the visit should have been open for %i ms and the server disagrees',
    (late) => {
      expect(nextCheckDelay(OPENS_AT, OPENS_AT + late)).toBe(1_000);
    },
  );
});
