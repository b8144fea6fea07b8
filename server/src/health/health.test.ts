import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../core/testing/manual-clock.ts';
import { Health, type HealthReport, type HealthSources } from './health.ts';

/** A process in which everything works, with what a test changes. */
function started(changes: Partial<HealthSources> = {}, storeGraceMs: number | null = 30_000) {
  const clock = new ManualClock();
  const sources = {
    workers: () => [2],
    draining: () => false,
    full: () => false,
    othersAccept: () => true,
    storeReadAt: () => clock.now(),
    busUp: () => true as boolean | null,
    ...changes,
  };
  const health = new Health({ sources, storeGraceMs, clock });
  onTestFinished(() => health.stop());
  health.started();
  return { clock, health, sources };
}

/** The checks of a report that are not `ok`. */
function problems({ checks }: HealthReport) {
  return checks.filter(({ state }) => state !== 'ok').map(({ name, state }) => `${name} ${state}`);
}

describe('readiness', () => {
  it('readiness is ok and lists every check when everything works', () => {
    const { status, checks } = started().health.readiness();
    expect(status).toBe('ok');
    expect(checks.map(({ name }) => name)).toEqual([
      'startup',
      'shutdown',
      'capacity',
      'media_workers',
      'store',
      'bus',
    ]);
    expect(checks.every(({ detail }) => detail === null)).toBe(true);
  });

  it('readiness omits media workers and Redis when the process has none', () => {
    const { health } = started({ workers: () => [], busUp: () => null });
    expect(health.readiness().checks.map(({ name }) => name)).toEqual([
      'startup',
      'shutdown',
      'capacity',
      'store',
    ]);
  });

  it.each<[string, Partial<HealthSources>, string]>([
    ['all nodes are draining', { draining: () => true }, 'shutdown failed'],
    ['it is full and others are not', { full: () => true }, 'capacity failed'],
    ['every server is full', { full: () => true, othersAccept: () => false }, 'capacity degraded'],
    ['no media worker runs', { workers: () => [0, 0] }, 'media_workers failed'],
    ['one of its nodes has no media worker', { workers: () => [0, 1] }, 'media_workers degraded'],
    ['Redis is unreachable', { busUp: () => false }, 'bus degraded'],
  ])('readiness reports when %s', (_, changes, problem) => {
    const report = started(changes).health.readiness();
    expect(problems(report)).toEqual([problem]);
    expect(report.status).toBe(problem.split(' ')[1]);
    expect(report.checks.find(({ state }) => state !== 'ok')?.detail).toMatch(/^[A-Z].+\.$/);
  });

  it('readiness degrades when the store is away, and fails only after the grace period', () => {
    const { clock, health, sources } = started({}, 30_000);
    const readAt = clock.now();
    sources.storeReadAt = () => readAt;
    clock.advance(5000);
    expect(problems(health.readiness())).toEqual([]);
    clock.advance(1);
    expect(problems(health.readiness())).toEqual(['store degraded']);
    clock.advance(24_999);
    expect(problems(health.readiness())).toEqual(['store degraded']);
    clock.advance(1);
    expect(problems(health.readiness())).toEqual(['store failed']);
    sources.storeReadAt = () => clock.now();
    expect(problems(health.readiness())).toEqual([]);
  });

  it('readiness never fails because of the store when there is no grace period', () => {
    const { clock, health, sources } = started({}, null);
    const readAt = clock.now();
    sources.storeReadAt = () => readAt;
    clock.advance(24 * 60 * 60_000);
    expect(problems(health.readiness())).toEqual(['store degraded']);
  });

  it('readiness and startup fail until everything runs', () => {
    const { clock, sources } = started();
    const health = new Health({ sources, storeGraceMs: null, clock });
    onTestFinished(() => health.stop());
    expect(problems(health.readiness())).toEqual(['startup failed']);
    expect(problems(health.startup())).toEqual(['startup failed']);
    health.started();
    expect(health.startup().status).toBe('ok');
  });

  it('retire makes the process unready for good, neither dead nor unstarted', () => {
    const { health } = started();
    health.retire();
    health.started();
    expect(problems(health.readiness())).toEqual(['shutdown failed']);
    expect(health.liveness().status).toBe('ok');
    expect(health.startup().status).toBe('ok');
  });
});

describe('liveness', () => {
  it('liveness depends on no other system, no load and no drain', () => {
    const { health, clock, sources } = started({
      draining: () => true,
      full: () => true,
      busUp: () => false,
    });
    const readAt = clock.now();
    sources.storeReadAt = () => readAt;
    clock.advance(600_000);
    expect(problems(health.liveness())).toEqual([]);
  });

  it('liveness fails when no media worker has come back for 30 s', () => {
    const { health, clock, sources } = started();
    clock.advance(1000);
    sources.workers = () => [0];
    clock.advance(30_000);
    expect(problems(health.liveness())).toEqual(['media_workers degraded']);
    clock.advance(1000);
    expect(problems(health.liveness())).toEqual(['media_workers failed']);
    sources.workers = () => [1];
    expect(problems(health.liveness())).toEqual([]);
  });

  it('liveness fails when no timer has run for 45 s', async () => {
    const { health, clock } = started();
    await health.stop();
    clock.advance(45_000);
    expect(problems(health.liveness())).toEqual([]);
    clock.advance(1);
    expect(problems(health.liveness())).toEqual(['event_loop failed']);
  });
});
