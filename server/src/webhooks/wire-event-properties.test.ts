import { TelevisitError } from '@televisit/shared/errors';
import { LEAVE_REASONS } from '@televisit/shared/vocabulary';
import { webhookEvent } from '@televisit/shared/webhooks';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as attendance from '../domain/attendance.ts';
import type { SessionEvent } from '../domain/events.ts';
import * as lifecycle from '../domain/lifecycle.ts';
import * as people from '../domain/people.ts';
import { reportOf as reportWith } from '../domain/report.ts';
import type { Session } from '../domain/session.ts';
import type { SessionChange } from '../domain/session-store.ts';
import {
  BACKEND,
  created,
  EIGHT,
  GRACE,
  HOUR,
  MINUTE,
  newSession,
  seat,
} from '../domain/testing/sessions.ts';
import * as waitingRoom from '../features/waiting-room/rules.ts';
import { comparable, rebuiltReport } from './testing/rebuilt-report.ts';
import { wireEvent as wireEventWith } from './wire-event.ts';
import { giveFeedback } from '../features/feedback/rules.ts';
import { FEATURE_RECORDS } from '../features/index.ts';

const reportOf = (session: Session, now: number) => reportWith(session, now, FEATURE_RECORDS);
const wireEvent = (session: Session, event: SessionEvent) => wireEventWith(session, event, FEATURE_RECORDS);

type Step = (session: Session, now: number) => SessionChange | null;

const place = fc.integer({ min: 0, max: 2 });
const enter = place.map(
  (who): Step =>
    (session, now) =>
      attendance.enter(session, who, GRACE, now),
);
const leave = fc
  .tuple(place, fc.constantFrom(...LEAVE_REASONS), fc.integer({ min: 0, max: MINUTE }))
  .map(([who, reason, ago]): Step => (session, now) => {
    const left = { at: now - ago, reason, quality: { sent: 9, received: 8 }, impairedMs: 5 };
    return attendance.leave(session, who, left, BACKEND, now);
  });
const step = fc.oneof(
  { weight: 8, arbitrary: enter },
  { weight: 6, arbitrary: leave },
  {
    weight: 2,
    arbitrary: place.map(
      (who): Step =>
        (session, now) =>
          waitingRoom.wait(session, who, now),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Step>(
      (session, now) => lifecycle.start(session, BACKEND, now),
      (session, now) => lifecycle.end(session, 'host_ended', BACKEND, now),
      (session, now) => lifecycle.cancel(session, BACKEND, now),
      (session, now) => lifecycle.place(session, `sfu-${now}`, now),
      (session, now) => attendance.abandon(session, now - MINUTE, now),
      lifecycle.expire,
    ),
  },
  {
    weight: 1,
    arbitrary: place.map(
      (who): Step =>
        (session, now) =>
          people.remove(session, who, BACKEND, now),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(place, fc.integer({ min: 1, max: 5 })).map(
      ([who, rating]): Step =>
        (session, now) =>
          giveFeedback(session, who, { rating, comment: null }, BACKEND, now),
    ),
  },
);
/** The clocks of servers differ. */
const elapsed = fc.oneof(
  fc.integer({ min: -5000, max: GRACE + 1 }),
  fc.integer({ min: 0, max: 20 * MINUTE }),
  fc.constantFrom(0, GRACE),
);

interface Told {
  readonly event: SessionEvent;
  /** The session at the time of sending, which may be later than the event. */
  readonly session: Session;
}

/** Returns the events of the history, each with the session at the time of a delivery; some are repeated, also late. */
function delivered(
  events: readonly SessionEvent[],
  versions: readonly Session[],
  luck: readonly number[],
): Told[] {
  let sent = 0;
  return events.flatMap((event, index) => {
    const happened = versions.findIndex(({ eventCount }) => eventCount >= event.seq);
    const chance = luck[index % luck.length] ?? 0;
    sent = Math.max(sent, happened + Math.floor((versions.length - happened) * chance * chance));
    const found = versions[Math.min(sent, versions.length - 1)] as Session;
    const one = { event, session: found };
    const again = events[Math.floor(index * chance)] as SessionEvent;
    return chance > 0.7 ? [one, one, { event: again, session: found }] : [one];
  });
}

function wire(told: readonly Told[]) {
  return told.flatMap(({ event, session }) => {
    const event_ = wireEvent(session, event);
    return event_ ? [webhookEvent.parse(JSON.parse(JSON.stringify(event_)))] : [];
  });
}

function play(sequence: readonly (readonly [number, Step])[]) {
  const first = created({
    seats: [seat('doctor-1', 'doctor'), seat('patient-1', 'patient'), seat('guest-1', 'guest')],
    options: { ...newSession().options, maxParticipants: 3 },
  });
  const versions = [first.next];
  const events = [...first.events];
  let now = EIGHT;
  const run = (ms: number, what: Step) => {
    now += ms;
    try {
      const change = what(versions.at(-1) as Session, now);
      if (!change) return;
      versions.push(change.next);
      events.push(...change.events);
    } catch (error) {
      if (!(error instanceof TelevisitError)) throw error;
    }
  };
  for (const [ms, what] of sequence) run(ms, what);
  return { versions, events, run, now: () => now };
}

const luck = fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { minLength: 1 });

it('the events of an ended session add up to its report, even if sent late and twice', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(elapsed, step), { maxLength: 60 }), luck, (sequence, chances) => {
      const { versions, events, run, now } = play(sequence);
      run(MINUTE, (session, at) => lifecycle.end(session, 'backend_ended', BACKEND, at));
      run(HOUR, lifecycle.expire);
      const session = versions.at(-1) as Session;
      const replayed = rebuiltReport(wire(delivered(events, versions, chances)), now());
      expect(replayed).toEqual(comparable(reportOf(session, now())));
    }),
    { numRuns: 500 },
  );
});

it('the events of a live session add up to its report, except for unpublished reconnects', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(elapsed, step), { maxLength: 40 }), luck, (sequence, chances) => {
      const { versions, events, now } = play(sequence);
      const session = versions.at(-1) as Session;
      const known = (report: ReturnType<typeof comparable>) => ({
        ...report,
        reconnects: undefined,
        participants: report.participants.map((one) => ({ ...one, reconnects: undefined })),
      });
      const replayed = rebuiltReport(wire(delivered(events, versions, chances)), now());
      expect(known(replayed)).toEqual(known(comparable(reportOf(session, now()))));
    }),
    { numRuns: 500 },
  );
});

it('the report is complete in the end when a participant joins more often than the history records', () => {
  const times = fc.integer({ min: 95, max: 120 });
  fc.assert(
    fc.property(times, fc.boolean(), luck, (count, inside, chances) => {
      const come: Step = (session, now) => attendance.enter(session, 1, GRACE, now);
      const go: Step = (session, now) =>
        attendance.leave(session, 1, { at: now, reason: 'left' }, BACKEND, now);
      const sequence = Array.from(
        { length: count },
        () =>
          [
            [1000, come],
            [1000, go],
          ] as const,
      ).flat();
      const { versions, events, run, now } = play(inside ? [...sequence, [1000, come]] : sequence);
      run(MINUTE, (session, at) => lifecycle.end(session, 'backend_ended', BACKEND, at));
      const replayed = rebuiltReport(wire(delivered(events, versions, chances)), now());
      expect(replayed).toEqual(comparable(reportOf(versions.at(-1) as Session, now())));
    }),
    { numRuns: 20 },
  );
});
