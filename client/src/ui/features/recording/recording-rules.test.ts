import type { RecordingView } from '@televisit/shared/features/recording';
import { RECORDING_MODES, RECORDING_STATES } from '@televisit/shared/features/recording.vocabulary';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asksForConsent, controlsFor, errorTextKey, isRecordable } from './recording-rules.ts';

const view = (change: Partial<RecordingView> = {}): RecordingView => ({
  mode: 'on-request',
  state: 'off',
  unanswered: 0,
  refused: 0,
  consent: null,
  isRecorded: false,
  transcript: 'off',
  transcriptConsent: null,
  ...change,
});
const anyView: fc.Arbitrary<RecordingView> = fc.record({
  mode: fc.constantFrom(...RECORDING_MODES),
  state: fc.constantFrom(...RECORDING_STATES),
  unanswered: fc.nat(5),
  refused: fc.nat(5),
  consent: fc.constantFrom(true, false, null),
  isRecorded: fc.boolean(),
  transcript: fc.constantFrom('off', 'on-request', 'required'),
  transcriptConsent: fc.constantFrom(null, true, false),
});

describe('asksForConsent', () => {
  it.each<[Partial<RecordingView>, boolean]>([
    [{ mode: 'required' }, true],
    [{ mode: 'on-request' }, false],
    [{ mode: 'on-request', state: 'waiting' }, true],
    [{ mode: 'on-request', state: 'paused' }, true],
    [{ mode: 'off', state: 'waiting' }, false],
  ])('returns for somebody without an answer, with %o: %s', (change, expected) => {
    expect(asksForConsent(view(change))).toBe(expected);
  });

  it('returns false before the server has sent anything', () => {
    expect(asksForConsent(null)).toBe(false);
  });

  it('returns false for every view with an answer, and for every visit that is not recorded', () => {
    fc.assert(
      fc.property(anyView, (one) => {
        if (one.consent !== null || one.mode === 'off') expect(asksForConsent(one)).toBe(false);
      }),
    );
  });

  it('returns true whenever a recording exists and the person has not answered', () => {
    fc.assert(
      fc.property(anyView, (one) => {
        if (one.mode !== 'off' && one.state !== 'off' && one.consent === null)
          expect(asksForConsent(one)).toBe(true);
      }),
    );
  });
});

describe('isRecordable', () => {
  it('returns whether the mode is another than off', () => {
    expect(isRecordable(null)).toBe(false);
    expect(isRecordable(view({ mode: 'off' }))).toBe(false);
    expect(isRecordable(view())).toBe(true);
  });
});

describe('controlsFor', () => {
  it.each<[RecordingView['state'], string[]]>([
    ['off', ['start']],
    ['waiting', ['pause', 'stop']],
    ['on', ['pause', 'stop']],
    ['paused', ['resume', 'stop']],
    ['failed', ['stop']],
  ])('returns for the state %s: %j', (state, expected) => {
    expect(controlsFor(view({ state }))).toEqual(expected);
  });

  it('never returns stop if the recording is required, and nothing if the visit is not recorded', () => {
    fc.assert(
      fc.property(anyView, (one) => {
        if (one.mode === 'required') expect(controlsFor(one)).not.toContain('stop');
        if (one.mode === 'off') expect(controlsFor(one)).toEqual([]);
      }),
    );
  });
});

describe('errorTextKey', () => {
  it('returns the text of a code, and the general text for others', () => {
    expect(errorTextKey('recordings_full')).toBe('recording.error.full');
    expect(errorTextKey('recording_required')).toBe('recording.noStop');
    expect(errorTextKey('unreachable')).toBe('call.failed');
  });
});
