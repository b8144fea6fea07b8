import { paragraph } from '@televisit/shared/core/fields';
import { describe, expect, it } from 'vitest';
import { commentOf, LONGEST_COMMENT, starAfterKey, stateAfter } from './feedback-form.ts';

describe('stateAfter', () => {
  it.each([
    ['feedback_given', 'thanks'],
    ['unreachable', 'failed'],
    ['too_many_requests', 'failed'],
    ['store_unavailable', 'failed'],
    ['conflict', 'failed'],
    ['internal_error', 'failed'],
    ['token_expired', 'refused'],
    ['token_missing', 'refused'],
    ['removed', 'refused'],
    ['validation_failed', 'refused'],
  ] as const)('%s is %s', (code, state) => expect(stateAfter(code)).toBe(state));
});

describe('starAfterKey', () => {
  it.each([
    ['ArrowRight', 2, 3],
    ['ArrowDown', 2, 3],
    ['ArrowLeft', 2, 1],
    ['ArrowUp', 2, 1],
    ['ArrowRight', 5, 1],
    ['ArrowLeft', 1, 5],
    ['Home', 3, 1],
    ['End', 3, 5],
  ])('returns for %s on star %i star %i', (key, current, next) => {
    expect(starAfterKey(key, current, false)).toBe(next);
  });

  it('swaps left and right, but not up and down, in right-to-left languages', () => {
    expect(starAfterKey('ArrowLeft', 2, true)).toBe(3);
    expect(starAfterKey('ArrowRight', 2, true)).toBe(1);
    expect(starAfterKey('ArrowDown', 2, true)).toBe(3);
  });

  it.each(['Tab', 'Enter', ' ', 'a'])('returns null for “%s”', (key) => {
    expect(starAfterKey(key, 2, false)).toBeNull();
  });
});

describe('commentOf', () => {
  it.each([
    ['', null],
    ['  \n ', null],
    ['\u0000\u200b', null],
    ['  All went well.\n', 'All went well.'],
    ['one\ntwo\tthree', 'one\ntwo\tthree'],
    ['be\u0007ll', 'bell'],
    ['family 👨‍👩‍👧', 'family 👨‍👩‍👧'],
    ['half a pair \ud83d', 'half a pair'],
  ])('turns %j into %j', (text, comment) => expect(commentOf(text)).toBe(comment));

  it.each(['سلام\u200c', '\u202eabc\u202c', 'soft\u00adhyphen', '\u0085', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'])(
    'returns for %j a comment that the server accepts',
    (text) => expect(paragraph(LONGEST_COMMENT).safeParse(commentOf(`x${text}`)).success).toBe(true),
  );
});
