import type { CaptionsView, CaptionText } from '@televisit/shared/features/captions';
import type { CaptionsState } from '../../sdk/index.ts';
import { INITIAL_STATE } from '../testing/fakes.ts';

/** What people say in stories; `me` is the person at the page. */
const TALK: readonly (readonly [userId: string, text: string])[] = [
  ['me', 'How have you slept since Tuesday?'],
  ['p0', 'Better, thank you. The pain wakes me up only once a night now.'],
  ['p0', 'But in the morning my knee is stiff for about an hour, and then it gets better by itself.'],
  ['me', 'And which medicines do you take at the moment?'],
  [
    'p1',
    'She takes metoprolol, 47.5 milligrams in the morning, and ibuprofen, 400 milligrams, if she needs it.',
  ],
  ['p0', 'No more than twice a day, as you have said'],
];
const ARABIC = 'أشعر بتحسن، لكن ركبتي متيبسة في الصباح لمدة ساعة تقريبًا، ثم تتحسن من تلقاء نفسها.';

/** Returns the captions that the address of a story describes: `captions=on&reads&said=3&agreed=true`. */
export function captionsIn(query: URLSearchParams): CaptionsState | null {
  const state = query.get('captions');
  if (state === null) return null;
  const agreed = query.get('agreed');
  const view: CaptionsView = {
    mode: query.has('must') ? 'required' : 'on-request',
    state: state as CaptionsView['state'],
    problem: query.get('problem') as CaptionsView['problem'],
    automatic: !query.has('manual'),
    ownSpeech: query.has('own') ? 'en' : null,
    translation: query.has('translation'),
    consent: agreed === null ? null : agreed === 'true',
    uncaptioned: Number(query.get('uncaptioned') ?? 0),
  };
  const said = TALK.slice(0, Number(query.get('said') ?? 0));
  const lines = said.map(([userId, text], index) => ({
    ...captionOf(index, userId, query.has('arabic') ? ARABIC : text, index < TALK.length - 1),
    untranslated: query.has('untranslated'),
    receivedAt: Date.now(),
  }));
  return { ...INITIAL_STATE.captions, view, on: query.has('reads'), lines };
}

function captionOf(index: number, userId: string, text: string, final: boolean): CaptionText {
  return {
    userId,
    utterance: String(index),
    text,
    final,
    startedAt: new Date(Date.now() - 60_000 + index * 8_000).toISOString(),
    language: 'en',
    source: 'automatic',
    translatedFrom: null,
    untranslated: false,
  };
}
