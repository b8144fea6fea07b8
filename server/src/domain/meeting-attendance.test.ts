import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as attendance from './attendance.ts';
import * as lifecycle from './lifecycle.ts';
import { applyMeetingEvents } from './meeting-attendance.ts';
import { eventsOfRecord, type Attendee, type MeetingEvent } from './meeting-events.ts';
import * as meetings from './meetings.ts';
import { reportOf } from './report.ts';
import type { Session } from './session.ts';
import {
  after,
  BACKEND,
  DOCTOR,
  GRACE,
  HOUR,
  meetingAtZoom,
  MINUTE,
  newSession,
  NINE,
  PATIENT,
  seat,
} from './testing/sessions.ts';

const LATER = NINE + 2 * HOUR;
const meetingId = '8123';

function event(type: 'started' | 'emptied', at: number): MeetingEvent {
  return { key: `${type}-${at}`, meetingId, at, type };
}
function stay(
  type: 'joined' | 'left',
  person: Attendee,
  at: number,
  id = JSON.stringify(person),
): MeetingEvent {
  return { key: `${type}-${id}-${at}`, meetingId, at, type, stay: { id, person } };
}
const patient = { userId: 'patient-1' };
const doctor = { userId: 'doctor-1' };
const apply =
  (events: readonly MeetingEvent[], now = LATER) =>
  (session: Session) =>
    applyMeetingEvents(session, 1, events, now);
const times = ({ intervals }: Session) =>
  intervals.map(({ seat: place, joinedAt, leftAt }) => [place, joinedAt - NINE, leftAt && leftAt - NINE]);

describe('applyMeetingEvents', () => {
  it('makes the visit live with the first person, at the time of the event', () => {
    const change = apply([stay('joined', patient, NINE)], NINE + MINUTE)(meetingAtZoom());
    expect(change?.next).toMatchObject({ status: 'live', startedAt: NINE });
    expect(times(change!.next)).toEqual([[PATIENT, 0, null]]);
    expect(change?.events.map(({ type }) => type)).toEqual(['meeting.started', 'participant.joined']);
  });

  it('changes nothing if all events are known', () => {
    const events = [stay('joined', patient, NINE), stay('left', patient, NINE + MINUTE)];
    expect(apply(events)(after(meetingAtZoom(), apply(events)))).toBeNull();
  });

  it('keeps a person in who returned, if the first departure is reported late', () => {
    const back = [stay('joined', patient, NINE, 'a'), stay('joined', patient, NINE + 2 * MINUTE, 'b')];
    const session = after(
      meetingAtZoom(),
      apply(back),
      apply([...back, stay('left', patient, NINE + MINUTE, 'a')]),
    );
    expect(times(session)).toEqual([
      [PATIENT, 0, MINUTE],
      [PATIENT, 2 * MINUTE, null],
    ]);
  });

  it('does not end the visit when everyone has left', () => {
    const session = after(
      meetingAtZoom(),
      apply([stay('joined', patient, NINE), event('emptied', NINE + MINUTE)], NINE + MINUTE),
    );
    expect(session).toMatchObject({ status: 'live', emptySince: NINE + MINUTE });
    expect(times(session)).toEqual([[PATIENT, 0, MINUTE]]);
  });

  it('joins the overlapping periods of a person with two devices', () => {
    const events = [
      stay('joined', patient, NINE, 'phone'),
      stay('joined', patient, NINE + MINUTE, 'laptop'),
      stay('left', patient, NINE + 2 * MINUTE, 'phone'),
      stay('left', patient, NINE + 5 * MINUTE, 'laptop'),
    ];
    expect(times(after(meetingAtZoom(), apply(events)))).toEqual([[PATIENT, 0, 5 * MINUTE]]);
  });

  it('takes the records of the provider for what no webhook reported', () => {
    const record = { startedAt: NINE, endedAt: NINE + 9 * MINUTE, stays: [] };
    const stays = [
      { id: 'x', person: patient, joinedAt: NINE, leftAt: NINE + 9 * MINUTE },
      { id: 'y', person: doctor, joinedAt: NINE + MINUTE, leftAt: NINE + 8 * MINUTE },
    ];
    const events = [stay('joined', patient, NINE, 'x'), ...eventsOfRecord(meetingId, { ...record, stays })];
    expect(times(after(meetingAtZoom(), apply(events)))).toEqual([
      [PATIENT, 0, 9 * MINUTE],
      [DOCTOR, MINUTE, 8 * MINUTE],
    ]);
  });

  it('takes people who are missing from a list of those present for gone', () => {
    const snapshot = (at: number, ...people: Attendee[]) =>
      eventsOfRecord(meetingId, {
        startedAt: at,
        endedAt: null,
        isSnapshot: true,
        stays: people.map((person) => ({ id: JSON.stringify(person), person, joinedAt: at, leftAt: null })),
      });
    const events = [
      ...snapshot(NINE),
      ...snapshot(NINE + MINUTE, patient),
      ...snapshot(NINE + 2 * MINUTE, patient, doctor),
      ...snapshot(NINE + 3 * MINUTE, doctor),
    ];
    const session = after(meetingAtZoom(), apply(events));
    expect(times(session)).toEqual([
      [PATIENT, MINUTE, 3 * MINUTE],
      [DOCTOR, 2 * MINUTE, null],
    ]);
    expect(session.startedAt).toBe(NINE + MINUTE);
    expect(times(after(session, apply([...events, ...snapshot(NINE + 4 * MINUTE)])))[1]).toEqual([
      DOCTOR,
      2 * MINUTE,
      4 * MINUTE,
    ]);
  });

  it('records attendees without a seat as visitors, which the report lists', () => {
    const events = [stay('joined', { name: 'Somebody Else' }, NINE), event('emptied', NINE + MINUTE)];
    const session = after(meetingAtZoom(), apply(events));
    const visitor = { name: 'Somebody Else', joinedAt: NINE, leftAt: NINE + MINUTE };
    expect(session.visitors).toEqual([{ ...visitor, generation: 1 }]);
    expect(reportOf(session, LATER, []).visitors).toMatchObject([{ name: 'Somebody Else' }]);
    expect(session.intervals).toEqual([]);
  });

  it.each<[string, Attendee, number | null]>([
    ['our own id', { userId: 'patient-1', name: 'Dr. Who' }, 0],
    ['a registration', { reference: 'reg-7', name: 'Dr. Who' }, 0],
    ['an e-mail address', { email: 'P@Example.ORG' }, 0],
    ['an unmistakable name', { name: ' pat smith ' }, 0],
    ['a name that two people have', { name: 'Dr. Who' }, null],
    ['nothing', {}, null],
  ])('recognises a person by %s', (_, person, place) => {
    const seats = [
      seat('patient-1', 'patient', { displayName: 'Pat Smith', email: 'p@example.org' }),
      seat('doctor-1', 'doctor', { displayName: 'Dr. Who' }),
      seat('doctor-2', 'doctor', { displayName: 'Dr. Who' }),
    ];
    const session = after(meetingAtZoom({ seats }), (one) =>
      meetings.linked(one, 1, { 'person:patient-1': 'reg-7' }, NINE),
    );
    const next = after(session, apply([stay('joined', person, NINE)]));
    expect(next.intervals.map((interval) => interval.seat)).toEqual(place === null ? [] : [place]);
  });

  it('takes an event of a clock that is ahead for one that happens now', () => {
    const session = after(meetingAtZoom(), apply([stay('joined', patient, NINE + HOUR)], NINE));
    expect(times(session)).toEqual([[PATIENT, 0, null]]);
  });

  it('leaves the attendance on the own SFU alone', () => {
    const own = after(newSession(), (one) => attendance.enter(one, DOCTOR, GRACE, NINE + HOUR));
    const session = { ...meetingAtZoom(), intervals: own.intervals };
    const next = after(session, apply([stay('joined', patient, NINE), stay('left', patient, NINE + MINUTE)]));
    expect(times(next)).toEqual([
      [PATIENT, 0, MINUTE],
      [DOCTOR, HOUR, null],
    ]);
  });

  describe('after the end of the visit', () => {
    const noShow = () => after(meetingAtZoom(), (one) => lifecycle.expire(one, NINE + HOUR));
    const both = [
      stay('joined', patient, NINE),
      stay('joined', doctor, NINE),
      stay('left', patient, NINE + 10 * MINUTE),
    ];

    it('corrects a no-show, and records that the report changed', () => {
      expect(noShow().endReason).toBe('no_show');
      const change = apply(both)(noShow());
      expect(change?.next).toMatchObject({ endReason: 'window_closed', startedAt: NINE });
      expect(change?.events.map(({ type }) => type)).toEqual(['report.updated']);
    });

    it('ends the attendance of people with the visit', () => {
      const session = after(noShow(), apply(both));
      expect(times(session)).toEqual([
        [PATIENT, 0, 10 * MINUTE],
        [DOCTOR, 0, HOUR],
      ]);
      expect(session.intervals[1]?.reason).toBe('session_ended');
    });

    it('leaves the reason alone that a host or the backend gave', () => {
      const ended = after(meetingAtZoom(), (one) =>
        lifecycle.end(one, 'backend_ended', BACKEND, NINE + HOUR),
      );
      expect(after(ended, apply(both)).endReason).toBe('backend_ended');
    });
  });

  it('derives the same attendance from every order of events as the own SFU records', () => {
    const visits = fc.array(
      fc.record({
        person: fc.constantFrom(
          ...([
            [PATIENT, patient],
            [DOCTOR, doctor],
          ] as const),
        ),
        pause: fc.integer({ min: 1, max: 20 }),
        length: fc.integer({ min: 1, max: 20 }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(visits, fc.infiniteStream(fc.nat()), (stays, random) => {
        const free = new Map<number, number>();
        const moments = stays.flatMap(({ person: [place, who], pause, length }, id) => {
          const from = (free.get(place) ?? NINE) + pause * 1000;
          const to = from + length * 1000;
          free.set(place, to);
          return [
            { at: from, place, event: stay('joined', who, from, `${id}`) },
            { at: to, place, event: stay('left', who, to, `${id}`) },
          ];
        });
        const own = moments
          .toSorted((left, right) => left.at - right.at || left.event.type.localeCompare(right.event.type))
          .reduce(
            (session, { at, place, event: { type } }) =>
              after(session, (one) =>
                type === 'joined'
                  ? attendance.enter(one, place, GRACE, at)
                  : attendance.leave(
                      one,
                      place,
                      { at, reason: 'left' },
                      { type: 'participant', seat: place },
                      at,
                    ),
              ),
            newSession(),
          );
        const shuffled = moments
          .flatMap(({ event: one }) => [one, one])
          .map((one) => ({ one, rank: random.next().value as number }))
          .sort((left, right) => left.rank - right.rank)
          .map(({ one }) => one);
        let session = meetingAtZoom();
        const inbox = new Map<string, MeetingEvent>();
        for (const one of shuffled) {
          inbox.set(one.key, one);
          session = after(session, apply([...inbox.values()]));
        }
        const plain = (of: Session) => ({
          status: of.status,
          startedAt: of.startedAt,
          intervals: of.intervals.map(({ seat: place, joinedAt, leftAt, reason }) => ({
            place,
            joinedAt,
            leftAt,
            reason,
          })),
        });
        const bySeat = ({ intervals, ...rest }: ReturnType<typeof plain>) => ({
          ...rest,
          intervals: intervals.toSorted((a, b) => a.place - b.place || a.joinedAt - b.joinedAt),
        });
        expect(bySeat(plain(session))).toEqual(bySeat(plain(own)));
      }),
    );
  });
});
