import { describe, expect, it } from 'vitest';
import * as attendance from './attendance.ts';
import * as lifecycle from './lifecycle.ts';
import { currentMeeting, meetingAt, nextStep } from './meeting-steps.ts';
import * as meetings from './meetings.ts';
import * as people from './people.ts';
import type { Session } from './session.ts';
import {
  after,
  AT_ZOOM,
  BACKEND,
  created,
  EIGHT,
  GRACE,
  HOUR,
  meetingAtZoom,
  MINUTE,
  newSession,
  NINE,
  PATIENT,
  RULES,
  ZOOM,
} from './testing/sessions.ts';

const OPENS = NINE - 15 * MINUTE;
const create = { kind: 'create', generation: 1 } as const;
const JITSI = { provider: 'jitsi', early: false, pollMs: null, records: false } as const;
const booked = () => created({ carrier: AT_ZOOM }).next;
const claimed = (session: Session, now = OPENS) =>
  after(session, (one) => meetings.claim(one, create, 'process-1', now));

describe('nextStep', () => {
  it('returns null for a visit on the own SFU', () => {
    expect(nextStep(newSession())).toBeNull();
    expect(newSession().meetingAt).toBeNull();
  });

  it('creates a meeting ten minutes before the join window', () => {
    expect(nextStep(booked())).toEqual({ ...create, at: OPENS - 10 * MINUTE });
    expect(booked().meetingAt).toBe(OPENS - 10 * MINUTE);
  });

  it('creates a meeting at booking if the provider keeps a calendar', () => {
    const { next } = created({ carrier: { ...AT_ZOOM, meeting: { ...ZOOM, early: true } } });
    expect(nextStep(next)).toEqual({ ...create, at: EIGHT });
  });

  it('creates the meeting of a visit that opens at once now', () => {
    const { next } = created({ carrier: AT_ZOOM, scheduledAt: EIGHT });
    expect(meetingAt(next)).toBe(EIGHT);
  });

  it('has nothing to do while the provider knows the plan', () => {
    expect(nextStep(meetingAtZoom())).toBeNull();
  });

  it.each([
    [
      'the visit moves',
      (one: Session) => lifecycle.update(one, { scheduledAt: NINE + HOUR }, RULES, BACKEND, EIGHT),
    ],
    ['a person is removed', (one: Session) => people.remove(one, PATIENT, BACKEND, EIGHT)],
  ])('updates the meeting after %s', (_, change) => {
    expect(nextStep(after(meetingAtZoom(), change))).toMatchObject({ kind: 'update', at: EIGHT });
  });

  it('does not update the meeting when the title changes, which no provider is told', () => {
    const titled = after(meetingAtZoom(), (one) =>
      lifecycle.update(one, { title: 'Back pain' }, RULES, BACKEND, EIGHT),
    );
    expect(nextStep(titled)).toBeNull();
  });

  it('cancels the meeting of a cancelled visit, and ends that of an ended one', () => {
    const cancelled = after(meetingAtZoom(), (one) => lifecycle.cancel(one, BACKEND, EIGHT));
    expect(nextStep(cancelled)).toMatchObject({ kind: 'cancel', at: EIGHT });
    const ended = after(meetingAtZoom(), (one) => lifecycle.end(one, 'backend_ended', BACKEND, NINE));
    expect(nextStep(ended)).toMatchObject({ kind: 'end', at: NINE });
  });

  it('has nothing to do for a cancelled visit without a meeting', () => {
    expect(nextStep(after(booked(), (one) => lifecycle.cancel(one, BACKEND, EIGHT)))).toBeNull();
  });

  it('looks for the meeting of a cancelled visit that an interrupted attempt may have created', () => {
    const cancelled = after(claimed(booked()), (one) => lifecycle.cancel(one, BACKEND, OPENS));
    expect(nextStep(cancelled)).toMatchObject({ kind: 'discard' });
  });

  it('asks a provider without webhooks who is in, while the window is open', () => {
    const polled = { ...AT_ZOOM, meeting: { ...ZOOM, pollMs: 45_000 } };
    const session = meetingAtZoom({ carrier: polled });
    expect(nextStep(session)).toMatchObject({ kind: 'ask', at: OPENS });
    const asked = after(session, (one) => meetings.askedProvider(one, 1, NINE));
    expect(nextStep(asked)).toMatchObject({ kind: 'ask', at: NINE + 45_000 });
  });

  it('asks for records four times after the end of a visit', () => {
    let session = after(
      meetingAtZoom(),
      (one) => lifecycle.end(one, 'backend_ended', BACKEND, NINE),
      (one) => meetings.closed(one, 1, NINE),
    );
    const times: number[] = [];
    for (let step = nextStep(session); step; step = nextStep(session)) {
      times.push(step.at - NINE);
      session = after(session, (one) => meetings.askedProvider(one, 1, NINE));
    }
    expect(times).toEqual([30_000, 2 * MINUTE, 10 * MINUTE, HOUR]);
  });

  it('creates another meeting after a visit was reopened', () => {
    const session = after(
      meetingAtZoom(),
      (one) => lifecycle.end(one, 'backend_ended', BACKEND, NINE),
      (one) => meetings.closed(one, 1, NINE),
      (one) => lifecycle.reopen(one, BACKEND, NINE + MINUTE),
    );
    expect(nextStep(session)).toMatchObject({ kind: 'create', generation: 2 });
  });
});

describe('claim', () => {
  it('reserves a due step for 30 s', () => {
    const session = claimed(booked());
    expect(currentMeeting(session)).toMatchObject({
      state: 'creating',
      attempts: 1,
      lease: { owner: 'process-1', until: OPENS + 30_000 },
    });
    expect(meetings.claim(session, create, 'process-2', OPENS + 29_999)).toBeNull();
    expect(meetings.claim(session, create, 'process-2', OPENS + 30_000)?.next.meetings[0]?.attempts).toBe(2);
  });

  it('refuses a step that is not due, or not the next one', () => {
    expect(meetings.claim(booked(), create, 'process-1', EIGHT)).toBeNull();
    expect(meetings.claim(booked(), { kind: 'update', generation: 1 }, 'process-1', NINE)).toBeNull();
    expect(meetings.claim(booked(), { kind: 'create', generation: 2 }, 'process-1', NINE)).toBeNull();
  });

  it('does not put off an urgent step after a failure', () => {
    const failed = after(claimed(booked()), (one) =>
      meetings.failed(one, create, 'zoom_unavailable', null, OPENS),
    );
    expect(meetings.claim(failed, create, 'process-1', OPENS + 1)).toBeNull();
    expect(meetings.claim(failed, create, 'process-1', OPENS + 1, true)).not.toBeNull();
  });

  it('does not change updatedAt, which is for backends', () => {
    expect(claimed(booked()).updatedAt).toBe(EIGHT);
  });
});

describe('failed', () => {
  const fail = (session: Session, retryAfterMs: number | null, now: number) =>
    meetings.failed(session, create, 'zoom_limited', retryAfterMs, now);

  it('puts the next attempt off, for longer each time up to five minutes', () => {
    let session = booked();
    const waits: number[] = [];
    let now = OPENS;
    for (let attempt = 0; attempt < 9; attempt++) {
      session = after(claimed(session, now), (one) => fail(one, null, now));
      const at = meetingAt(session) ?? 0;
      waits.push((at - now) / 1000);
      now = at;
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  it('waits as long as the provider asks', () => {
    expect(meetingAt(after(claimed(booked()), (one) => fail(one, HOUR, OPENS)))).toBe(OPENS + HOUR);
  });

  it('records session.provider_failed once', () => {
    const first = fail(claimed(booked()), null, OPENS);
    expect(first?.events).toMatchObject([
      { type: 'session.provider_failed', provider: 'zoom', reason: 'zoom_limited' },
    ]);
    const second = fail(claimed(first!.next, OPENS + MINUTE), null, OPENS + MINUTE);
    expect(second?.events).toEqual([]);
  });
});

describe('changeProvider', () => {
  const move = (session: Session, now = NINE) =>
    meetings.changeProvider(session, 'zoom', { ...JITSI }, 'zoom_unavailable', now);

  it('starts a new generation, and cancels the meeting of the old one', () => {
    const change = move(meetingAtZoom());
    expect(change?.next).toMatchObject({ provider: 'jitsi', providerReason: 'zoom_unavailable' });
    expect(change?.events).toMatchObject([
      { type: 'session.provider_changed', from: 'zoom', to: 'jitsi', reason: 'zoom_unavailable' },
    ]);
    expect(currentMeeting(change!.next)).toMatchObject({
      provider: 'jitsi',
      generation: 2,
      state: 'planned',
    });
    expect(change?.next.meetings.map(({ provider }) => provider)).toEqual(['zoom', 'jitsi']);
    expect(nextStep(change!.next)).toMatchObject({ kind: 'create', generation: 2 });
    const ready = after(change!.next, (one) =>
      meetings.created(one, 2, { meetingId: 'room', hostId: null, data: {} }, 'plan', NINE),
    );
    expect(ready.meetings[0]?.state).toBe('ready');
  });

  it('leads back to the own SFU without a meeting', () => {
    const own = { provider: 'sfu', early: false, pollMs: null, records: true } as const;
    const change = meetings.changeProvider(meetingAtZoom(), 'zoom', own, 'zoom_unavailable', NINE);
    expect(change?.next).toMatchObject({ provider: 'sfu', fallbacks: [] });
    expect(currentMeeting(change!.next)).toBeUndefined();
    expect(nextStep(change!.next)).toMatchObject({ kind: 'cancel', generation: 1 });
  });

  it('changes nothing while a person is in the meeting', () => {
    const session = after(meetingAtZoom(), (one) => attendance.enter(one, PATIENT, GRACE, NINE));
    expect(move(session)).toBeNull();
  });

  it('changes nothing for two minutes after a person was given the way in', () => {
    const session = after(meetingAtZoom(), (one) => meetings.linked(one, 1, {}, NINE));
    expect(move(session, NINE + 2 * MINUTE - 1)).toBeNull();
    expect(move(session, NINE + 2 * MINUTE)).not.toBeNull();
  });

  it('changes nothing if another process has changed the provider', () => {
    expect(move(move(meetingAtZoom())!.next)).toBeNull();
  });

  it('changes nothing once the visit is over', () => {
    expect(move(after(meetingAtZoom(), (one) => lifecycle.cancel(one, BACKEND, NINE)))).toBeNull();
  });
});

describe('withoutPerson', () => {
  it('drops what adapters keep about a person', () => {
    const session = after(meetingAtZoom(), (one) =>
      meetings.linked(one, 1, { 'person:patient-1': 'reg-1', 'person:doctor-1': 'reg-2' }, NINE),
    );
    const erased = after(session, (one) => people.erase(one, 'patient-1', 'erased-1', BACKEND, NINE));
    expect(erased.meetings[0]?.data).toEqual({ 'person:doctor-1': 'reg-2' });
  });
});
