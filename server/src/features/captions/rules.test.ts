import { DEFAULT_OPTIONS } from '@televisit/shared/session';
import type { CaptionsMode } from '@televisit/shared/features/captions.vocabulary';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as attendance from '../../domain/attendance.ts';
import { change } from '../../domain/change.ts';
import * as lifecycle from '../../domain/lifecycle.ts';
import type { Session } from '../../domain/session.ts';
import type { SessionChange } from '../../domain/session-store.ts';
import {
  after,
  BACKEND,
  DOCTOR,
  GRACE,
  INTERPRETER,
  newSession,
  NINE,
  PATIENT,
  seat,
} from '../../domain/testing/sessions.ts';
import * as rules from './rules.ts';

type Step = (session: Session) => SessionChange | null;

const visit = (captions: CaptionsMode = 'on-request') =>
  newSession({ options: { ...DEFAULT_OPTIONS, captions } });
const enter =
  (who: number, at = NINE): Step =>
  (session) =>
    attendance.enter(session, who, GRACE, at);
const leave =
  (who: number, at = NINE): Step =>
  (session) =>
    attendance.leave(session, who, { at, reason: 'left' }, BACKEND, at);
const answer =
  (who: number, given: boolean, purpose: 'captions' | 'recording' = 'captions'): Step =>
  (session) => {
    const others = session.consents.filter((one) => one.seat !== who || one.purpose !== purpose);
    const own = {
      seat: who,
      purpose,
      given,
      wording: '1',
      language: 'en',
      askedBy: 'page',
      at: NINE,
    } as const;
    return change(session, { consents: [...others, own] }, NINE, BACKEND);
  };

const BOTH = new Set([DOCTOR, PATIENT]);
const captioned = (session: Session, isWatched = true, present: ReadonlySet<number> = BOTH) => [
  ...rules.captionedSeats(session, { present, isWatched }),
];
const live = after(visit(), enter(DOCTOR), enter(PATIENT));
const agreed = after(live, answer(PATIENT, true));

describe('captionedSeats', () => {
  it('captionedSeats has the people present who agreed, while a person reads captions', () => {
    expect(captioned(agreed)).toEqual([PATIENT]);
    expect(captioned(agreed, false)).toEqual([]);
    expect(captioned(agreed, true, new Set([DOCTOR]))).toEqual([]);
    expect(captioned(after(agreed, answer(DOCTOR, true)))).toEqual([DOCTOR, PATIENT]);
  });

  it('has nobody whose answer is missing, negative, withdrawn or about something else', () => {
    expect(captioned(live)).toEqual([]);
    expect(captioned(after(live, answer(PATIENT, false)))).toEqual([]);
    expect(captioned(after(agreed, answer(PATIENT, false)))).toEqual([]);
    expect(captioned(after(live, answer(PATIENT, true, 'recording')))).toEqual([]);
  });

  it('has people who agreed although nobody reads, if captions are required', () => {
    const required = after(visit('required'), enter(PATIENT), answer(PATIENT, true));
    expect(captioned(required, false)).toEqual([PATIENT]);
  });

  it('has nobody without captions, at another provider, after the end, and no observer', () => {
    const off = { ...agreed, options: { ...agreed.options, captions: 'off' as const } };
    expect(captioned(off)).toEqual([]);
    expect(captioned({ ...agreed, provider: 'zoom' })).toEqual([]);
    const ended = after(agreed, (session) => lifecycle.end(session, 'host_ended', BACKEND, NINE + 1));
    expect(captioned(ended)).toEqual([]);
    const observed = { ...agreed, seats: [agreed.seats[DOCTOR]!, seat('o', 'observer')] };
    expect(captioned(observed)).toEqual([]);
  });

  const steps = fc.array(
    fc.record({
      kind: fc.constantFrom('enter', 'enter', 'leave', 'agree', 'agree', 'refuse', 'watch', 'unwatch', 'end'),
      who: fc.nat(2),
    }),
    { minLength: 5, maxLength: 30 },
  );

  it('has, whatever happened in whichever order, exactly those present whose last answer was yes, while wanted', () => {
    let found = 0;
    fc.assert(
      fc.property(fc.constantFrom<CaptionsMode>('off', 'on-request', 'required'), steps, (mode, all) => {
        let session = visit(mode);
        const answers = new Map<number, boolean>();
        const present = new Set<number>();
        let readers = 0;
        let isOver = false;
        all.forEach(({ kind, who }, index) => {
          const at = NINE + index;
          if (kind === 'agree' || kind === 'refuse') {
            session = after(session, answer(who, kind === 'agree'));
            answers.set(who, kind === 'agree');
          } else if (kind === 'watch') readers++;
          else if (kind === 'unwatch') readers = Math.max(0, readers - 1);
          else if (isOver) return;
          else if (kind === 'enter') {
            session = after(session, enter(who, at));
            present.add(who);
          } else if (kind === 'leave') {
            if (present.delete(who)) session = after(session, leave(who, at));
          } else if (session.status === 'live') {
            session = after(session, (one) => lifecycle.end(one, 'host_ended', BACKEND, at));
            isOver = true;
          }
          const isWanted = !isOver && (mode === 'required' || (mode === 'on-request' && readers > 0));
          const expected = isWanted ? [...present].filter((one) => answers.get(one) === true) : [];
          expect(captioned(session, readers > 0, present).sort()).toEqual(expected.sort());
          found += expected.length;
        });
      }),
    );
    expect(found).toBeGreaterThan(100);
  });
});

describe('viewOf', () => {
  const engines = { automatic: true, translation: false, problem: null };
  const view = (session: Session, who: number, isWatched = true, problem: 'busy' | null = null) =>
    rules.viewOf(session, who, { present: BOTH, isWatched }, { ...engines, problem });

  it('has the state, the own answer, and how many of the others are not captioned', () => {
    expect(view(live, DOCTOR, false)).toMatchObject({ state: 'off', consent: null, uncaptioned: 1 });
    expect(view(live, DOCTOR)).toMatchObject({ state: 'waiting', consent: null });
    expect(view(agreed, DOCTOR)).toMatchObject({ state: 'on', consent: null, uncaptioned: 0 });
    expect(view(agreed, PATIENT)).toMatchObject({ state: 'on', consent: true, uncaptioned: 1 });
  });

  it('has a problem only if somebody would be captioned', () => {
    expect(view(agreed, DOCTOR, true, 'busy')).toMatchObject({ state: 'failed', problem: 'busy' });
    expect(view(live, DOCTOR, true, 'busy')).toMatchObject({ state: 'waiting', problem: null });
  });
});

describe('spokenLanguage', () => {
  it('is that of the visit’s captions, or else of the person, or else of the visit, or else English', () => {
    const of = (options: object, language: string | null) =>
      rules.spokenLanguage(
        { ...live, options: { ...live.options, ...options }, seats: [seat('d', 'doctor', { language })] },
        DOCTOR,
      );
    expect(of({ captionLanguage: 'fr', language: 'de' }, 'es')).toBe('fr');
    expect(of({ language: 'de' }, 'es')).toBe('es');
    expect(of({ language: 'de' }, null)).toBe('de');
    expect(of({}, null)).toBe('en');
    expect(rules.spokenLanguage(live, INTERPRETER)).toBe('en');
  });
});

describe('mayShowAutomatic', () => {
  it('is false for half a minute after a human wrote', () => {
    expect(rules.mayShowAutomatic(undefined, NINE)).toBe(true);
    expect(rules.mayShowAutomatic(NINE, NINE + rules.HUMAN_HOLD_MS - 1)).toBe(false);
    expect(rules.mayShowAutomatic(NINE, NINE + rules.HUMAN_HOLD_MS)).toBe(true);
  });
});

describe('ownSpeech', () => {
  const onDevices = {
    ...agreed,
    options: { ...agreed.options, captionsMadeOn: 'device' as const, captionLanguage: 'en-GB' },
  };
  const present = BOTH;

  it('ownSpeech is the language of a person whose page is to transcribe them, and null for everybody else', () => {
    expect(rules.ownSpeech(onDevices, PATIENT, { present, isWatched: true })).toBe('en-GB');
    expect(rules.ownSpeech(onDevices, DOCTOR, { present, isWatched: true })).toBeNull();
    expect(rules.ownSpeech(onDevices, PATIENT, { present, isWatched: false })).toBeNull();
    expect(rules.ownSpeech(onDevices, PATIENT, { present: new Set([DOCTOR]), isWatched: true })).toBeNull();
  });

  it('ownSpeech is null for everybody if the server transcribes', () => {
    expect(rules.ownSpeech(agreed, PATIENT, { present, isWatched: true })).toBeNull();
  });
});
