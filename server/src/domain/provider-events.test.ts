import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyProviderEvent, type ProviderEvent } from './provider-events.ts';
import { reportOf as reportWith } from './report.ts';
import { isOver, type Session } from './session.ts';
import { after, BACKEND, EIGHT, GRACE, MINUTE, newSession, NINE, sessionIn } from './testing/sessions.ts';
import { FEATURE_RECORDS } from '../features/index.ts';

const reportOf = (session: Session, now: number) => reportWith(session, now, FEATURE_RECORDS);

const HALF = NINE + 30 * MINUTE;
const apply =
  (event: ProviderEvent, now = HALF) =>
  (session: Session) =>
    applyProviderEvent(session, event, GRACE, BACKEND, now);
const joined = (at: number, userId = 'patient-1'): ProviderEvent => ({
  type: 'participant.joined',
  at,
  userId,
});
const left = (at: number, userId = 'patient-1'): ProviderEvent => ({ type: 'participant.left', at, userId });
const stretches = ({ intervals }: Session) =>
  intervals.map(({ seat, joinedAt, leftAt }) => [seat, joinedAt, leftAt]);

describe('applyProviderEvent', () => {
  it('counts attendance from the times of events that arrive late', () => {
    const session = after(
      newSession(),
      apply({ type: 'meeting.started', at: NINE }),
      apply(joined(NINE + 1000)),
      apply(joined(NINE + 2000, 'doctor-1')),
      apply(left(NINE + 3000)),
      apply(joined(NINE + 4000)),
      apply({ type: 'meeting.ended', at: NINE + 5000 }),
    );
    expect(session).toMatchObject({
      status: 'ended',
      startedAt: NINE,
      endedAt: NINE + 5000,
      endReason: 'backend_ended',
    });
    expect(stretches(session)).toEqual([
      [1, NINE + 1000, NINE + 3000],
      [0, NINE + 2000, NINE + 5000],
      [1, NINE + 4000, NINE + 5000],
    ]);
  });

  it('makes a visit live when the first person joined', () => {
    const session = after(newSession(), apply(joined(NINE)));
    expect(session).toMatchObject({ status: 'live', startedAt: NINE });
  });

  it('clamps times before the start of the visit and in the future', () => {
    const live = after(newSession(), apply({ type: 'meeting.started', at: EIGHT - MINUTE }));
    expect(live.startedAt).toBe(EIGHT);
    const both = after(live, apply(joined(HALF + MINUTE)));
    expect(stretches(both)).toEqual([[1, HALF, null]]);
    expect(stretches(after(sessionIn('live'), apply(joined(EIGHT))))).toEqual([[1, NINE, null]]);
  });

  it('returns null for a repeated event and for one that a later event supersedes', () => {
    const known = after(newSession(), apply(joined(NINE)), apply(left(NINE + 2000)));
    for (const event of [joined(NINE), joined(NINE + 1000), left(NINE + 2000), left(NINE + 1000), left(NINE)])
      expect(apply(event)(known)).toBeNull();
    const inside = after(known, apply(joined(NINE + 4000)));
    for (const event of [joined(NINE + 4000), joined(NINE + 5000), left(NINE + 3000)])
      expect(apply(event)(inside)).toBeNull();
    for (const userId of ['patient-1', 'doctor-1'])
      for (const event of [left(NINE, userId), joined(NINE, userId)])
        expect(apply(event)(sessionIn('ended'))).toBeNull();
  });

  it('throws not_joined if a person left before their arrival was reported', () => {
    const early = apply(left(NINE + 2000));
    const unknown = expect.objectContaining({ code: 'not_joined' }) as Error;
    expect(() => early(sessionIn('live'))).toThrow(unknown);
    const both = after(sessionIn('live'), apply(joined(NINE + 1000)), early);
    expect(stretches(both)).toEqual([[1, NINE + 1000, NINE + 2000]]);
    expect(() => apply(left(NINE + 4000))(both)).toThrow(unknown);
    const again = after(both, apply(joined(NINE + 3000)), apply(left(NINE + 4000)));
    expect(stretches(again)[1]).toEqual([1, NINE + 3000, NINE + 4000]);
  });

  it('ends a meeting no earlier than the last person left', () => {
    const session = after(
      newSession(),
      apply(joined(NINE)),
      apply(joined(NINE + 3000, 'doctor-1')),
      apply(left(NINE + 2000)),
      apply({ type: 'meeting.ended', at: NINE + 1000 }),
    );
    expect(session.endedAt).toBe(NINE + 3000);
    expect(stretches(session)).toEqual([
      [1, NINE, NINE + 2000],
      [0, NINE + 3000, NINE + 3000],
    ]);
  });

  it('begins another interval for a person who returns within the same second', () => {
    const session = after(
      newSession(),
      apply(joined(NINE)),
      apply(left(NINE + 1000)),
      apply(joined(NINE + 1000)),
    );
    expect(stretches(session)).toEqual([
      [1, NINE, NINE + 1000],
      [1, NINE + 1000, null],
    ]);
  });

  it.each<[string, Session, ProviderEvent, string]>([
    ['a person without a seat', newSession(), joined(NINE, 'stranger'), 'participant_not_found'],
    ['a person without a seat who left', newSession(), left(NINE, 'stranger'), 'participant_not_found'],
    ['a person who enters too early', newSession(), joined(EIGHT + MINUTE), 'not_open_yet'],
    ['a person who enters too late', newSession(), joined(NINE + 60 * MINUTE), 'session_closed'],
    [
      'a start of a visit that is over',
      sessionIn('ended'),
      { type: 'meeting.started', at: NINE },
      'session_closed',
    ],
    [
      'the end of a cancelled visit',
      sessionIn('cancelled'),
      { type: 'meeting.ended', at: NINE },
      'session_closed',
    ],
  ])('rejects %s', (_, session, event, code) => {
    expect(() => apply(event, NINE + 90 * MINUTE)(session)).toThrow(
      expect.objectContaining({ code }) as Error,
    );
  });

  it('leads to the same report however often and late each event arrives', () => {
    const step = fc.record({
      leaves: fc.boolean(),
      userId: fc.constantFrom('doctor-1', 'patient-1'),
      gap: fc.integer({ min: 1, max: 60_000 }),
    });
    const times = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), times, fc.boolean(), (steps, repeats, ends) => {
        let at = NINE;
        const events: ProviderEvent[] = [{ type: 'meeting.started', at }];
        const inside = new Set<string>();
        for (const { leaves, userId, gap } of steps) {
          const type = leaves && inside.delete(userId) ? 'participant.left' : 'participant.joined';
          if (type === 'participant.joined') inside.add(userId);
          events.push({ type, userId, at: (at += gap) });
        }
        if (ends) events.push({ type: 'meeting.ended', at: (at += 1) });
        const prompt = after(newSession(), ...events.map((event) => apply(event, event.at)));
        const repeated = events.flatMap((event, index) =>
          Array<ProviderEvent>(repeats[index] ?? 1).fill(event),
        );
        const late = after(newSession(), ...repeated.map((event) => apply(event, HALF)));
        expect(stretches(late)).toEqual(stretches(prompt));
        expect(reportOf(late, HALF)).toEqual(reportOf(prompt, HALF));
        expect(isOver(late)).toBe(ends);
      }),
    );
  });
});
