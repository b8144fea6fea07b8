import type { CaptionsView } from '@televisit/shared/features/captions';
import { describe, expect, it } from 'vitest';
import type { CaptionLine } from '../../../sdk/index.ts';
import { INITIAL_STATE } from '../../testing/fakes.ts';
import {
  asksForConsent,
  isAskedToBeRecorded,
  nextChange,
  shownCaptions,
  SHOWN_MS,
  startsOn,
  statusKey,
} from './caption-rules.ts';

const NOW = 1_000_000;
const view = (change: Partial<CaptionsView> = {}): CaptionsView => ({
  mode: 'on-request',
  state: 'on',
  problem: null,
  automatic: true,
  ownSpeech: null,
  translation: false,
  consent: null,
  uncaptioned: 0,
  ...change,
});
const line = (userId: string, text: string, age = 0, final = true): CaptionLine => ({
  userId,
  utterance: text,
  text,
  final,
  startedAt: '2026-11-30T12:00:00.000Z',
  language: 'en',
  source: 'automatic',
  translatedFrom: null,
  untranslated: false,
  receivedAt: NOW - age,
});
const texts = (...lines: CaptionLine[]) =>
  shownCaptions(lines, 'me', NOW).map(
    ({ line: { text }, isNewSpeaker }) => `${isNewSpeaker ? '*' : ''}${text}`,
  );

describe('shownCaptions', () => {
  it('returns the last captions of others, and marks each change of the speaker', () => {
    expect(texts(line('a', '1'), line('a', '2'), line('b', '3'), line('me', '4'), line('b', '5'))).toEqual([
      '*1',
      '2',
      '*3',
      '5',
    ]);
    expect(texts(...Array.from('123456', (text) => line('a', text)))).toEqual(['*3', '4', '5', '6']);
  });

  it('returns no final caption past its time, and every one that is still being spoken', () => {
    expect(texts(line('a', 'old', SHOWN_MS), line('a', 'open', SHOWN_MS, false))).toEqual(['*open']);
  });
});

describe('nextChange', () => {
  it('returns when the oldest final caption disappears', () => {
    const shown = shownCaptions([line('a', '1', 4000), line('a', '2', 1000)], 'me', NOW);
    expect(nextChange(shown, NOW)).toBe(SHOWN_MS - 4000);
    expect(nextChange(shownCaptions([line('a', '1', 0, false)], 'me', NOW), NOW)).toBeNull();
  });
});

describe('startsOn', () => {
  it('returns the person’s choice, or else whether the visit requires captions', () => {
    expect(startsOn(view(), { on: null })).toBe(false);
    expect(startsOn(view({ mode: 'required' }), { on: null })).toBe(true);
    expect(startsOn(view({ mode: 'required' }), { on: false })).toBe(false);
    expect(startsOn(view(), { on: true })).toBe(true);
  });
});

describe('asksForConsent', () => {
  it('returns true without an answer as soon as captions are wanted', () => {
    expect(asksForConsent(view({ state: 'off' }))).toBe(false);
    expect(asksForConsent(view({ state: 'off', mode: 'required' }))).toBe(true);
    expect(asksForConsent(view({ state: 'waiting' }))).toBe(true);
    expect(asksForConsent(view({ state: 'waiting', consent: false }))).toBe(false);
    expect(asksForConsent(view({ mode: 'off', state: 'off' }))).toBe(false);
    expect(asksForConsent(null)).toBe(false);
  });
});

describe('isAskedToBeRecorded', () => {
  it('returns true while the other question has no answer', () => {
    const recording = {
      mode: 'on-request',
      unanswered: 1,
      refused: 0,
      isRecorded: false,
      transcript: 'off' as const,
      transcriptConsent: null,
    } as const;
    const asked = (state: 'off' | 'waiting', consent: boolean | null) =>
      isAskedToBeRecorded({ ...INITIAL_STATE, recording: { ...recording, state, consent } });
    expect(asked('waiting', null)).toBe(true);
    expect(asked('off', null)).toBe(false);
    expect(asked('waiting', false)).toBe(false);
    expect(isAskedToBeRecorded(INITIAL_STATE)).toBe(false);
  });
});

describe('statusKey', () => {
  it.each<[Partial<CaptionsView>, string]>([
    [{}, 'captions.empty'],
    [{ automatic: false }, 'captions.human'],
    [{ state: 'waiting', automatic: false }, 'captions.waiting'],
    [{ state: 'failed', problem: 'busy' }, 'captions.busy'],
    [{ state: 'failed', problem: 'language' }, 'captions.language'],
  ])('returns for %o: %s', (change, key) => {
    expect(statusKey(view(change))).toBe(key);
  });
});
