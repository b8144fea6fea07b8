import type { ParticipantView } from '@televisit/shared/signaling';
import { describe, expect, it } from 'vitest';
import type { ProviderMeeting, VisitState } from '../../sdk/index.ts';
import { INITIAL_STATE } from '../testing/fakes.ts';
import { endedBy, NO_RECORD, recorded } from './visit-record.ts';

const state = (change: Partial<VisitState>): VisitState => ({ ...INITIAL_STATE, ...change });
const self = (role: 'doctor' | 'patient') => ({ userId: 'me', role, displayName: null, permissions: [] });
const other = (userId: string, role: 'doctor' | 'patient', displayName: string) =>
  ({ userId, role, displayName }) as unknown as ParticipantView;
const inCall = (participants: ParticipantView[] = [], role: 'doctor' | 'patient' = 'patient') =>
  state({ phase: 'joined', self: self(role), participants });

describe('recorded', () => {
  it('is empty before the call', () => {
    expect(recorded(NO_RECORD, state({ phase: 'ready' }), 5)).toEqual(NO_RECORD);
  });

  it('measures a stay from its start to its end', () => {
    const joined = recorded(recorded(NO_RECORD, inCall(), 1000), inCall(), 2000);
    expect(recorded(joined, state({ phase: 'left' }), 61_000)).toMatchObject({
      stay: 60_000,
      joinedAt: null,
    });
  });

  it('adds a second stay to the first', () => {
    const left = recorded(recorded(NO_RECORD, inCall(), 0), state({ phase: 'left' }), 10_000);
    const back = recorded(recorded(left, state({ phase: 'ready' }), 20_000), inCall(), 30_000);
    expect(recorded(back, state({ phase: 'ended' }), 35_000).stay).toBe(15_000);
  });
});

describe('recorded in a visit that another provider carries', () => {
  const meeting = (stay: ProviderMeeting['stay'], ...present: string[]) => {
    const people = [
      { userId: 'me', role: 'patient', displayName: 'P' },
      { userId: 'd', role: 'doctor', displayName: 'Dr. Weber' },
    ] as const;
    const seats = people.map((person) => ({ ...person, present: present.includes(person.userId) }));
    return state({
      phase: 'meeting',
      self: self('patient'),
      meeting: { stay, people: seats } as unknown as ProviderMeeting,
    });
  };

  it('measures the time for which the provider reports this person as in', () => {
    expect(recorded(NO_RECORD, meeting('before', 'd'), 0)).toMatchObject({ stay: null, joinedAt: null });
    const inside = recorded(NO_RECORD, meeting('in', 'me', 'd'), 1000);
    const outside = recorded(inside, meeting('out', 'd'), 61_000);
    expect(outside).toMatchObject({ stay: 60_000, joinedAt: null });
    expect(endedBy(outside, 'me', 'host_ended')).toEqual({ who: 'named', name: 'Dr. Weber' });
  });

  it('names the host who ended the visit also to a person who was never seen inside', () => {
    const outside = recorded(NO_RECORD, meeting('out', 'd'), 0);
    const over = recorded(outside, state({ phase: 'ended', self: self('patient') }), 1000);
    expect(endedBy(over, 'me', 'host_ended')).toEqual({ who: 'named', name: 'Dr. Weber' });
  });
});

describe('endedBy', () => {
  const record = (...people: ParticipantView[]) => recorded(NO_RECORD, inCall(people), 0);

  it('names the only host', () => {
    const there = record(other('d', 'doctor', 'Dr. Weber'), other('q', 'patient', 'Q'));
    expect(endedBy(there, 'me', 'host_ended')).toEqual({ who: 'named', name: 'Dr. Weber' });
  });

  it('returns `you` if this person was the only host', () => {
    const mine = recorded(NO_RECORD, inCall([other('p', 'patient', 'P')], 'doctor'), 0);
    expect(endedBy(mine, 'me', 'host_ended')).toEqual({ who: 'you' });
  });

  it('returns no name if there were several hosts or none was seen', () => {
    const two = record(other('d', 'doctor', 'Dr. Weber'), other('e', 'doctor', 'Dr. Roy'));
    expect(endedBy(two, 'me', 'host_ended')).toEqual({ who: 'host' });
    expect(endedBy(NO_RECORD, 'me', 'host_ended')).toEqual({ who: 'host' });
  });

  it('distinguishes the end of the window from a host, and returns `unknown` without a reason', () => {
    expect(endedBy(record(), 'me', 'window_closed')).toEqual({ who: 'time' });
    expect(endedBy(record(), 'me', null)).toEqual({ who: 'unknown' });
    expect(endedBy(record(), 'me', 'backend_ended')).toEqual({ who: 'unknown' });
  });
});
