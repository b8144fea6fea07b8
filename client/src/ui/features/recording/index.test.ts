import type { RecordingView } from '@televisit/shared/features/recording';
import { describe, expect, it } from 'vitest';
import { recordingNotices, recordingTexts } from './index.tsx';
import { countTexts } from './recording-sign.tsx';

const view = (change: Partial<RecordingView> = {}): RecordingView => ({
  mode: 'on-request',
  state: 'off',
  unanswered: 0,
  refused: 0,
  consent: true,
  isRecorded: false,
  transcript: 'off',
  transcriptConsent: null,
  ...change,
});
type Change = Partial<RecordingView> | null;
const recorded = (change: Change) => ({ recording: change && view(change) });
const notices = (before: Change, after: Change) =>
  recordingNotices(recorded(before), recorded(after)).map(({ text }) => text);
const texts = (before: Change, after: Change) => recordingTexts(recorded(before), recorded(after));

describe('recordingNotices', () => {
  it.each<[Change, Change, string[]]>([
    [{ state: 'waiting' }, { state: 'on' }, ['The visit is now being recorded.']],
    [{ state: 'on' }, { state: 'paused' }, ['The recording is paused.']],
    [{ state: 'paused' }, { state: 'off' }, ['The recording has stopped.']],
    [{ state: 'on' }, { state: 'failed' }, ['The recording was interrupted by a technical problem.']],
    [{ state: 'on' }, null, ['The recording has stopped.']],
    [null, { state: 'on' }, ['The visit is now being recorded.']],
    [null, { state: 'off' }, []],
    [{ state: 'on' }, { state: 'on', isRecorded: true }, []],
  ])('returns for the change from %o to %o: %j', (before, after, expected) => {
    expect(notices(before, after)).toEqual(expected);
  });

  it('returns how to change an answer, after the first one only', () => {
    const saved = ['Your answer is saved. You can change it at any time under More.'];
    expect(notices({ consent: null }, { consent: true })).toEqual(saved);
    expect(notices({ consent: null }, { consent: false })).toEqual(saved);
    expect(notices({ consent: true }, { consent: false })).toEqual([]);
  });

  it('returns that recordings of the person are deleted, if they have refused', () => {
    const before = { isRecorded: true };
    expect(notices(before, { consent: false })).toEqual(['What was recorded of you is deleted.']);
    expect(notices(before, { consent: true })).toEqual([]);
  });
});

describe('recordingTexts', () => {
  const waits = ['Nothing is recorded until everybody has agreed.'];

  it('returns that a recording is waiting, because no notice says so', () => {
    expect(texts({ state: 'on' }, { state: 'waiting' })).toEqual(waits);
    expect(notices({ state: 'on' }, { state: 'waiting' })).toEqual([]);
  });

  it('returns nothing if a notice already says it, or if the person is being asked', () => {
    expect(texts({ state: 'waiting' }, { state: 'on' })).toEqual([]);
    expect(texts({ state: 'on', consent: null }, { state: 'waiting', consent: null })).toEqual([]);
    expect(texts({ state: 'waiting' }, { state: 'waiting', unanswered: 1 })).toEqual([]);
  });
});

describe('countTexts', () => {
  it('returns how many have not answered or have refused, as long as the recording waits', () => {
    const counts = { unanswered: 1, refused: 2 };
    expect(countTexts(view({ state: 'waiting', ...counts }))).toEqual([
      '1 has not answered',
      '2 have refused',
    ]);
    expect(countTexts(view({ state: 'waiting', refused: 1 }))).toEqual(['1 has refused']);
    expect(countTexts(view({ state: 'paused', ...counts }))).toEqual([]);
  });
});
