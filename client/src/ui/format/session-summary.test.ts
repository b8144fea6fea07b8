import { describe, expect, it } from 'vitest';
import type { VisitState } from '../../sdk/index.ts';
import { expectedNames, hostNames, plannedTime } from './session-summary.ts';

type Session = NonNullable<VisitState['session']>;

const visit = (...people: Session['people']) => ({ people }) as unknown as Session;
const doctor = { userId: 'd', role: 'doctor', displayName: 'Dr. Ana Weber' } as const;
const nurse = { userId: 'n', role: 'instructor', displayName: null } as const;
const patient = { userId: 'p', role: 'patient', displayName: 'Maria' } as const;
const guest = { userId: 'g', role: 'guest', displayName: 'Li' } as const;

describe('expectedNames', () => {
  it('names everybody but oneself', () => {
    expect(expectedNames(visit(doctor, patient, guest), 'p')).toBe('Dr. Ana Weber and Li');
  });

  it('calls somebody without a name by their role', () => {
    expect(expectedNames(visit(nurse, patient), 'p')).toBe('Instructor');
  });

  it('is null where nobody else is expected, or nothing is known', () => {
    expect(expectedNames(visit(patient), 'p')).toBeNull();
    expect(expectedNames(null, 'p')).toBeNull();
  });
});

describe('hostNames', () => {
  it('names those who may let people in, either of whom will do', () => {
    expect(hostNames(visit(doctor, nurse, patient, guest), 'p')).toBe('Dr. Ana Weber or Instructor');
  });

  it('is null where there is no host or a crowd of them', () => {
    expect(hostNames(visit(patient, guest), 'p')).toBeNull();
    const third = { ...doctor, userId: 'third' };
    expect(hostNames(visit(doctor, nurse, third, patient), 'p')).toBeNull();
  });
});

describe('plannedTime', () => {
  const nine = { scheduledAt: '2026-03-02T09:00:00Z', durationMinutes: 30 };
  const at = (time: string) => Date.parse(time);

  it('of today is from when to when', () => {
    const { today, text } = plannedTime(nine, at('2026-03-02T08:50:00Z'), 'de', 'UTC');
    expect(today).toBe(true);
    expect(text).toMatch(/^09:00\s?–\s?09:30 Uhr$/);
  });

  it('has no date where the visit ends after midnight either', () => {
    const late = { scheduledAt: '2026-03-02T23:43:00Z', durationMinutes: 30 };
    const { today, text } = plannedTime(late, at('2026-03-02T23:40:00Z'), 'en', 'UTC');
    expect(today).toBe(true);
    expect(text).toMatch(/^11:43\sPM – 12:13\sAM$/);
  });

  it('of another day has the date', () => {
    const { today, text } = plannedTime(nine, at('2026-03-01T08:50:00Z'), 'en-GB', 'UTC');
    expect(today).toBe(false);
    expect(text).toContain('2 March 2026');
  });

  it('goes by the day of the device’s zone', () => {
    const late = { scheduledAt: '2026-03-02T23:30:00Z', durationMinutes: 30 };
    expect(plannedTime(late, at('2026-03-03T01:00:00Z'), 'en', 'Asia/Tokyo').today).toBe(true);
    expect(plannedTime(late, at('2026-03-03T01:00:00Z'), 'en', 'UTC').today).toBe(false);
  });
});
