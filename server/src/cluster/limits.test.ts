import pino from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../domain/testing/manual-clock.ts';
import { Limits, type Capacity } from './limits.ts';

const NONE: Capacity = { participants: 0, cpuPercent: 0, memoryPercent: 0 };
const SECOND = 1000;

let clock: ManualClock;
let now: { participants: number; cpu: number; memory: number };
let log: string[];

function limits(capacity: Partial<Capacity>): Limits {
  const made = new Limits({
    capacity: { ...NONE, ...capacity },
    readings: { participants: () => now.participants, cpu: () => now.cpu, memory: () => now.memory },
    clock,
    logger: pino(
      { level: 'info' },
      { write: (line: string) => void log.push((JSON.parse(line) as { msg: string }).msg) },
    ),
  });
  made.start();
  return made;
}

beforeEach(() => {
  clock = new ManualClock();
  now = { participants: 0, cpu: 0, memory: 0 };
  log = [];
});

describe('Limits.full', () => {
  it('is never true without limits', () => {
    const none = limits({});
    now = { participants: 1e6, cpu: 1, memory: 1 };
    clock.advance(60 * SECOND);
    expect(none.full).toBe(false);
  });

  it('of participants is true at the limit at once, and false again at nine tenths of it', () => {
    const some = limits({ participants: 100 });
    const at = (participants: number) => {
      now.participants = participants;
      return some.full;
    };
    expect([99, 100, 120, 99, 91, 90, 99, 100, 91].map(at)).toEqual([
      false,
      true,
      true,
      true,
      true,
      false,
      false,
      true,
      true,
    ]);
  });

  it('of very few participants opens with the next one who leaves', () => {
    const some = limits({ participants: 1 });
    expect([1, 0, 1].map((participants) => ((now.participants = participants), some.full))).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('of the processor takes a mean of five seconds, both ways', () => {
    const some = limits({ cpuPercent: 90 });
    now.cpu = 1;
    clock.advance(4 * SECOND);
    expect(some.full).toBe(false);
    clock.advance(SECOND);
    expect(some.full).toBe(true);
    now.cpu = 0.85;
    clock.advance(60 * SECOND);
    expect(some.full).toBe(true);
    now.cpu = 0.7;
    clock.advance(SECOND);
    expect(some.full).toBe(true);
    clock.advance(SECOND);
    expect(some.full).toBe(false);
  });

  it('does not follow a busy moment', () => {
    const some = limits({ cpuPercent: 90 });
    for (let time = 0; time < 20; time++) {
      now.cpu = time % 5 === 0 ? 0.2 : 1;
      clock.advance(SECOND);
      expect(some.full).toBe(false);
    }
  });

  it('of memory is true at the limit and false again at nine tenths of it', () => {
    const some = limits({ memoryPercent: 90 });
    const at = (memory: number) => {
      now.memory = memory;
      clock.advance(SECOND);
      return some.full;
    };
    expect([0.89, 0.9, 0.85, 0.82, 0.8, 0.89].map(at)).toEqual([false, true, true, true, false, false]);
  });

  it('is true while any of them is, and says so once', () => {
    const some = limits({ participants: 10, memoryPercent: 90 });
    now.participants = 10;
    expect(some.full).toBe(true);
    now.memory = 0.95;
    clock.advance(5 * SECOND);
    now.participants = 0;
    expect(some.full).toBe(true);
    now.memory = 0.5;
    clock.advance(SECOND);
    expect(some.full).toBe(false);
    expect(log).toEqual(['full: nobody new comes in', 'no longer full']);
  });

  it('reads no more after stop()', () => {
    const some = limits({ memoryPercent: 90 });
    some.stop();
    expect(clock.waiting).toBe(0);
  });
});

describe('Limits.enter', () => {
  it('lets as many in at once as there are places for', async () => {
    const some = limits({ participants: 3 });
    now.participants = 1;
    const gate = Promise.withResolvers<string>();
    const join = () => some.enter(() => gate.promise);
    const joins = [join(), join(), join(), join()];
    gate.resolve('in');
    const outcomes = await Promise.allSettled(joins);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(outcomes[3]).toMatchObject({ reason: { code: 'no_capacity', retryAfter: 10 } });
  });

  it('gives the place back of somebody who did not get in', async () => {
    const some = limits({ participants: 1 });
    await expect(some.enter(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(some.enter(() => Promise.resolve('in'))).resolves.toBe('in');
  });

  it('asks nothing of a join that it refuses', async () => {
    const some = limits({ participants: 1 });
    now.participants = 1;
    let asked = false;
    await expect(
      some.enter(() => {
        asked = true;
        return Promise.resolve();
      }),
    ).rejects.toMatchObject({ code: 'no_capacity' });
    expect(asked).toBe(false);
  });
});
