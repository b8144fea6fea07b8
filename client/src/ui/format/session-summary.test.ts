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
  it('names all people except this person', () => {
    expect(expectedNames(visit(doctor, patient, guest), 'p')).toBe('Dr. Ana Weber and Li');
  });

  it('uses the role of a person without a name', () => {
    expect(expectedNames(visit(nurse, patient), 'p')).toBe('Instructor');
  });

  it('returns null if no other person is expected or the session is unknown', () => {
    expect(expectedNames(visit(patient), 'p')).toBeNull();
    expect(expectedNames(null, 'p')).toBeNull();
  });
});

describe('hostNames', () => {
  it('names the hosts, joined by “or”', () => {
    expect(hostNames(visit(doctor, nurse, patient, guest), 'p')).toBe('Dr. Ana Weber or Instructor');
  });

  it('returns null if there is no host or more than two', () => {
    expect(hostNames(visit(patient, guest), 'p')).toBeNull();
    const third = { ...doctor, userId: 'third' };
    expect(hostNames(visit(doctor, nurse, third, patient), 'p')).toBeNull();
  });
});

describe('plannedTime', () => {
  const nine = { scheduledAt: '2026-03-02T09:00:00Z', durationMinutes: 30 };
  const at = (time: string) => Date.parse(time);

  it('returns start and end for a visit today', () => {
    const { today, text } = plannedTime(nine, at('2026-03-02T08:50:00Z'), 'de', 'UTC');
    expect(today).toBe(true);
    expect(text).toMatch(/^09:00\s?–\s?09:30 Uhr$/);
  });

  it('returns no date if a visit today ends after midnight', () => {
    const late = { scheduledAt: '2026-03-02T23:43:00Z', durationMinutes: 30 };
    const { today, text } = plannedTime(late, at('2026-03-02T23:40:00Z'), 'en', 'UTC');
    expect(today).toBe(true);
    expect(text).toMatch(/^11:43\sPM – 12:13\sAM$/);
  });

  it('returns both offsets if summer time ends during the visit', () => {
    const night = { scheduledAt: '2031-10-26T00:30:00Z', durationMinutes: 60 };
    const { text } = plannedTime(night, at('2031-10-26T00:20:00Z'), 'en', 'Europe/Berlin');
    expect(text).toMatch(/^2:30\sAM GMT\+2 – 2:30\sAM GMT\+1$/);
  });

  it('returns the date for a visit on another day', () => {
    const { today, text } = plannedTime(nine, at('2026-03-01T08:50:00Z'), 'en-GB', 'UTC');
    expect(today).toBe(false);
    expect(text).toContain('2 March 2026');
  });

  it('compares days in the given time zone', () => {
    const late = { scheduledAt: '2026-03-02T23:30:00Z', durationMinutes: 30 };
    expect(plannedTime(late, at('2026-03-03T01:00:00Z'), 'en', 'Asia/Tokyo').today).toBe(true);
    expect(plannedTime(late, at('2026-03-03T01:00:00Z'), 'en', 'UTC').today).toBe(false);
  });
});
