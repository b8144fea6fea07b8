import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reported, type ReportedEvent } from './reported-meeting.ts';
import { reportOf as reportWith } from './report.ts';
import { isOver, type Session } from './session.ts';
import { after, BACKEND, EIGHT, GRACE, MINUTE, newSession, NINE, sessionIn } from './testing/sessions.ts';
import { FEATURE_RECORDS } from '../features/index.ts';

const reportOf = (session: Session, now: number) => reportWith(session, now, FEATURE_RECORDS);

const HALF = NINE + 30 * MINUTE;
const tell =
  (event: ReportedEvent, now = HALF) =>
  (session: Session) =>
    reported(session, event, GRACE, BACKEND, now);
const joined = (at: number, userId = 'patient-1'): ReportedEvent => ({
  type: 'participant.joined',
  at,
  userId,
});
const left = (at: number, userId = 'patient-1'): ReportedEvent => ({ type: 'participant.left', at, userId });
const stretches = ({ intervals }: Session) =>
  intervals.map(({ seat, joinedAt, leftAt }) => [seat, joinedAt, leftAt]);

describe('reported', () => {
  it('counts attendance from the times of the events, however late they are told', () => {
    const session = after(
      newSession(),
      tell({ type: 'meeting.started', at: NINE }),
      tell(joined(NINE + 1000)),
      tell(joined(NINE + 2000, 'doctor-1')),
      tell(left(NINE + 3000)),
      tell(joined(NINE + 4000)),
      tell({ type: 'meeting.ended', at: NINE + 5000 }),
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

  it('makes a visit live with the first person, as of when they came', () => {
    const session = after(newSession(), tell(joined(NINE)));
    expect(session).toMatchObject({ status: 'live', startedAt: NINE });
  });

  it('takes a time before the visit was live, or to come, for the nearest that can be', () => {
    const live = after(newSession(), tell({ type: 'meeting.started', at: EIGHT - MINUTE }));
    expect(live.startedAt).toBe(EIGHT);
    const both = after(live, tell(joined(HALF + MINUTE)));
    expect(stretches(both)).toEqual([[1, HALF, null]]);
    expect(stretches(after(sessionIn('live'), tell(joined(EIGHT))))).toEqual([[1, NINE, null]]);
  });

  it('changes nothing for a repetition, or for what a later event has overtaken', () => {
    const known = after(newSession(), tell(joined(NINE)), tell(left(NINE + 2000)));
    for (const event of [joined(NINE), joined(NINE + 1000), left(NINE + 2000), left(NINE + 1000), left(NINE)])
      expect(tell(event)(known)).toBeNull();
    const inside = after(known, tell(joined(NINE + 4000)));
    for (const event of [joined(NINE + 4000), joined(NINE + 5000), left(NINE + 3000)])
      expect(tell(event)(inside)).toBeNull();
    for (const userId of ['patient-1', 'doctor-1'])
      for (const event of [left(NINE, userId), joined(NINE, userId)])
        expect(tell(event)(sessionIn('ended'))).toBeNull();
  });

  it('wants to hear later of somebody who left before it heard that they came', () => {
    const early = tell(left(NINE + 2000));
    const unknown = expect.objectContaining({ code: 'not_joined' }) as Error;
    expect(() => early(sessionIn('live'))).toThrow(unknown);
    const both = after(sessionIn('live'), tell(joined(NINE + 1000)), early);
    expect(stretches(both)).toEqual([[1, NINE + 1000, NINE + 2000]]);
    expect(() => tell(left(NINE + 4000))(both)).toThrow(unknown);
    const again = after(both, tell(joined(NINE + 3000)), tell(left(NINE + 4000)));
    expect(stretches(again)[1]).toEqual([1, NINE + 3000, NINE + 4000]);
  });

  it('ends a meeting no sooner than the last person left', () => {
    const session = after(
      newSession(),
      tell(joined(NINE)),
      tell(joined(NINE + 3000, 'doctor-1')),
      tell(left(NINE + 2000)),
      tell({ type: 'meeting.ended', at: NINE + 1000 }),
    );
    expect(session.endedAt).toBe(NINE + 3000);
    expect(stretches(session)).toEqual([
      [1, NINE, NINE + 2000],
      [0, NINE + 3000, NINE + 3000],
    ]);
  });

  it('begins anew for somebody who comes back within the same second', () => {
    const session = after(
      newSession(),
      tell(joined(NINE)),
      tell(left(NINE + 1000)),
      tell(joined(NINE + 1000)),
    );
    expect(stretches(session)).toEqual([
      [1, NINE, NINE + 1000],
      [1, NINE + 1000, null],
    ]);
  });

  it.each<[string, Session, ReportedEvent, string]>([
    ['somebody without a seat', newSession(), joined(NINE, 'stranger'), 'participant_not_found'],
    ['somebody without a seat who left', newSession(), left(NINE, 'stranger'), 'participant_not_found'],
    ['somebody who comes too early', newSession(), joined(EIGHT + MINUTE), 'not_open_yet'],
    ['somebody who comes too late', newSession(), joined(NINE + 60 * MINUTE), 'session_closed'],
    [
      'a start of a visit that is over',
      sessionIn('ended'),
      { type: 'meeting.started', at: NINE },
      'session_closed',
    ],
    [
      'the end of a cancelled one',
      sessionIn('cancelled'),
      { type: 'meeting.ended', at: NINE },
      'session_closed',
    ],
  ])('refuses %s', (_, session, event, code) => {
    expect(() => tell(event, NINE + 90 * MINUTE)(session)).toThrow(
      expect.objectContaining({ code }) as Error,
    );
  });

  it('comes to the same report however often each event is told, and whenever', () => {
    const step = fc.record({
      leaves: fc.boolean(),
      userId: fc.constantFrom('doctor-1', 'patient-1'),
      gap: fc.integer({ min: 1, max: 60_000 }),
    });
    const times = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), times, fc.boolean(), (steps, repeats, ends) => {
        let at = NINE;
        const events: ReportedEvent[] = [{ type: 'meeting.started', at }];
        const inside = new Set<string>();
        for (const { leaves, userId, gap } of steps) {
          const type = leaves && inside.delete(userId) ? 'participant.left' : 'participant.joined';
          if (type === 'participant.joined') inside.add(userId);
          events.push({ type, userId, at: (at += gap) });
        }
        if (ends) events.push({ type: 'meeting.ended', at: (at += 1) });
        const prompt = after(newSession(), ...events.map((event) => tell(event, event.at)));
        const repeated = events.flatMap((event, index) =>
          Array<ReportedEvent>(repeats[index] ?? 1).fill(event),
        );
        const late = after(newSession(), ...repeated.map((event) => tell(event, HALF)));
        expect(stretches(late)).toEqual(stretches(prompt));
        expect(reportOf(late, HALF)).toEqual(reportOf(prompt, HALF));
        expect(isOver(late)).toBe(ends);
      }),
    );
  });
});
