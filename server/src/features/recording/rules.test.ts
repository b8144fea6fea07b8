import type { TelevisitError } from '@televisit/shared/errors';
import { DEFAULT_OPTIONS } from '@televisit/shared/session';
import { MAX_RECORDINGS, type RecordingMode } from '@televisit/shared/features/recording.vocabulary';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as attendance from '../../domain/attendance.ts';
import { SYSTEM } from '../../domain/events.ts';
import * as lifecycle from '../../domain/lifecycle.ts';
import type { Session } from '../../domain/session.ts';
import {
  after,
  BACKEND,
  DOCTOR,
  GRACE,
  HOUR,
  INTERPRETER,
  MINUTE,
  newSession,
  NINE,
  PATIENT,
} from '../../domain/testing/sessions.ts';
import * as rules from './rules.ts';
import type { StoredFile } from './recording-store.ts';

type Step = (session: Session) => ReturnType<typeof rules.stop>;

const visit = (recording: RecordingMode = 'on-request') =>
  newSession({ options: { ...DEFAULT_OPTIONS, recording } });

const enter =
  (seat: number, at = NINE): Step =>
  (session) =>
    attendance.enter(session, seat, GRACE, at);
const leave =
  (seat: number, at = NINE): Step =>
  (session) =>
    attendance.leave(session, seat, { at, reason: 'left' }, BACKEND, at);
const answer =
  (seat: number, given: boolean, at = NINE): Step =>
  (session) =>
    rules.answer(
      session,
      seat,
      { purpose: 'recording', given, wording: '1', language: 'en', askedBy: 'page' },
      { type: 'participant', seat },
      at,
    );
const start =
  (at = NINE, id = `rec-${at}`): Step =>
  (session) =>
    rules.start(session, id, BACKEND, at);
const pause =
  (paused: boolean, id = `rec-${NINE}`): Step =>
  (session) =>
    rules.setPaused(session, id, paused, BACKEND, NINE);
const stop =
  (id = `rec-${NINE}`, at = NINE): Step =>
  (session) =>
    rules.stop(session, id, BACKEND, at);

const mayRecord = (session: Session) => rules.mayRecord(session, rules.presentSeats(session));
const live = after(visit(), enter(DOCTOR), enter(PATIENT));
const agreed = after(live, answer(DOCTOR, true), answer(PATIENT, true), start());

const code = (act: () => unknown) => {
  try {
    act();
    return null;
  } catch (error) {
    return (error as TelevisitError).code;
  }
};

describe('mayRecord', () => {
  it('is true while a recording runs and everybody present agrees', () => {
    expect(mayRecord(agreed)).toBe(true);
    expect(mayRecord(after(live, start()))).toBe(false);
    expect(mayRecord(after(live, answer(DOCTOR, true), start()))).toBe(false);
    expect(mayRecord(after(live, answer(DOCTOR, true), answer(PATIENT, true)))).toBe(false);
    expect(mayRecord(after(agreed, pause(true)))).toBe(false);
    expect(mayRecord(after(agreed, pause(true), pause(false)))).toBe(true);
    expect(mayRecord(after(agreed, stop()))).toBe(false);
  });

  it('is false from the moment at which somebody enters who has not agreed, until they leave', () => {
    const joined = after(agreed, enter(INTERPRETER));
    expect(mayRecord(joined)).toBe(false);
    expect(mayRecord(after(joined, answer(INTERPRETER, false)))).toBe(false);
    expect(mayRecord(after(joined, answer(INTERPRETER, true)))).toBe(true);
    expect(mayRecord(after(joined, leave(INTERPRETER)))).toBe(true);
    expect(mayRecord(after(agreed, answer(INTERPRETER, true), enter(INTERPRETER)))).toBe(true);
  });

  it('counts people who are here although the store does not say so yet', () => {
    expect(rules.mayRecord(agreed, new Set([DOCTOR, PATIENT, INTERPRETER]))).toBe(false);
  });

  it('is false when a person withdraws, when recording is switched off, and when the visit is over', () => {
    expect(mayRecord(after(agreed, answer(PATIENT, false)))).toBe(false);
    expect(mayRecord({ ...agreed, options: { ...agreed.options, recording: 'off' } })).toBe(false);
    const ended = after(agreed, (session) => lifecycle.end(session, 'host_ended', BACKEND, NINE + 1));
    expect(mayRecord(ended)).toBe(false);
    expect(rules.mayRecord(ended, new Set([DOCTOR, PATIENT]))).toBe(false);
  });

  const steps = fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constantFrom('enter', 'enter', 'leave', 'agree', 'agree', 'refuse'),
        seat: fc.nat(2),
      }),
      fc.record({
        kind: fc.constantFrom('start', 'start', 'pause', 'resume', 'stop', 'end'),
        seat: fc.constant(0),
      }),
    ),
    { minLength: 8, maxLength: 30 },
  );

  it('implies, whatever happened, that the last answer of everybody present was yes and that a recording was started last', () => {
    let recorded = 0;
    fc.assert(
      fc.property(steps, (all) => {
        let session = visit();
        const answers = new Map<number, boolean>();
        const present = new Set<number>();
        let running: 'off' | 'on' | 'paused' = 'off';
        let isOver = false;
        all.forEach(({ kind, seat }, index) => {
          const at = NINE + index;
          const id = rules.runningRecording(session)?.recordingId ?? 'none';
          const isLive = session.status === 'live';
          const step = (next: Step) => (session = after(session, next));
          if (kind === 'agree' || kind === 'refuse') {
            step(answer(seat, kind === 'agree', at));
            answers.set(seat, kind === 'agree');
          } else if (isOver) return;
          else if (kind === 'enter') {
            step(enter(seat, at));
            present.add(seat);
          } else if (kind === 'leave') {
            step(leave(seat, at));
            present.delete(seat);
          } else if (kind === 'end') {
            step((current) => lifecycle.end(current, 'host_ended', BACKEND, at));
            isOver = true;
          } else if (kind === 'start') {
            if (!isLive) return;
            step(start(at));
            if (running === 'off') running = 'on';
          } else if (running !== 'off') {
            if (kind === 'stop') {
              step(stop(id, at));
              running = 'off';
            } else {
              step(pause(kind === 'pause', id));
              running = kind === 'pause' ? 'paused' : 'on';
            }
          }
          const everybodyAgrees = present.size > 0 && [...present].every((one) => answers.get(one) === true);
          expect(mayRecord(session)).toBe(!isOver && running === 'on' && everybodyAgrees);
          if (mayRecord(session)) recorded++;
          if (isOver) expect(session.recordings.every(({ stoppedAt }) => stoppedAt !== null)).toBe(true);
        });
      }),
      { numRuns: 1500 },
    );
    expect(recorded).toBeGreaterThan(200);
  });
});

describe('start', () => {
  it('needs a live visit that may be recorded, and changes nothing while one runs', () => {
    expect(code(() => start()(after(visit('off'), enter(DOCTOR))))).toBe('recording_off');
    expect(code(() => start()(visit()))).toBe('recording_not_live');
    expect(code(() => start()({ ...live, provider: 'zoom' }))).toBe('recording_off');
    expect(start(NINE + 1)(agreed)).toBeNull();
    expect(after(agreed, stop(), start(NINE + 1)).recordings).toHaveLength(2);
  });

  it('refuses more recordings than a visit keeps', () => {
    const steps = Array.from({ length: MAX_RECORDINGS }, (_, index) => [
      start(NINE, `rec-${index}`),
      stop(`rec-${index}`),
    ]).flat();
    expect(code(() => start()(after(live, ...steps)))).toBe('recordings_full');
  });
});

describe('isToStart', () => {
  it('is true for a required recording as soon as somebody is in the visit, until one runs', () => {
    const isToStart = (session: Session) => rules.isToStart(session, rules.presentSeats(session));
    expect(isToStart(visit('required'))).toBe(false);
    const required = after(visit('required'), enter(DOCTOR));
    expect(isToStart(required)).toBe(true);
    expect(isToStart(after(required, start()))).toBe(false);
    expect(isToStart(after(visit('on-request'), enter(DOCTOR)))).toBe(false);
  });
});

describe('the end of a visit', () => {
  it.each([
    ['a host', (session: Session) => lifecycle.end(session, 'host_ended', BACKEND, NINE + 5)],
    ['the backend', (session: Session) => lifecycle.end(session, 'backend_ended', BACKEND, NINE + 5)],
    ['a cancellation', (session: Session) => lifecycle.cancel(session, BACKEND, NINE + 5)],
    ['its window', (session: Session) => lifecycle.expire(session, session.closesAt)],
    [
      'being empty',
      (session: Session) =>
        lifecycle.expire(after(session, leave(DOCTOR), leave(PATIENT)), NINE + 10 * MINUTE),
    ],
  ] as const)('by %s stops its recording, with an event', (_, end) => {
    const change = end(agreed)!;
    expect(change.next.status).toMatch(/ended|cancelled/);
    const [recording] = change.next.recordings;
    expect(recording?.stoppedAt).toBe(change.next.endedAt);
    expect(change.events.filter(({ type }) => type === 'recording.stopped')).toMatchObject([
      { recordingId: recording?.recordingId },
    ]);
  });

  it('is stored once: later changes stop nothing again', () => {
    const ended = after(agreed, (session) => lifecycle.end(session, 'host_ended', BACKEND, NINE + 5));
    const change = rules.answer(
      ended,
      PATIENT,
      { purpose: 'recording', given: false, wording: '1', language: 'en', askedBy: 'page' },
      BACKEND,
      NINE + 9,
    );
    expect(change?.events.map(({ type }) => type)).toEqual(['consent.withdrawn']);
  });
});

describe('answer', () => {
  it('tells giving, refusing and withdrawing apart, and does nothing when repeated', () => {
    const given = answer(PATIENT, true)(live)!;
    expect(given.events).toMatchObject([
      { type: 'consent.given', seat: PATIENT, purpose: 'recording', wording: '1', language: 'en' },
    ]);
    expect(answer(PATIENT, true)(given.next)).toBeNull();
    const withdrawn = answer(PATIENT, false)(given.next)!;
    expect(withdrawn.events.map(({ type }) => type)).toEqual(['consent.withdrawn']);
    expect(withdrawn.next.consents).toHaveLength(1);
    expect(answer(PATIENT, false)(live)?.events.map(({ type }) => type)).toEqual(['consent.refused']);
  });
});

describe('ready', () => {
  const stopped = after(agreed, stop());
  const id = `rec-${NINE}`;
  const completion = { files: 3, complete: true, retentionMs: HOUR };

  it('says once that a stopped recording is complete, and until when it is kept', () => {
    expect(rules.ready(agreed, id, completion, SYSTEM, NINE)).toBeNull();
    const { next, events } = rules.ready(stopped, id, completion, SYSTEM, NINE + 7)!;
    expect(events).toMatchObject([{ type: 'recording.ready', recordingId: id, files: 3, complete: true }]);
    expect(next.recordings[0]).toMatchObject({ readyAt: NINE + 7, complete: true, expiresAt: NINE + HOUR });
    expect(rules.ready(next, id, completion, SYSTEM, NINE + 8)).toBeNull();
    expect(rules.ready(stopped, 'another', completion, SYSTEM, NINE)).toBeNull();
  });

  it('says it again when lost files have turned up', () => {
    const lost = after(stopped, (session) =>
      rules.ready(session, id, { ...completion, complete: false }, SYSTEM, NINE),
    );
    expect(rules.ready(lost, id, completion, SYSTEM, NINE + 9)?.next.recordings[0]?.complete).toBe(true);
    const more = { ...completion, files: 4, complete: false };
    const { events } = rules.ready(lost, id, more, SYSTEM, NINE + 9)!;
    expect(events).toMatchObject([{ type: 'recording.ready', files: 4, complete: false }]);
  });
});

describe('a legal hold', () => {
  const id = `rec-${NINE}`;
  const held = after(agreed, stop(), (session) =>
    rules.keep(session, id, { legalHold: true, expiresAt: NINE }, BACKEND, NINE),
  );

  it('keeps a recording from being deleted, from expiring, and a person’s files from being deleted', () => {
    expect(code(() => rules.remove(held, id, BACKEND, NINE))).toBe('recording_held');
    expect(code(() => rules.erased(held, PATIENT, BACKEND, NINE))).toBe('recording_held');
    expect(rules.expired(held, NINE + HOUR)).toEqual([]);
    const lifted = after(held, (session) => rules.keep(session, id, { legalHold: false }, BACKEND, NINE));
    expect(rules.expired(lifted, NINE + HOUR)).toHaveLength(1);
    expect(rules.remove(lifted, id, BACKEND, NINE)?.next.recordings).toEqual([]);
    expect(rules.remove(lifted, 'another', BACKEND, NINE)).toBeNull();
  });
});

describe('mayKeep', () => {
  const file = (seat: number | null, startedAt: number) => ({ seat, startedAt }) as StoredFile;

  it('is false for files of a person that began before they had them deleted', () => {
    const erased = after(agreed, (session) => rules.erased(session, PATIENT, BACKEND, NINE + 10));
    expect(rules.mayKeep(erased, file(PATIENT, NINE + 9))).toBe(false);
    expect(rules.mayKeep(erased, file(PATIENT, NINE + 10))).toBe(true);
    expect(rules.mayKeep(erased, file(DOCTOR, NINE + 9))).toBe(true);
    expect(rules.mayKeep(erased, file(null, NINE + 9))).toBe(true);
  });
});

describe('viewOf', () => {
  const situation = (session: Session, isWriting = true) => ({
    present: rules.presentSeats(session),
    isWriting,
    recorded: new Set([PATIENT]),
  });
  const state = (session: Session, isWriting = true) =>
    rules.viewOf(session, PATIENT, situation(session, isWriting)).state;

  it('shows each state', () => {
    expect(state(live)).toBe('off');
    expect(state(after(live, start()))).toBe('waiting');
    expect(state(agreed)).toBe('on');
    expect(state(agreed, false)).toBe('failed');
    expect(state(after(agreed, pause(true)))).toBe('paused');
    expect(state(after(agreed, stop()))).toBe('off');
  });

  it('counts answers without naming anybody, and shows a person their own', () => {
    const asked = after(live, enter(INTERPRETER), answer(DOCTOR, true), answer(PATIENT, false), start());
    expect(rules.viewOf(asked, PATIENT, situation(asked))).toEqual({
      mode: 'on-request',
      state: 'waiting',
      unanswered: 1,
      refused: 1,
      consent: false,
      isRecorded: true,
      transcript: 'off',
      transcriptConsent: null,
    });
    expect(rules.viewOf(asked, INTERPRETER, situation(asked))).toMatchObject({
      consent: null,
      isRecorded: false,
    });
  });
});
