import { execFileSync } from 'node:child_process';
import pino from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../core/testing/manual-clock.ts';
import { AdmissionControl, groupOf, inactiveFiles, usedMemory, type Capacity } from './admission-control.ts';

const NONE: Capacity = { participants: 0, cpuPercent: 0, memoryPercent: 0 };
const SECOND = 1000;

let clock: ManualClock;
let now: { participants: number; cpu: number; memory: number | null };
let log: string[];

function started(capacity: Partial<Capacity>): AdmissionControl {
  const admission = new AdmissionControl({
    capacity: { ...NONE, ...capacity },
    readings: { participants: () => now.participants, cpu: () => now.cpu, memory: () => now.memory },
    clock,
    logger: pino(
      { level: 'info' },
      { write: (line: string) => void log.push((JSON.parse(line) as { msg: string }).msg) },
    ),
  });
  admission.start();
  return admission;
}

beforeEach(() => {
  clock = new ManualClock();
  now = { participants: 0, cpu: 0, memory: 0 };
  log = [];
});

describe('AdmissionControl.full', () => {
  it('is never true without limits', () => {
    const admission = started({});
    now = { participants: 1e6, cpu: 1, memory: 1 };
    clock.advance(60 * SECOND);
    expect(admission.full).toBe(false);
  });

  it('usage is the share of each limit that is used, without limits that are off', () => {
    const admission = started({ participants: 10, cpuPercent: 50 });
    now = { participants: 4, cpu: 0.25, memory: 1 };
    clock.advance(5 * SECOND);
    expect(admission.usage).toEqual({ participants: 0.4, cpu: 0.5 });
  });

  it('becomes true at the participant limit at once, and false at nine tenths of it', () => {
    const admission = started({ participants: 100 });
    const at = (participants: number) => {
      now.participants = participants;
      return admission.full;
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

  it('becomes false with the next participant who leaves when the limit is very low', () => {
    const admission = started({ participants: 1 });
    expect([1, 0, 1].map((participants) => ((now.participants = participants), admission.full))).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('uses the mean CPU load of five seconds in both directions', () => {
    const admission = started({ cpuPercent: 90 });
    now.cpu = 1;
    clock.advance(4 * SECOND);
    expect(admission.full).toBe(false);
    clock.advance(SECOND);
    expect(admission.full).toBe(true);
    now.cpu = 0.85;
    clock.advance(60 * SECOND);
    expect(admission.full).toBe(true);
    now.cpu = 0.7;
    clock.advance(SECOND);
    expect(admission.full).toBe(true);
    clock.advance(SECOND);
    expect(admission.full).toBe(false);
  });

  it('stays false during a short CPU peak', () => {
    const admission = started({ cpuPercent: 90 });
    for (let time = 0; time < 20; time++) {
      now.cpu = time % 5 === 0 ? 0.2 : 1;
      clock.advance(SECOND);
      expect(admission.full).toBe(false);
    }
  });

  it('does not change with memory that can’t be read', () => {
    const admission = started({ memoryPercent: 90 });
    const at = (memory: number | null) => {
      now.memory = memory;
      clock.advance(SECOND);
      return admission.full;
    };
    expect([null, 0.95, null, 0.5, null].map(at)).toEqual([false, true, true, false, false]);
  });

  it('becomes true at the memory limit and false at nine tenths of it', () => {
    const admission = started({ memoryPercent: 90 });
    const at = (memory: number) => {
      now.memory = memory;
      clock.advance(SECOND);
      return admission.full;
    };
    expect([0.89, 0.9, 0.85, 0.82, 0.8, 0.89].map(at)).toEqual([false, true, true, true, false, false]);
  });

  it('is true while any limit is reached, and each change is logged once', () => {
    const admission = started({ participants: 10, memoryPercent: 90 });
    now.participants = 10;
    expect(admission.full).toBe(true);
    now.memory = 0.95;
    clock.advance(5 * SECOND);
    now.participants = 0;
    expect(admission.full).toBe(true);
    now.memory = 0.5;
    clock.advance(SECOND);
    expect(admission.full).toBe(false);
    expect(log).toEqual(['process is full, refusing new participants', 'process is no longer full']);
  });

  it('takes no more readings after stop()', async () => {
    const admission = started({ memoryPercent: 90 });
    await admission.stop();
    expect(clock.waiting).toBe(0);
  });
});

describe('AdmissionControl.enter', () => {
  it('admits as many concurrent joins as there are places', async () => {
    const admission = started({ participants: 3 });
    now.participants = 1;
    const gate = Promise.withResolvers<string>();
    const join = () => admission.enter(() => gate.promise);
    const joins = [join(), join(), join(), join()];
    gate.resolve('in');
    const outcomes = await Promise.allSettled(joins);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(outcomes[3]).toMatchObject({ reason: { code: 'no_capacity', retryAfter: 10 } });
  });

  it('frees the place of a join that failed', async () => {
    const admission = started({ participants: 1 });
    await expect(admission.enter(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(admission.enter(() => Promise.resolve('in'))).resolves.toBe('in');
  });

  it('does not run a join that it refuses', async () => {
    const admission = started({ participants: 1 });
    now.participants = 1;
    let asked = false;
    await expect(
      admission.enter(() => {
        asked = true;
        return Promise.resolve();
      }),
    ).rejects.toMatchObject({ code: 'no_capacity' });
    expect(asked).toBe(false);
  });
});

describe('usedMemory', () => {
  it('returns null when the process has no file descriptor left', () => {
    const script = `
      import { openSync, closeSync } from 'node:fs';
      import { usedMemory } from '${new URL('admission-control.ts', import.meta.url).href}';
      const files = [];
      try { for (;;) files.push(openSync('/dev/null', 'r')); } catch {}
      const used = usedMemory();
      files.forEach(closeSync);
      console.log(JSON.stringify(used));`;
    const shell = 'ulimit -n 64 && exec "$0" --input-type=module -e "$1"';
    expect(execFileSync('sh', ['-c', shell, process.execPath, script], { encoding: 'utf8' })).toBe('null\n');
  });

  it('returns a share between 0 and 1', () => {
    expect(usedMemory()).toBeGreaterThan(0);
    expect(usedMemory()).toBeLessThan(1);
  });
});

describe('groupOf', () => {
  it.each([
    ['0::/\n', ''],
    ['0::/system.slice/televisit.service\n', '/system.slice/televisit.service'],
    ['12:memory:/docker/abc\n0::/docker/abc\n', '/docker/abc'],
    ['12:memory:/docker/abc\n', ''],
    ['', ''],
  ])('returns the path of the v2 group (%j)', (cgroup, group) => expect(groupOf(cgroup)).toBe(group));
});

describe('inactiveFiles', () => {
  it('reads the line inactive_file and no other', () => {
    expect(inactiveFiles('anon 1\nfile 2\nactive_file 3\ninactive_file 4096\nslab 5\n')).toBe(4096);
    expect(inactiveFiles('total_inactive_file 4096\n')).toBe(0);
  });
});
